package batches

import (
	"context"
	"crypto/cipher"
	"fmt"

	"whoseline/models"
)

// ask asks one row, and fills in what became of it. An error means that the row is to be asked later.
func (s *Service) ask(ctx context.Context, b Batch, key cipher.AEAD, r *Row) error {
	body, err := key.Open(nil, nil, r.Input, r.aad())
	if err != nil {
		return fmt.Errorf("open row %d: %w", r.Number, err)
	}
	a, err := s.Asker.Ask(ctx, b, fmt.Sprintf("batch-%s-%d", b.ID, r.Number), body)
	switch code := models.CodeOf(err); code {
	case "":
		r.take(a)
	case models.Invalid, models.ConsentMissing, models.ConsentWithdrawn, models.NotPermitted, models.ChannelRefused, models.CountryRefused:
		r.Outcome, r.Why = refused, string(code)
	case models.NotFound: // its answer was erased before it was stored here
		r.Outcome = erased
	case models.SourcesUnavailable:
		r.Outcome, r.Why = failed, string(code)
	default:
		return err
	}
	return nil
}

// take fills in what a lookup came to.
func (r *Row) take(a Answer) {
	r.LookupID, r.Charged, r.Held = a.LookupID, a.Charged, 0
	switch a.Status {
	case models.StatusFound:
		r.Outcome = found
	case models.StatusNotFound:
		r.Outcome = notFound
	case models.StatusFailed:
		r.Outcome = failed
	default:
		r.Outcome, r.Held, r.Charged = pending, a.Held, 0
	}
}

// follow takes over what became of pending rows, and gives the batch as it stands then.
func (s *Service) follow(ctx context.Context, b Batch) (Batch, error) {
	for after := int64(0); ; {
		rows, err := s.open(ctx, b, after, loadPart)
		if err != nil {
			return b, fmt.Errorf("read pending rows: %w", err)
		}
		if len(rows) == 0 {
			return s.Get(ctx, b.BusinessID, b.ID)
		}
		after = rows[len(rows)-1].Number
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.LookupID
		}
		answers, err := s.Asker.Outcomes(ctx, b.BusinessID, ids)
		if err != nil {
			return b, fmt.Errorf("follow pending rows: %w", err)
		}
		var ended []Row
		for _, r := range rows {
			r.heldBefore = r.Held
			if a, known := answers[r.LookupID]; known && a.Status.Settled() {
				r.take(a)
				ended = append(ended, r)
			}
		}
		if err := s.write(ctx, b, pending, ended, 0); err != nil {
			return b, fmt.Errorf("write rows: %w", err)
		}
		s.metrics.count(ended)
	}
}
