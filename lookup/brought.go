package lookup

import (
	"context"
	"errors"
	"slices"
	"time"

	"whoseline/models"
)

// Callback is an answer that a source brings on its own. Its maker has checked that it comes from that source.
type Callback struct {
	Sources []string // under one of these names the source may have promised it
	Ref     string   // which answer it is; "" = none of ours

	// Read gives what the source brings, for a question that the source was asked under one of its names.
	Read func(source string, q Question) Finding
}

// CallbackResult is the result of a callback. None of them is a failure: the source has done its part and can stop.
type CallbackResult string

// The results of a callback.
const (
	CallbackKept      CallbackResult = "kept"      // it ended its lookup
	CallbackLate      CallbackResult = "late"      // its lookup had ended without it: our cost, nobody's charge
	CallbackDuplicate CallbackResult = "duplicate" // it was here before
	CallbackUnknown   CallbackResult = "unknown"   // nobody waits for it
	CallbackPending   CallbackResult = "pending"   // the answer is still owed
	CallbackBroken    CallbackResult = "broken"    // the source has given up: it will be asked again
	CallbackUnread    CallbackResult = "unread"    // it makes no sense
)

// maxDebts is how many lookups may wait for one answer: a source that knows a question again gives an old reference.
const maxDebts = 20

// Complete ends the lookups that wait for an answer that a source has brought. Each is charged once, however often the
// answer comes. Errors: models.Busy while somebody else asks about the lookup, or when its first caller has not been
// answered yet; Internal.
func (s *Service) Complete(ctx context.Context, n Callback) (c CallbackResult, err error) {
	c = CallbackUnknown
	defer func() {
		if err == nil {
			s.metrics.notices.WithLabelValues(string(c)).Inc()
		}
	}()
	if n.Ref == "" || len(n.Sources) == 0 {
		return c, nil
	}
	waiting, err := s.owedUnder(ctx, n.Ref, n.Sources)
	if err != nil {
		return c, err
	}
	ctx, cancel := s.onward(ctx)
	defer cancel()
	for _, owed := range slices.Backward(waiting) { // backward: the result is then that of a lookup that still waited
		if c, err = s.read(ctx, &owed, n); err != nil {
			return c, err
		}
	}
	return c, nil
}

// read takes in an answer that was brought, for one lookup.
func (s *Service) read(ctx context.Context, owed *models.UpstreamRef, n Callback) (CallbackResult, error) {
	if owed.State == models.UpstreamKept || owed.State == models.UpstreamLate {
		return CallbackDuplicate, nil
	}
	l, err := s.owing(ctx, owed)
	switch {
	case err != nil:
		return "", err
	case l == nil:
		return CallbackUnknown, nil
	case s.whenBrought(l) == sourceAgain:
		return "", &models.Error{Code: models.Busy, Message: "the lookup is still being asked", RetryAfter: 10 * time.Second}
	case l.Erased():
		return s.endOwedToErased(ctx, owed, l)
	}
	r, err := s.unseal(*l)
	if err != nil {
		return "", models.Fault(err)
	}
	f := n.Read(owed.Source, r.question())
	f.Source = owed.Source
	f.Attempts = []models.Attempt{owedExchange(owed, f, s.world.Now())}
	switch {
	case f.Outcome == models.OutcomePending:
		return CallbackPending, nil
	case f.Outcome == models.OutcomeNotApplicable:
		return CallbackBroken, s.giveUpOwed(ctx, owed)
	case answer(f.Outcome) == onNobody:
		s.log.Warn("lookup: a source brought what cannot be read", "source", owed.Source, "outcome", f.Outcome, "lookup", owed.LookupID)
		return CallbackUnread, nil
	case s.whenBrought(&r.Lookup) == sourceLate:
		return s.noteLate(ctx, owed, r, f)
	}
	return s.accept(ctx, owed, f)
}

// whenBrought is what a source is told that brings an answer for a lookup. A lookup that waits for a code has asked no
// source, so none owes it an answer.
func (s *Service) whenBrought(l *models.Lookup) telling {
	follows, _ := s.happens(stateOf(l.Status, false), onBrought)
	return follows.tell
}

// accept ends a pending lookup with an answer that was brought. Two answers at once are taken one after the other: the
// second one finds that the lookup has ended, and no second source is asked again.
func (s *Service) accept(ctx context.Context, owed *models.UpstreamRef, f Finding) (CallbackResult, error) {
	l := s.leaseOn(owed.BusinessID, owed.LookupID)
	if err := l.await(ctx); err != nil {
		return "", err
	}
	defer l.release(ctx)
	r, err := l.record(ctx)
	switch {
	case err != nil:
		return "", models.Fault(err)
	case r.Erased():
		return s.endOwedToErased(ctx, owed, &r.Lookup)
	case s.whenBrought(&r.Lookup) == sourceLate:
		return s.noteLate(ctx, owed, r, f)
	}
	t, err := s.broughtTurn(ctx, l, r, f)
	if errors.Is(err, errLeaseLost) {
		return "", errAskedElsewhere
	}
	ended := false
	if err == nil {
		ended, err = s.finishPending(ctx, t)
	}
	switch {
	case err != nil:
		return "", models.Fault(err)
	case !ended:
		return CallbackDuplicate, nil // somebody else was faster and notes it
	}
	return CallbackKept, fault(s.noteEnd(ctx, owed, models.UpstreamKept, f.Outcome))
}

// broughtTurn is what an answer that was brought does to its lookup: nothing if the subject has taken the consent back.
func (s *Service) broughtTurn(ctx context.Context, l *lease, r *Record, f Finding) (t turn, err error) {
	t = turn{Record: r, from: stateAwaitingSource, event: onWithdrawn, said: &f, price: r.price()}
	if gone, err := s.takenBack(ctx, r); err != nil || gone {
		return t, err
	}
	both, err := l.seconded(ctx, r, r.question(), f)
	t.event, t.said = answer(both.Outcome), &both
	return t, err
}

// noteLate notes an answer whose lookup has ended already. If the lookup ended with this same answer, a crash came
// before that was noted.
func (s *Service) noteLate(ctx context.Context, owed *models.UpstreamRef, r *Record, f Finding) (CallbackResult, error) {
	answered := r.Status == models.StatusFound || r.Status == models.StatusNotFound
	if answered && owed.State == models.UpstreamOwed && r.Source == owed.Source {
		return CallbackDuplicate, fault(s.noteEnd(ctx, owed, models.UpstreamKept, f.Outcome))
	}
	return CallbackLate, fault(s.noteEnd(ctx, owed, models.UpstreamLate, f.Outcome))
}

// endOwedToErased ends a lookup whose person was erased meanwhile: the answer is about nobody.
func (s *Service) endOwedToErased(ctx context.Context, owed *models.UpstreamRef, l *models.Lookup) (CallbackResult, error) {
	if !l.Status.Settled() {
		if _, err := s.endErased(ctx, *l); err != nil {
			return "", models.Fault(err)
		}
	}
	return CallbackLate, fault(s.noteEnd(ctx, owed, models.UpstreamLate, ""))
}

// giveUpOwed makes the lookup due at once, because the source that owed the answer has given up. A gateway that asks
// about the lookup right now is not disturbed: it will learn the same.
func (s *Service) giveUpOwed(ctx context.Context, owed *models.UpstreamRef) error {
	if err := s.noteEnd(ctx, owed, models.UpstreamBroken, models.OutcomeNotApplicable); err != nil {
		return models.Fault(err)
	}
	return s.makeDue(ctx, owed)
}
