package possession

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
	"whoseline/settings"
)

// ask locks the limits that apply to an errand, lets the rule judge and stores the decision. The row of the number is
// locked with the others, so that two messages to it are decided one after the other. The errand is in the history
// before it is judged, and is taken out again when it is refused.
func (s *Service) ask(d *lockedSubject, l settings.Limits, e errand) (decision, error) {
	counters, err := lock(d.tx, countersOf(l, e, d.now))
	if err != nil {
		return decision{}, fmt.Errorf("lock the limits: %w", err)
	}
	recent, err := s.recent(d, l.PerNumber, e)
	if err != nil {
		return decision{}, fmt.Errorf("read the last messages: %w", err)
	}
	var history []past
	if e.travels() {
		if err := add(d.tx, buckets(1, 0, e.trace(d.now))); err != nil {
			return decision{}, err
		}
		if history, err = pastOf(d.tx, e.trace(d.now)); err != nil {
			return decision{}, err
		}
	}
	said := judge(l, e, recent, counters, history, d.now)
	if said.decision != models.SendRefused {
		return said, write(d.tx, said.counters)
	}
	if e.travels() {
		return said, add(d.tx, buckets(-1, 0, e.trace(d.now)))
	}
	return said, nil
}

// write stores counters as they were judged.
func write(tx *gorm.DB, counters []counter) error {
	if len(counters) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "scope"}, {Name: "name"}},
		DoUpdates: clause.AssignmentColumns([]string{"since", "n"}),
	}).Create(&counters).Error
}

// lock makes the missing rows of counters, locks them all and gives them as they are.
func lock(tx *gorm.DB, wanted []counter) ([]counter, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "scope"}, {Name: "name"}},
		DoUpdates: clause.Set{{Column: clause.Column{Name: "n"}, Value: gorm.Expr("possession_counters.n")}},
	}).Create(slices.Clone(wanted)).Error
	if err != nil {
		return nil, err
	}
	return standing(tx, wanted)
}

// standing reads counters as they stand.
func standing(tx *gorm.DB, wanted []counter) ([]counter, error) {
	names := make([][]any, 0, len(wanted))
	for _, c := range wanted {
		names = append(names, []any{c.Scope, c.Name})
	}
	var found []counter
	err := tx.Where("business_id = ? AND (scope, name) IN ?", wanted[0].BusinessID, names).Limit(len(wanted)).Find(&found).Error
	for i := range wanted {
		for _, f := range found {
			if f.Scope == wanted[i].Scope && f.Name == wanted[i].Name {
				wanted[i].Since, wanted[i].N = f.Since, f.N
			}
		}
	}
	return wanted, err
}

// recent gives the times of the last messages to the errand's number, newest first.
func (s *Service) recent(d *lockedSubject, c settings.Cap, e errand) (times []time.Time, err error) {
	if e.handBack {
		return nil, nil
	}
	return times, d.tx.Model(&models.Sending{}).
		Where("business_id = ? AND number_index = ? AND at > ? AND verdict IN ?", e.BusinessID, e.number,
			d.now.Add(-c.Within), []models.SendDecision{models.SendAllowed, models.SendRecorded}).
		Order("at DESC").Limit(int(c.Most)).Pluck("at", &times).Error
}

// arrived stores how a message ended and what it cost, and pays for it if it was taken, all at once. A message that was
// not taken leaves the history: while a sender is down nobody can type a code back. A report may have been faster.
func (s *Service) arrived(ctx context.Context, out outgoing, m Message, d Delivery) error {
	err := s.of(ctx, m.BusinessID).Transaction(func(tx *gorm.DB) error {
		written := tx.Model(&models.Sending{}).Where("business_id = ? AND id = ? AND outcome = ''", m.BusinessID, m.ID).
			Select("Outcome", "Provider", "Reference", "Segments", "Cost", "Currency", "Tries").
			Updates(models.Sending{
				Outcome: string(d.Outcome), Provider: d.Provider, Reference: d.Reference, Segments: d.Segments, Cost: d.Cost.Minor,
				Currency: d.Cost.Currency, Tries: d.tries(),
			})
		err := written.Error
		if err == nil && written.RowsAffected == 0 {
			return nil // an earlier try was committed unheard
		}
		if err == nil && d.Cost.Minor > 0 {
			err = tx.Model(&counter{}).
				Where("business_id = ? AND scope = ? AND name = ?", m.BusinessID, scopeMoney, environment(m.Sandbox)).
				Update("n", gorm.Expr("n + ?", d.Cost.Minor)).Error
		}
		if err == nil && !d.Outcome.Gone() && m.Channel != models.ChannelEmail {
			err = add(tx, buckets(-1, 0, out.trace))
		}
		if err == nil && out.charge != nil {
			err = s.settle(tx, *out.charge, d.Outcome == Accepted)
		}
		return err
	})
	if err != nil || d.Reference == "" {
		return err
	}
	return s.collect(ctx, d.Provider, d.Reference)
}

