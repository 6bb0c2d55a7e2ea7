package payments

import (
	"context"
	"errors"
	"time"

	"whoseline/models"
)

// pauses are how long after one another a vendor is asked about a payment that is open. The last one goes on until nobody expects it any more.
var pauses = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour}

const (
	lateFor   = 72 * time.Hour   // after its time is over a payment is looked for so much longer
	claimTime = 30 * time.Second // for which a gateway has a top-up to itself
	dueAtOnce = 20
)

// Hear takes what a vendor brings. It is believed only as far as that the vendor is asked at once. Errors: models.Unauthorized for what is
// not provably the vendor's, NotFound for a vendor that is not ours.
func (s *Service) Hear(ctx context.Context, vendor string, header func(name string) string, body []byte) error {
	if s.Vendor == nil || s.Vendor.Name() != vendor {
		return models.Fail(models.NotFound, "")
	}
	reference, err := s.Vendor.Told(header, body)
	if err != nil {
		s.metrics.told.WithLabelValues("refused").Inc()
		return err
	}
	s.metrics.told.WithLabelValues("taken").Inc()
	return s.hasten(ctx, reference)
}

// Work asks the vendor about the payments that are due.
func (s *Service) Work(ctx context.Context) error {
	if s.Vendor == nil {
		return nil
	}
	due, err := s.due(ctx)
	if err != nil {
		return models.FaultIn("look for top-ups", err)
	}
	for _, t := range due {
		mine, err := s.claim(ctx, t)
		if err != nil {
			return models.FaultIn("claim a top-up", err)
		}
		if !mine {
			continue
		}
		if err := s.verify(ctx, t); err != nil {
			s.Log.Warn("payments: a payment could not be verified", "vendor", t.Vendor, "top-up", t.ID, "err", err)
		}
	}
	return nil
}

// verify asks the vendor about a payment and stores what follows.
func (s *Service) verify(ctx context.Context, t TopUp) error {
	seen, err := s.Vendor.Verify(ctx, t.Reference)
	if errors.Is(err, errNotAsked) {
		return err // it is asked when the claim is over
	}
	if err != nil {
		return s.later(ctx, t, err)
	}
	if seen.Word != "" {
		s.Log.Warn("payments: the vendor says what nobody knows: it counts as open", "vendor", t.Vendor, "top-up", t.ID, "state", seen.Word)
	}
	return s.settle(ctx, t, seen)
}

// next is when a vendor is asked again about a top-up; nil = not any more.
func next(t TopUp, v Verdict, now time.Time) *time.Time {
	switch {
	case v.State == Open, v.State == Abandoned, v.State == Failed:
	case v.State == Paid && v.Why == whyPartial: // the rest may come
	default:
		return nil
	}
	at := now.Add(pauses[min(t.Tries, int64(len(pauses)-1))])
	if at.After(t.ExpiresAt.Add(lateFor)) {
		return nil
	}
	return &at
}
