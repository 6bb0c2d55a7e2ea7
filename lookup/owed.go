package lookup

import (
	"context"
	"time"

	"whoseline/models"
)

// Promises are the sources that may say "pending" and name an answer, which they then owe. Poll asks one of them for
// it. Poll is not paid for again and honours ctx. The outcome models.OutcomeNotApplicable says that the source owes
// nothing any more. The outcome models.OutcomePending, and every failure, says that it still does.
type Promises interface {
	Poll(ctx context.Context, source, ref string, q Question) Finding
}

// promises are the exchanges in which a source has promised an answer, and now owes it.
func (f Finding) promises() (owed []models.Attempt) {
	for _, a := range f.Attempts {
		if a.Outcome == models.OutcomePending && a.Ref != "" {
			owed = append(owed, a)
		}
	}
	return owed
}

// trust is how long we wait for an answer that is owed. Then the sources are asked again, which may be paid for twice.
const trust = 6 * time.Hour

// collected is the result of asking for what is owed.
type collected struct {
	Finding
	from     *models.UpstreamRef // whose answer the finding is; nil = there is none
	standing bool                // somebody still owes one: no source is asked again
	round    int                 // how many have been given up
}

// collectOwed asks the sources that owe an answer for it, until one has it.
func (s *Service) collectOwed(ctx context.Context, r *Record, now time.Time) (c collected, err error) {
	all, err := s.debts(ctx, r)
	if err != nil {
		return c, err
	}
	for i := range all {
		owed := &all[i]
		if owed.State != models.UpstreamOwed {
			c.round++
			continue
		}
		outcome := models.OutcomeNotApplicable // given up on
		if now.Sub(owed.CreatedAt) < trust {
			f := s.poll(ctx, owed, r.question())
			f.Attempts = append(c.Attempts, f.Attempts...)
			c.Finding, outcome = f, f.Outcome
		}
		switch {
		case answer(outcome) != onNobody:
			c.from = owed
			return c, nil
		case outcome != models.OutcomeNotApplicable:
			c.standing = true
			continue
		}
		c.round++
		if err := s.noteEnd(ctx, owed, models.UpstreamBroken, outcome); err != nil {
			return c, err
		}
	}
	return c, nil
}

// poll asks for one answer.
func (s *Service) poll(ctx context.Context, owed *models.UpstreamRef, q Question) Finding {
	at := s.world.Now()
	f := s.outage.Promises.Poll(ctx, owed.Source, owed.Ref, q)
	f.Source = owed.Source
	exchange := owedExchange(owed, f, at)
	exchange.Millis = max(s.world.Now().Sub(at), 0).Milliseconds()
	f.Attempts = []models.Attempt{exchange}
	return f
}

// owedExchange is what a record keeps of an answer that was owed. The question cost nothing; the answer costs what the
// source charges for it.
func owedExchange(owed *models.UpstreamRef, f Finding, at time.Time) models.Attempt {
	a := models.Attempt{Source: owed.Source, Outcome: f.Outcome, At: at, HTTP: f.HTTP, Ref: owed.Ref}
	if f.Cost != nil {
		a.Billed, a.CostMinor, a.Currency = models.BilledYes, f.Cost.Minor, f.Cost.Currency
	}
	return a
}
