package lookup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/webhooks"
)

// Outage says what happens to a lookup that no source answers. A business that can be told later gets "pending": its
// money stays held, the sources are asked again now and then, and an event tells how it ended.
type Outage struct {
	Webhooks *webhooks.Service // nil: nobody can be told
	// Payload gives the event of a lookup that has ended, in the words of the dialect that took it.
	Payload func(ctx context.Context, r *Record) (webhooks.NewEvent, error)

	Promises Promises // where answers that are owed are asked for; nil: the question is put anew each time
}

// bridges tells whether the business can be told of an answer later.
func (o Outage) bridges(ctx context.Context, businessID string) bool {
	return o.Webhooks != nil && o.Webhooks.HasEndpoint(ctx, businessID)
}

// waiting is the verdict on a lookup that will be answered later.
func waiting() verdict { return verdict{status: models.Pending} }

// patience is how long a pending lookup is tried before it fails and its money is released.
const patience = 24 * time.Hour

// pause is how long a lookup waits for its next try: half as long again as it has waited so far, between five seconds
// and half an hour.
func pause(age time.Duration) time.Duration { return min(max(age/2, 5*time.Second), 30*time.Minute) }

// Bounds of one round over pending lookups.
const (
	resumeBatch  = 100
	resumeAtOnce = 8 // lookups asked for at once
)

// Resume asks again for the pending lookups that are due, and gives how many it settled. It may run in every gateway at
// once: each lookup is claimed by one.
func (s *Service) Resume(ctx context.Context) (int, error) {
	due, err := s.due(ctx)
	if err != nil {
		return 0, err
	}
	var (
		all     sync.WaitGroup
		places  = make(chan struct{}, resumeAtOnce)
		settled = make(chan bool, len(due))
	)
	for _, l := range due {
		if places <- struct{}{}; ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-places }()
			done, err := s.resume(ctx, s.claimOn(l.BusinessID, l.ID))
			if err != nil {
				s.Log.Error("lookup: a pending one could not be tried again", "lookup", l.ID, "err", err)
			}
			settled <- done
		})
	}
	all.Wait()
	close(settled)
	n := 0
	for done := range settled {
		if done {
			n++
		}
	}
	return n, s.forgetClaims(ctx)
}

// resume claims one pending lookup, asks for it and settles what came of it. It tells whether the lookup has ended. Once
// it is claimed nothing but the source's own deadline stops it, so that what a source was paid for is not thrown away.
func (s *Service) resume(ctx context.Context, c *claim) (bool, error) {
	if ours, err := c.take(s.DB.WithContext(ctx)); err != nil || !ours {
		return false, err
	}
	ctx = context.WithoutCancel(ctx)
	defer c.release(ctx)
	now := s.World.Now()
	l, err := c.look(ctx)
	if err != nil || l.Status != models.Pending || !l.ExpiresAt.Before(now) {
		return false, err
	}
	if l.Erased() {
		return s.giveUp(ctx, &l)
	}
	done, err := s.retry(ctx, c, l, now)
	if err != nil {
		return done, errors.Join(err, s.putOff(ctx, &l, now))
	}
	return done, nil
}

// retry asks for a claimed lookup that is due.
func (s *Service) retry(ctx context.Context, c *claim, l models.Lookup, now time.Time) (bool, error) {
	record, err := s.unseal(l)
	if err != nil {
		return false, err
	}
	return s.pursue(ctx, c, record, now)
}

