package batches

import (
	"bytes"
	"cmp"
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	"whoseline/models"
)

// Order asks for a batch.
type Order struct {
	BusinessID string
	KeyID      string
	Sandbox    bool
	Name       string // at most 200 characters
	Format     Format
	File       []byte
	Statement  Statement
	Budget     *int64 // kobo; nil = no bound
	Token      string // an idempotency key: the same one again gives the batch that it made; empty = none
	Dry        bool   // only check the file, and count its rows
}

// holder tells whose the idempotency key is. The sandbox has its own.
func (o Order) holder() string {
	if o.Sandbox {
		return o.BusinessID + "/test"
	}
	return o.BusinessID
}

// digest is the same for orders that ask for the same.
func (o Order) digest() []byte {
	budget := "none"
	if o.Budget != nil {
		budget = strconv.FormatInt(*o.Budget, 10)
	}
	file := sha256.Sum256(o.File)
	return fmt.Appendf(file[:], "%q %q %q %t %s", o.Name, o.Format, o.Statement.Purpose, o.Statement.Consent, budget)
}

// maxFaults is how many bad lines are named.
const maxFaults = 100

// Create checks a file as a whole and stores its rows, which are then asked. A file with a bad line is refused, and nothing of it is
// stored: models.Invalid, with the lines at fault.
func (s *Service) Create(ctx context.Context, o Order) (Batch, error) {
	b := Batch{
		BusinessID: o.BusinessID, KeyID: o.KeyID, Sandbox: o.Sandbox, Name: o.Name, State: Loading, Budget: o.Budget,
		CreatedAt: s.World.Now().UTC().Truncate(time.Microsecond),
	}
	if err := checkOrder(o); err != nil {
		return b, err
	}
	if o.Token != "" && !o.Dry {
		b.Token, b.Asked = s.Vault.Hash("batch", []byte(o.holder()+"/"+o.Token)), s.Vault.Hash("what a batch asks", o.digest())
		if earlier, err := s.byToken(ctx, b); err != nil || earlier != nil {
			return s.repeated(b, earlier, err)
		}
	}
	var err error
	if b.Rows, err = s.check(o); err != nil || o.Dry {
		return b, err
	}
	if n, err := s.unended(ctx, o.BusinessID); err != nil || n >= maxUnended {
		return b, cmp.Or(err, error(models.Fail(models.Conflict, "twenty batches have not ended: stop one, or wait")))
	}
	b.ID = s.World.NewID()
	key, wrapped, err := s.Vault.NewKey(b.aad())
	if err != nil {
		return b, models.Fault(err)
	}
	b.DataKey, b.LeaseUntil = wrapped, b.CreatedAt.Add(2*loadWithin) // by any gateway's clock
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadWithin)
	defer cancel()
	if err := s.insert(ctx, b); err != nil {
		if models.CodeOf(err) != models.Conflict {
			return b, err
		}
		earlier, err := s.byToken(ctx, b) // somebody was faster
		return s.repeated(b, earlier, err)
	}
	if err := s.load(ctx, b, key, o); err != nil {
		return b, err
	}
	b.State = Running
	return b, nil
}

// maxUnended is how many batches a business may have that have not ended.
const maxUnended = 20

// loadWithin is how long the rows of a file may take to be stored.
const loadWithin = 2 * time.Minute

func checkOrder(o Order) error {
	switch {
	case o.Format != CSV && o.Format != JSONLines:
		return models.BadField("format", "format must be csv or jsonl")
	case o.Budget != nil && *o.Budget < 0:
		return models.BadField("budget", "budget must be 0 or more")
	}
	if err := models.CheckText("name", o.Name); err != nil {
		return err
	}
	return models.CheckText("purpose", o.Statement.Purpose)
}

// repeated gives what an idempotency key made before.
func (s *Service) repeated(b Batch, earlier *Batch, err error) (Batch, error) {
	switch {
	case err != nil:
		return b, models.FaultIn("look for the batch", err)
	case earlier == nil:
		return b, models.Fail(models.Conflict, "the batch was made and is gone")
	case earlier.Asked != nil && !bytes.Equal(earlier.Asked, b.Asked):
		return b, models.Fail(models.IdempotencyMismatch, "the idempotency key was used for another file, or with other choices")
	case earlier.State == Loading: // a crash may end that, and then nothing is left of it
		return b, &models.Error{Code: models.InProgress, Message: "the first request with this key is still in progress", RetryAfter: time.Second}
	}
	return *earlier, nil
}

// check reads a file and counts its rows, or names its bad lines.
func (s *Service) check(o Order) (rows int64, err error) {
	refusal := &models.Error{Code: models.Invalid, Message: "the file has bad lines: nothing of it was stored"}
	for l := range lines(o.Format, o.File, o.Statement) {
		if l.err == nil {
			_, l.err = s.Asker.Check(l.body, o.Sandbox)
		}
		if told := (*models.Error)(nil); errors.As(l.err, &told) {
			if refusal.Faults++; len(refusal.Lines) < maxFaults {
				refusal.Lines = append(refusal.Lines, models.LineFault{Line: l.number, Field: told.Field, Detail: told.Message})
			}
		} else if l.err != nil {
			return 0, models.Fault(l.err)
		}
		if rows++; rows > MaxRows {
			return 0, models.Fail(models.TooLarge, fmt.Sprintf("a file may have at most %d rows", MaxRows))
		}
	}
	switch {
	case refusal.Faults > 0:
		return 0, refusal
	case rows == 0:
		return 0, models.BadField("file", "the file has no rows")
	}
	return rows, nil
}

// loadPart is how many rows one transaction stores.
const loadPart = 500

// load stores the rows, sealed, and lets the batch run. If it fails the batch is cleared away later.
func (s *Service) load(ctx context.Context, b Batch, key cipher.AEAD, o Order) error {
	part, n := make([]Row, 0, loadPart), int64(0)
	for l := range lines(o.Format, o.File, o.Statement) {
		n++
		index, err := s.Asker.Check(l.body, o.Sandbox)
		if err != nil {
			return models.Fault(fmt.Errorf("line %d was good before: %w", l.number, err))
		}
		row := Row{BusinessID: b.BusinessID, BatchID: b.ID, Number: n, NumberIndex: index}
		row.Input = key.Seal(nil, nil, l.body, row.aad())
		if part = append(part, row); len(part) == loadPart {
			if err := s.insertRows(ctx, part); err != nil {
				return err
			}
			part = part[:0]
		}
	}
	if err := s.insertRows(ctx, part); err != nil {
		return err
	}
	return s.start(ctx, b)
}
