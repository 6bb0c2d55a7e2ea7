package lookup

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"whoseline/models"
)

// Promises are the sources that may say "pending" and name an answer: they owe it then. Poll asks one of them for it. That
// is not paid for again, and honours ctx. The outcome models.OutcomeNotApplicable says that the source owes nothing any
// more, models.OutcomePending that it still does; so does every failure, because nothing was learnt.
type Promises interface {
	Poll(ctx context.Context, source, ref string, q Question) Finding
}

// trust is how long a source is waited for before the question is put anew, which may be paid for twice.
const trust = 6 * time.Hour

// noteOwed keeps which answers the sources owe. One of them may come, and cost, also when the lookup has ended without
// it. That it could not be kept does not spoil an answer that is there.
func (s *Service) noteOwed(ctx context.Context, r *Record, f Finding) {
	for _, a := range f.Attempts {
		if a.Outcome != models.OutcomePending || a.Ref == "" {
			continue
		}
		owed := models.UpstreamRef{
			BusinessID: r.BusinessID, LookupID: r.ID, Source: a.Source, Ref: a.Ref,
			State: models.UpstreamOwed, CreatedAt: s.World.Now(),
		}
		err := s.note(ctx, &owed)
		if err != nil {
			s.Log.Error("lookup: an answer that is owed could not be noted", "lookup", r.ID, "source", a.Source, "err", err)
		}
	}
}

func (s *Service) note(ctx context.Context, owed *models.UpstreamRef) error {
	own, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	return s.DB.WithContext(own).Clauses(clause.OnConflict{UpdateAll: true}).Create(owed).Error
}

// debts are the answers that sources owe, or have owed, to one lookup, oldest first.
func (s *Service) debts(ctx context.Context, r *Record) (all []models.UpstreamRef, err error) {
	if s.Outage.Promises == nil {
		return nil, nil
	}
	err = s.DB.WithContext(ctx).Where("business_id = ? AND lookup_id = ?", r.BusinessID, r.ID).
		Order("created_at, ref").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read what sources owe: %w", err)
	}
	return all, nil
}

// collected is what came of asking for what is owed.
type collected struct {
	Finding
	from     *models.UpstreamRef // whose answer the finding is; nil = there is none
	standing bool                // somebody still owes one: nobody is to be asked anew
	round    int                 // how many have been given up
}

// collect asks the sources that owe an answer for it, until one has it.
func (s *Service) collect(ctx context.Context, r *Record, now time.Time) (c collected, err error) {
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
		case answers(outcome):
			c.from = owed
			return c, nil
		case outcome != models.OutcomeNotApplicable:
			c.standing = true
			continue
		}
		c.round++
		if err := s.end(ctx, owed, models.UpstreamBroken, outcome); err != nil {
			return c, err
		}
	}
	return c, nil
}

// poll asks for one answer.
func (s *Service) poll(ctx context.Context, owed *models.UpstreamRef, q Question) Finding {
	at := s.World.Now()
	f := s.Outage.Promises.Poll(ctx, owed.Source, owed.Ref, q)
	f.Source = owed.Source
	exchange := row(owed, f, at)
	exchange.Millis = max(s.World.Now().Sub(at), 0).Milliseconds()
	f.Attempts = []models.Attempt{exchange}
	return f
}

// row is what a record keeps of an answer that was owed. It costs what the source charges for it once it is there: the
// question had cost nothing.
func row(owed *models.UpstreamRef, f Finding, at time.Time) models.Attempt {
	a := models.Attempt{Source: owed.Source, Outcome: f.Outcome, At: at, HTTP: f.HTTP, Ref: owed.Ref}
	if f.Cost != nil {
		a.Billed, a.CostMinor, a.Currency = models.BilledYes, f.Cost.Minor, f.Cost.Currency
	}
	return a
}

// answers tells whether an outcome ends a question.
func answers(o models.Outcome) bool {
	return o == models.OutcomeFound || o == models.OutcomeNotFound || o == models.OutcomeInvalid
}

// end notes what became of an answer that was owed.
func (s *Service) end(ctx context.Context, owed *models.UpstreamRef, state models.UpstreamState, outcome models.Outcome) error {
	err := s.DB.WithContext(ctx).Model(&models.UpstreamRef{}).
		Where("business_id = ? AND lookup_id = ? AND source = ? AND ref = ? AND state = ?",
			owed.BusinessID, owed.LookupID, owed.Source, owed.Ref, owed.State).
		Updates(map[string]any{"state": state, "outcome": outcome, "ended_at": s.World.Now()}).Error
	if err != nil {
		return fmt.Errorf("note what became of an owed answer: %w", err)
	}
	s.metrics.owed.WithLabelValues(string(state)).Inc()
	return nil
}