// pursue asks for a claimed lookup and settles what came of it. It tells whether the lookup has ended.
func (s *Service) pursue(ctx context.Context, c *claim, r *Record, now time.Time) (bool, error) {
	v, got, err := s.again(ctx, c, r, now)
	if errors.Is(err, errClaimLost) {
		s.Log.Warn("lookup: asking for a pending one took longer than its lease", "lookup", r.ID)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	done, err := s.finish(ctx, r, got.Finding, v)
	if done && got.from != nil {
		err = s.end(ctx, got.from, models.UpstreamKept, got.Outcome)
	}
	return done, err
}

// finish writes a verdict into a pending lookup and settles it. It tells whether the lookup has ended.
func (s *Service) finish(ctx context.Context, r *Record, f Finding, v verdict) (bool, error) {
	key, err := s.Vault.OpenKey(r.DataKey, r.BusinessID+"/"+r.ID)
	if err != nil {
		return false, err
	}
	r.settle(f, v, s.World.Now())
	r.seal(key)
	return s.conclude(ctx, r)
}

// again collects what is owed and, if nobody owes anything, asks the sources once more; neither if the subject has taken
// the consent back meanwhile.
func (s *Service) again(ctx context.Context, c *claim, r *Record, now time.Time) (v verdict, got collected, err error) {
	if gone, err := s.takenBack(ctx, r); err != nil || gone {
		return withdrawnMeanwhile, got, err
	}
	if waits, err := s.unconfirmed(ctx, r); err != nil || waits {
		s.forget(ctx, r)
		return verdict{status: models.FailedAway, reason: unconfirmedReason}, got, err
	}
	if got, err = s.collect(ctx, r, now); err != nil {
		return v, got, err
	}
	if err = s.complement(ctx, c, r, &got); err != nil {
		return v, got, err
	}
	v = decide(got.Finding, r.price())
	if age := now.Sub(r.RequestedAt); v.err != nil && age < patience {
		v = waiting()
		r.ExpiresAt = now.Add(min(pause(age), patience-age))
	}
	return v, got, nil
}

// complement asks for what is missing once everything was collected that is owed: a second source's word on an answer, or
// the answer. Errors: errClaimLost.
func (s *Service) complement(ctx context.Context, c *claim, r *Record, got *collected) (err error) {
	q := r.question()
	switch {
	case got.from != nil:
		got.Finding, err = c.seconded(ctx, r, q, got.Finding)
	case !got.standing:
		polled := got.Attempts
		q.Round = got.round
		got.Finding, err = c.consult(ctx, r, q)
		got.Attempts = append(polled, got.Attempts...)
	}
	return err
}

// withdrawnMeanwhile ends a lookup whose subject has changed their mind.
var withdrawnMeanwhile = verdict{status: models.FailedAway, reason: "Consent was withdrawn"}

// takenBack tells whether the subject has withdrawn the consent since.
func (s *Service) takenBack(ctx context.Context, r *Record) (bool, error) {
	var withdrawals int64
	err := s.DB.WithContext(ctx).Model(&withdrawn{}).
		Where("business_id = ? AND number_index = ?", r.BusinessID, r.NumberIndex).Count(&withdrawals).Error
	return withdrawals > 0, err
}

// giveUp ends a lookup whose person was erased while it was pending: there is nothing left to ask about or to tell.
func (s *Service) giveUp(ctx context.Context, l *models.Lookup) (bool, error) {
	l.Status, l.Reason, l.Charged, l.ModifiedAt = models.FailedAway, "Erased", 0, s.World.Now()
	if _, err := s.Till.Settle(billing.SettleOrder{Lookup: l}); err != nil && models.CodeOf(err) != models.Conflict {
		return false, fmt.Errorf("settle an erased lookup: %w", err)
	}
	return true, s.forgetCodes(ctx, l.BusinessID, erasable{ID: l.ID, Sandbox: l.Sandbox})
}

// conclude settles a resumed lookup, together with the event that tells of its end.
func (s *Service) conclude(ctx context.Context, r *Record) (bool, error) {
	order := billing.SettleOrder{Lookup: &r.Lookup}
	if r.Status.Settled() {
		told, err := s.Outage.Payload(ctx, r)
		if err != nil {
			return false, fmt.Errorf("write the event: %w", err)
		}
		if order.Event, err = s.Outage.Webhooks.Seal(told); err != nil {
			return false, fmt.Errorf("seal the event: %w", err)
		}
	}
	_, err := s.Till.Settle(order)
	if models.CodeOf(err) == models.Conflict {
		return false, nil // somebody else was faster
	}
	if err != nil {
		return false, fmt.Errorf("settle: %w", err)
	}
	if order.Event == nil {
		return false, nil
	}
	s.metrics.count(r, nil)
	s.Outage.Webhooks.Nudge()
	return true, nil
}
