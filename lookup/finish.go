package lookup

import (
	"context"
	"crypto/cipher"
	"fmt"
	"time"

	"whoseline/billing"
	"whoseline/models"
)

// turn is one event in the life of a lookup, with its data.
type turn struct {
	*Record
	from    state
	event   event
	said    *Finding      // what the sources said; nil = the record keeps what it has
	price   Price         // what an answer costs
	due     time.Time     // when the lookup is looked at next; zero = as it was
	refusal *models.Error // what a refused caller is told
	caller  *caller       // who waits for the answer; nil = nobody
}

// waits decides for a lookup without an answer: it waits for its next try, or it ends when its patience is over.
func (t *turn) waits(age, patience time.Duration, now time.Time) {
	if age >= patience {
		t.event = onTimeOver
		return
	}
	t.due = now.Add(min(pause(age), patience-age))
}

// finish writes the effect of an event: record, money, kept answer and event in one transaction. Every path of a
// lookup's life ends here. Errors: the refusal that the table names, after it was written; models.Conflict when the
// lookup had ended before; Internal.
func (s *Service) finish(ctx context.Context, t turn) (Result, error) {
	step, possible := s.happens(t.from, t.event)
	if !possible {
		return Result{}, models.Fault(fmt.Errorf("lookup %s: %q cannot happen while it is %q", t.ID, t.event, t.from))
	}
	if err := s.write(&t, step); err != nil {
		return Result{}, err
	}
	order, body, err := s.order(ctx, t, step)
	if err != nil {
		return Result{}, err
	}
	waiting, over := t.waiting(ctx)
	defer over()
	order.Gone = waiting.Done()
	order.Note = s.passage()
	receipt, err := s.till.Settle(order)
	s.passed(ctx, "till.settle", order.Note)
	if err != nil {
		return Result{}, fmt.Errorf("settle the lookup: %w", err)
	}
	if order.Event != nil {
		s.outage.Webhooks.Nudge()
	}
	s.metrics.count(t, step)
	if t.caller != nil && t.Status == models.StatusPending {
		receipt.Entry = t.caller.entry
	}
	return Result{Body: body, Receipt: &receipt}, t.refused(step)
}

// write puts a step into the record.
func (s *Service) write(t *turn, step step) error {
	now := s.world.Now()
	r := t.Record
	r.Status, r.Reason, r.Charged = step.next.status(), step.reason, step.charge.of(t.price)
	if r.Sandbox {
		r.Charged = 0
	}
	if t.event == onImpossible {
		r.Reason = t.said.Reason
	}
	r.ModifiedAt = now
	if r.AnsweredAt.IsZero() { // a pending one keeps the time of its first answer
		r.AnsweredAt = now
	}
	if !t.due.IsZero() {
		r.ExpiresAt = t.due
	}
	if t.said == nil {
		return nil
	}
	key, err := s.key(t)
	if err != nil {
		return err
	}
	r.hear(*t.said, now)
	r.seal(key)
	return nil
}

// key is what a turn's record is sealed under.
func (s *Service) key(t *turn) (cipher.AEAD, error) {
	if t.caller != nil {
		return t.caller.seal, nil
	}
	return s.vault.OpenKey(t.DataKey, t.BusinessID+"/"+t.ID)
}

// order is the till's part of a step, with what the caller or the business is told.
func (s *Service) order(ctx context.Context, t turn, step step) (o billing.SettleOrder, body []byte, err error) {
	o.Lookup, o.Swept = &t.Lookup, t.event == onSwept
	switch step.tell {
	case tellCaller:
		body = t.caller.Render(t.Record)
		o.Keep = t.caller.keep(body)
	case refuseCaller:
		o.Keep = t.caller.keep(nil)
	case tellBusiness:
		told, err := s.outage.Payload(ctx, t.Record)
		if err != nil {
			return o, nil, fmt.Errorf("write the event: %w", err)
		}
		if o.Event, err = s.outage.Webhooks.Seal(told); err != nil {
			return o, nil, fmt.Errorf("seal the event: %w", err)
		}
	}
	return o, body, nil
}

// refused is the error of a step that refuses its caller.
func (t turn) refused(step step) error {
	if step.tell != refuseCaller {
		return nil
	}
	return t.refusal
}

// finishPending is finish without a caller. It tells whether this call has ended the lookup; it has not when somebody
// else was faster.
func (s *Service) finishPending(ctx context.Context, t turn) (ended bool, err error) {
	_, err = s.finish(ctx, t)
	if models.CodeOf(err) == models.Conflict {
		return false, nil
	}
	return err == nil && t.Status.Settled(), err
}

// Abandon ends an open lookup that its gateway left behind. The till's sweeper calls it. ErrAlreadySettled: the lookup
// has ended in another way meanwhile.
func (s *Service) Abandon(ctx context.Context, l *models.Lookup) error {
	_, err := s.finish(ctx, turn{Record: &Record{Lookup: *l}, from: stateOf(l.Status, false), event: onSwept})
	return err
}