// letOut gives the times of the messages to a subject that were let out, newest first, at most 100.
func (s *Service) letOut(ctx context.Context, who Who) (sent []time.Time, err error) {
	return sent, s.readOf(ctx, who.BusinessID).Model(&models.Sending{}).
		Where("business_id = ? AND subject = ? AND verdict IN ?", who.BusinessID, who.key(),
			[]models.SendDecision{models.SendAllowed, models.SendRecorded}).
		Order("at DESC").Limit(pageOf(100)).Pluck("at", &sent).Error
}

// keepSending stores a decision about a message, with the code that it carries.
func (d *lockedSubject) keepSending(m models.Sending) error { return d.tx.Create(&m).Error }

// keepSending stores a decision alone.
func (s *Service) keepSending(ctx context.Context, m models.Sending) error {
	return s.of(ctx, m.BusinessID).Create(&m).Error
}

// holdMessage sets aside the price of a message, together with its code.
func (s *Service) holdMessage(d *lockedSubject, c models.MessageCharge) error {
	return s.till.HoldMessage(d.tx, c)
}

// settle captures or releases the price of a message. If the sender took so long that the money was given back, the
// message is free.
func (s *Service) settle(tx *gorm.DB, c models.MessageCharge, accepted bool) error {
	err := s.till.SettleMessage(tx, c, accepted)
	if models.CodeOf(err) == models.Conflict {
		s.log.Warn("possession: a sender took so long that its message is free", "business", c.BusinessID, "sending", c.ID)
		return nil
	}
	return err
}

// forgetSends removes what could point to a person from the decisions about a subject.
func (d *lockedSubject) forgetSends() error {
	return d.mine().Model(&models.Sending{}).Updates(map[string]any{"number_index": nil, "ip_index": nil}).Error
}

// Sendings asks for a part of the decisions about sending codes. A zero field does not narrow.
type Sendings struct {
	BusinessID string
	Sandbox    bool
	Subject    string
	Decision   models.SendDecision
	Before     string // id: only older ones
	Limit      int    // at most 100; 0 = 20
}

// Decisions lists decisions about sending codes, newest first, with their reasons.
func (s *Service) Decisions(ctx context.Context, f Sendings) (list []models.Sending, err error) {
	q := s.readOf(ctx, f.BusinessID).Where("business_id = ?", f.BusinessID)
	if f.Subject != "" {
		q = q.Where("subject IN ?", s.names(Who{BusinessID: f.BusinessID, Sandbox: f.Sandbox, Subject: f.Subject}))
	} else {
		q = q.Where("subject >= ? AND subject < ?", environment(f.Sandbox), environmentEnd(f.Sandbox))
	}
	if f.Decision != "" {
		q = q.Where("verdict = ?", f.Decision)
	}
	if f.Before != "" {
		q = q.Where("id < ?", f.Before)
	}
	return list, models.FaultIn("list decisions", q.Order("id DESC").Limit(pageOf(f.Limit)).Find(&list).Error)
}

// environmentEnd is the first text behind all subjects of an environment.
func environmentEnd(sandbox bool) string { return environment(sandbox)[:4] + "0" }

func pageOf(limit int) int {
	if limit <= 0 {
		return 20
	}
	return min(limit, 100)
}
