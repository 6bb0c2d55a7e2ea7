package lookup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"whoseline/models"
)

// A person is erased from lookups by destroying the keys of the lookups. Request, answer and kept answer were sealed
// under them, and nobody can open these any more. The sealed bytes stay, because the chain of evidence covers them:
// status, money and times are proven as before. The keyed hashes of number and metadata stay for the same reason, and
// no search finds them.
//
// Events, recent answers and codes are sealed under other keys. They are deleted.

// Erasure asks that one business forgets whom a number belonged to, in one environment.
type Erasure struct {
	BusinessID string
	Sandbox    bool
	Phone      models.Phone
	Index      []byte // the keyed hash of the number, where nobody has the number any more; nil = by Phone
	Reason     string // one of ErasureReasons; "" = none was given
}

// ErasureReasons are why a person may be erased. Free text is not allowed: it could tell about the person for ever.
func ErasureReasons() []string {
	return []string{"subject_request", "consent_withdrawn", "no_longer_needed", "unlawful", "other"}
}

// ErasureCause is what led to an erasure.
type ErasureCause string

// The causes.
const (
	ErasedOnRequest   ErasureCause = "request"
	ErasedByRetention ErasureCause = "retention"
)

// Erased is evidence of an erasure, or of a part of a large one. All parts have one id.
type Erased struct {
	ID           string
	BusinessID   string
	Sandbox      bool // only of a request
	Cause        ErasureCause
	Reason       string
	NumberIndex  []byte // nil for retention
	Lookups      int64  // that the person was erased from
	PendingEnded int64  // that were waiting for an answer, and ended without one and without a charge
	At           time.Time
	GoesOn       bool // in the background: what is left is unreadable already, and its keys are destroyed later

	lease string // of the gateway that goes on with it
}

// Later tells whether this is a part that a gateway erases in the background, after the caller was answered.
func (e Erased) Later() bool { return e.lease != "" }

// eraseAtOnce is how many lookups of a number are erased before the caller is answered. The erasure of more goes on in the background.
const eraseAtOnce = 500

// eraseBatch bounds how many lookups one transaction erases.
const eraseBatch = 200

// erasable is what has to be known of a lookup that is to be erased.
type erasable struct {
	ID      string
	Sandbox bool
	Status  models.Status
}

// Erase destroys what lookups know about the person behind a number. What it did before an error stays done. It may be
// called again: then it finishes what a crash or an error left, or erases 0. Of a number with many lookups the erasure only begins:
// when it returns, nobody can read them any more, and EraseMore destroys the keys. Lookups that are asked later are not erased. Errors:
// models.Invalid for an unknown reason, and models.Busy while a source is asked about a pending lookup of the number.
func (s *Service) Erase(ctx context.Context, e Erasure) (Erased, error) {
	if e.Reason != "" && !slices.Contains(ErasureReasons(), e.Reason) {
		return Erased{}, models.BadField("reason", "reason must be one of "+strings.Join(ErasureReasons(), ", "))
	}
	done := Erased{
		ID: s.world.NewID(), BusinessID: e.BusinessID, Sandbox: e.Sandbox, Cause: ErasedOnRequest, Reason: e.Reason,
		NumberIndex: e.Index, At: s.world.Now(),
	}
	if done.NumberIndex == nil {
		done.NumberIndex = s.numberIndex(e.Phone, e.Sandbox)
	}
	if begun, err := s.begin(ctx, &done); begun || err != nil {
		return done, faultUnless(err, "begin to erase a number")
	}
	for {
		rows, err := s.unerased(ctx, &done, unerasedPage)
		if err != nil {
			return done, models.Fault(err)
		}
		if len(rows) == 0 {
			break
		}
		if err := s.eraseAll(ctx, &done, rows); err != nil {
			return done, err
		}
	}
	return done, faultUnless(s.eraseRest(ctx, done), "erase a number")
}

// eraseAll erases lookups, some at a time.
func (s *Service) eraseAll(ctx context.Context, e *Erased, rows []erasable) error {
	for batch := range slices.Chunk(rows, eraseBatch) {
		for _, together := range apart(batch) {
			if err := s.erase(ctx, e, together); err != nil {
				return err
			}
		}
	}
	return nil
}

// apart puts lookups that have ended into one group, and each other one into a group of its own. The till locks those
// others, several at a time and in its own order; a transaction that locks one only cannot deadlock with it.
func apart(rows []erasable) (groups [][]erasable) {
	var ended []erasable
	for _, row := range rows {
		if row.Status.Settled() {
			ended = append(ended, row)
			continue
		}
		groups = append(groups, []erasable{row})
	}
	if len(ended) > 0 {
		groups = append(groups, ended)
	}
	return groups
}

// erase ends the pending ones of some lookups and destroys the keys of all. It adds to e how many there were.
func (s *Service) erase(ctx context.Context, e *Erased, rows []erasable) error {
	part := *e
	part.Lookups, part.PendingEnded = 0, 0
	for _, row := range rows {
		ended, err := s.endPending(ctx, e.BusinessID, row)
		if err != nil {
			return err
		}
		if ended {
			part.PendingEnded++
		}
	}
	if err := s.forgetCodes(ctx, e.BusinessID, rows...); err != nil {
		return models.Fault(err)
	}
	if err := s.destroyAlone(ctx, &part, rows); err != nil {
		return models.Fault(fmt.Errorf("erase lookups: %w", err))
	}
	s.metrics.countErased(part)
	e.Lookups += part.Lookups
	e.PendingEnded += part.PendingEnded
	return nil
}

// endPending ends a pending lookup whose person is to be erased. Its hold is released, no source is asked and no
// business told. An open lookup is left to the call that made it: that call seals what it finds under a key that is
// gone. If it finds nothing, a retry ends the lookup.
func (s *Service) endPending(ctx context.Context, businessID string, row erasable) (ended bool, err error) {
	if !s.erasureEnds(row.Status) {
		return false, nil
	}
	l := s.leaseOn(businessID, row.ID)
	if err := l.await(ctx); err != nil {
		return false, err
	}
	ctx, cancel := s.onward(ctx)
	defer cancel()
	defer l.release(ctx)
	stored, err := l.look(ctx)
	if err == nil && s.erasureEnds(stored.Status) {
		ended, err = s.endErased(ctx, stored)
	}
	return ended, fault(err)
}

// erasureEnds tells whether a lookup ends when its person is erased. Whether it waits for a code makes no difference.
func (s *Service) erasureEnds(status models.Status) bool {
	from := stateOf(status, false)
	follows, _ := s.happens(from, onErased)
	return follows.ends(from)
}

// forgetCodes drops what was kept for the codes that lookups were bound to, if they were.
func (s *Service) forgetCodes(ctx context.Context, businessID string, rows ...erasable) error {
	bound, err := s.boundOf(ctx, businessID, rows)
	for i := 0; err == nil && i < len(bound); i++ {
		err = s.confirmer.Forget(ctx, Proof{BusinessID: businessID, Sandbox: bound[i].Sandbox, LookupID: bound[i].ID})
	}
	if err != nil {
		return fmt.Errorf("forget the codes of erased lookups: %w", err)
	}
	return nil
}
