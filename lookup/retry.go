package lookup

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"whoseline/models"
	"whoseline/webhooks"
)

// Outage says what happens to a lookup that no source answers. If the business can be told later, the lookup is
// pending: its money stays held, the sources are asked again from time to time, and an event tells the end. The lookup
// is also pending if a source owes the answer; a business without an endpoint then reads the lookup to know.
type Outage struct {
	Webhooks *webhooks.Service // nil: no business can be told
	// Payload gives the event of a lookup that has ended, in the words of the dialect that took it.
	Payload func(ctx context.Context, r *Record) (webhooks.NewEvent, error)

	Promises Promises // where answers that are owed are asked for; nil: sources are asked again each time
}

// patience is how long a pending lookup is retried. Then it fails and its money is released.
const patience = 24 * time.Hour

// patience is how long a lookup without an answer may wait. It does not wait if no source owes the answer and the
// business cannot be told later.
func (o Outage) patience(ctx context.Context, of models.Lookup, said Finding) time.Duration {
	switch {
	case o.Webhooks == nil: // the end of a pending lookup could not be told
		return 0
	case o.Promises != nil && len(said.promises()) > 0, o.Webhooks.HasEndpoint(ctx, of.BusinessID, of.Sandbox):
		return patience
	default:
		return 0
	}
}

// pause is how long a lookup waits for its next try: half as long again as it has waited so far, between five seconds
// and half an hour.
func pause(age time.Duration) time.Duration { return min(max(age/2, 5*time.Second), 30*time.Minute) }

// Bounds of one round over pending lookups.
const (
	retryBatch  = 100
	retryAtOnce = 16 // lookups asked for at once
)

// RetryDue asks once more for each pending lookup that is due now, and gives how many it settled. It may run in every
// gateway at once: each lookup is leased by one.
func (s *Service) RetryDue(ctx context.Context) (settled int, err error) {
	for at, more := s.world.Now(), true; more; {
		due, err := s.due(ctx, at)
		if err != nil {
			return settled, err
		}
		tried, ended := s.retryAll(ctx, due)
		settled += ended
		more = len(due) == retryBatch && tried > 0 && ctx.Err() == nil
	}
	return settled, s.forgetLeases(ctx)
}

// retryAll retries some lookups, a few at once. It gives how many were tried or did not need a try, and how many have
// ended.
func (s *Service) retryAll(ctx context.Context, due []models.Lookup) (tried, ended int) {
	var (
		all            sync.WaitGroup
		places         = make(chan struct{}, retryAtOnce)
		tries, settled atomic.Int64
	)
	for _, l := range due {
		if places <- struct{}{}; ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-places }()
			done, err := s.retryPending(ctx, s.leaseOn(l.BusinessID, l.ID))
			if err != nil {
				s.log.Error("lookup: a pending one could not be tried again", "lookup", l.ID, "err", err)
			}
			if err == nil {
				tries.Add(1)
			}
			if done {
				settled.Add(1)
			}
		})
	}
	all.Wait()
	return int(tries.Load()), int(settled.Load())
}

// retryPending leases one pending lookup, asks the sources and settles the result. It tells whether the lookup has
// ended. Under the lease only the source's own deadline stops it: an answer that was paid for is not thrown away.
func (s *Service) retryPending(ctx context.Context, l *lease) (ended bool, err error) {
	if ours, err := l.take(ctx); err != nil || !ours {
		return false, err
	}
	ctx, cancel := s.onward(ctx)
	defer cancel()
	defer l.release(ctx)
	now := s.world.Now()
	stored, err := l.look(ctx)
	if err != nil || stored.Status != models.StatusPending || !stored.ExpiresAt.Before(now) {
		return false, err
	}
	if stored.Erased() {
		return s.endErased(ctx, stored)
	}
	record, err := s.unseal(stored)
	if err == nil {
		ended, err = s.askAgain(ctx, l, record, now)
	}
	if err != nil {
		return ended, errors.Join(err, s.putOff(ctx, &stored, now))
	}
	return ended, nil
}

// askAgain asks about a leased lookup and settles the result. It tells whether the lookup has ended.
func (s *Service) askAgain(ctx context.Context, l *lease, r *Record, now time.Time) (ended bool, err error) {
	t, from, err := s.nextTurn(ctx, l, r, now)
	if errors.Is(err, errLeaseLost) {
		s.log.Warn("lookup: asking for a pending one took longer than its lease", "lookup", r.ID)
		return false, nil
	}
	if err == nil {
		ended, err = s.finishPending(ctx, t)
	}
	if ended && from != nil {
		err = s.noteEnd(ctx, from, models.UpstreamKept, t.said.Outcome)
	}
	return ended, err
}

// nextTurn gives the event of a leased lookup. It asks sources for it, unless the subject has withdrawn the consent or
// the number has not confirmed in time. from: the source whose owed answer it was, if any.
func (s *Service) nextTurn(ctx context.Context, l *lease, r *Record, now time.Time) (t turn, from *models.UpstreamRef, err error) {
	code, err := s.unconfirmed(ctx, r)
	if err != nil {
		return t, nil, err
	}
	t = turn{Record: r, from: stateOf(r.Status, code), said: &Finding{}, price: r.price()}
	gone, err := s.takenBack(ctx, r)
	switch {
	case err != nil:
		return t, nil, err
	case code:
		s.forget(ctx, r)
	}
	switch {
	case gone:
		t.event = onWithdrawn
		return t, nil, nil
	case code:
		t.event = onTimeOver
		return t, nil, nil
	}
	got, err := s.hearSources(ctx, l, r, now)
	if err != nil {
		return t, nil, err
	}
	t.said, t.event = &got.Finding, answer(got.Outcome)
	if t.event == onNobody {
		t.waits(now.Sub(r.RequestedAt), patience, now)
	}
	return t, got.from, nil
}

// hearSources collects what is owed and then asks for what is missing: a second source's word on an answer, or the
// answer. No source is asked again while one owes an answer. Errors: errLeaseLost.
func (s *Service) hearSources(ctx context.Context, l *lease, r *Record, now time.Time) (got collected, err error) {
	if got, err = s.collectOwed(ctx, r, now); err != nil {
		return got, err
	}
	q := r.question()
	switch {
	case got.from != nil:
		got.Finding, err = l.seconded(ctx, r, q, got.Finding)
	case !got.standing:
		polled := got.Attempts
		q.Round, q.Again = got.round, true
		got.Finding, err = l.consult(ctx, r, q)
		got.Attempts = append(polled, got.Attempts...)
	}
	return got, err
}

// endErased ends a pending lookup whose person was erased: there is nothing to ask and nobody to tell. It tells whether
// the lookup has ended, here or elsewhere.
func (s *Service) endErased(ctx context.Context, l models.Lookup) (bool, error) {
	t := turn{Record: &Record{Lookup: l}, from: stateOf(l.Status, false), event: onErased}
	if _, err := s.finishPending(ctx, t); err != nil {
		return false, err
	}
	return true, s.forgetCodes(ctx, l.BusinessID, erasable{ID: l.ID, Sandbox: l.Sandbox})
}
