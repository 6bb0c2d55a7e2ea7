package lookup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/webhooks"
)

// A person is erased from lookups by destroying the lookups' keys. What was sealed under them, the request, the answer
// and what repeated requests are answered with, opens for nobody any more, and stays as the bytes that the chain of
// evidence covers: status, money and times are proven as before. The keyed hashes of the number and of the metadata
// stay for the same reason, and nothing is found by them.
//
// Events, recent answers and codes are sealed under other keys, and go.

// Erasure asks that one business forgets whom a number belonged to, in one environment.
type Erasure struct {
	BusinessID string
	Sandbox    bool
	Phone      models.Phone
	Reason     string // one of ErasureReasons; "" = none was given
}

// ErasureReasons are why a person may be erased. A text of the caller's own could tell about the person for ever.
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

// Erased is evidence of an erasure, or of a part of one: the parts of a large one have one id.
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
}

// Witness keeps evidence of erasures, within the transaction that erases.
type Witness interface {
	Note(tx *gorm.DB, e Erased) error
}

// eraseBatch bounds how many lookups one transaction erases.
const eraseBatch = 200

// erasable is what has to be known of a lookup that is to be erased.
type erasable struct {
	ID      string
	Sandbox bool
	Status  models.Status
}

// Erase destroys what lookups know about the person behind a number. It may be called again: what a crash or an error
// left undone is done then, and with nothing left it erases 0. What it did before an error stands. Errors: models.Invalid
// for a reason that is none, and models.Busy while a source is being asked about a pending lookup of the number.
func (s *Service) Erase(ctx context.Context, e Erasure) (Erased, error) {
	if e.Reason != "" && !slices.Contains(ErasureReasons(), e.Reason) {
		return Erased{}, models.BadField("reason", "reason must be one of "+strings.Join(ErasureReasons(), ", "))
	}
	done := Erased{
		ID: s.World.NewID(), BusinessID: e.BusinessID, Sandbox: e.Sandbox, Cause: ErasedOnRequest, Reason: e.Reason,
		NumberIndex: s.numberIndex(e.Phone, e.Sandbox), At: s.World.Now(),
	}
	for {
		rows, err := s.unerased(ctx, &done)
		if err != nil {
			return done, models.Fault(err)
		}
		if len(rows) == 0 {
			break
		}
		for _, together := range apart(rows) {
			if err := s.erase(ctx, &done, together); err != nil {
				return done, err
			}
		}
	}
	err := forgetWithdrawn(s.DB.WithContext(ctx), e.BusinessID, done.NumberIndex)
	if err == nil && done.Lookups == 0 { // that it was asked for is evidence too
		err = s.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.witness(tx, done) })
	}
	if err != nil {
		return done, models.Fault(fmt.Errorf("erase a number: %w", err))
	}
	return done, nil
}

// withKeys finds lookups of a number that still have their keys, by the index of the number.
const withKeys = `SELECT id, sandbox, status FROM lookups WHERE number_index = ? AND business_id = ? AND data_key IS NOT NULL LIMIT ?`

// unerased gives some of the number's lookups that still have their keys.
func (s *Service) unerased(ctx context.Context, e *Erased) (rows []erasable, err error) {
	err = s.DB.WithContext(ctx).Raw(withKeys, e.NumberIndex, e.BusinessID, eraseBatch).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for lookups to erase: %w", err)
	}
	return rows, nil
}

// apart puts lookups that have ended together and each other one by itself. The till locks those, several at a time and
// in an order of its own: whoever locks one alone waits for it and never in a circle.
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

// erase ends lookups that are pending and destroys the keys of all given, and adds to e how many there were.
func (s *Service) erase(ctx context.Context, e *Erased, rows []erasable) error {
	part := *e
	part.Lookups, part.PendingEnded = 0, 0
	for _, row := range rows {
		ended, err := s.endErased(ctx, e.BusinessID, row)
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
	err := s.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if _, err := lockErasures(tx, e.BusinessID); err != nil {
			return err
		}
		return s.destroy(tx, &part, rows)
	})
	if err != nil {
		return models.Fault(fmt.Errorf("erase lookups: %w", err))
	}
	s.metrics.countErased(part)
	e.Lookups += part.Lookups
	e.PendingEnded += part.PendingEnded
	return nil
}

// destroy makes lookups unreadable for good, with the events that tell of them, and keeps evidence of it. It counts those
// that still were readable. One that has become pending meanwhile is left: somebody may have claimed it, and be about to
// write an event.
func (s *Service) destroy(tx *gorm.DB, e *Erased, rows []erasable) error {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	gone := tx.Model(&models.Lookup{}).
		Where("business_id = ? AND id IN ? AND data_key IS NOT NULL AND status <> ?", e.BusinessID, ids, models.Pending).
		Update("data_key", nil)
	if gone.Error != nil {
		return fmt.Errorf("destroy the keys of lookups: %w", gone.Error)
	}
	if err := webhooks.Erase(tx, e.BusinessID, ids...); err != nil {
		return err
	}
	if e.Lookups = gone.RowsAffected; e.Lookups+e.PendingEnded == 0 {
		return nil
	}
	return s.witness(tx, *e)
}

// endErased ends a pending lookup whose person is to be erased: its hold is released, nobody is asked any more and
// nobody told. An open one is left to the call that is in the middle of it: that settles what it finds, sealed under a
// key that is gone, or finds nothing and leaves it to be given up.
func (s *Service) endErased(ctx context.Context, businessID string, row erasable) (ended bool, err error) {
	if row.Status != models.Pending {
		return false, nil
	}
	c := s.claimOn(businessID, row.ID)
	if err := c.await(ctx); err != nil {
		return false, err
	}
	ctx, cancel := s.onward(ctx)
	defer cancel()
	defer c.release(ctx)
	l, err := c.look(ctx)
	if err == nil && l.Status == models.Pending {
		ended, err = s.giveUp(ctx, &l)
	}
	return ended, fault(err)
}

// forgetCodes drops what was kept for the codes that lookups were bound to, if they were.
func (s *Service) forgetCodes(ctx context.Context, businessID string, rows ...erasable) error {
	sandbox, ids := map[string]bool{}, make([]string, len(rows))
	for i, row := range rows {
		sandbox[row.ID], ids[i] = row.Sandbox, row.ID
	}
	var bound []string
	err := s.DB.WithContext(ctx).Model(&confirmation{}).Where("business_id = ? AND lookup_id IN ?", businessID, ids).
		Pluck("lookup_id", &bound).Error
	for i := 0; err == nil && i < len(bound); i++ {
		err = s.Confirmer.Forget(ctx, Proof{BusinessID: businessID, Sandbox: sandbox[bound[i]], LookupID: bound[i]})
	}
	if err != nil {
		return fmt.Errorf("forget the codes of erased lookups: %w", err)
	}
	return nil
}

// witness keeps evidence, if there is somebody who does.
func (s *Service) witness(tx *gorm.DB, e Erased) error {
	if s.Witness == nil {
		return nil
	}
	if err := s.Witness.Note(tx, e); err != nil {
		return fmt.Errorf("keep evidence of an erasure: %w", err)
	}
	return nil
}
