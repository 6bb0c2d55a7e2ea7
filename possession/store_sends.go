package possession

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// lock makes the missing rows of counters, locks them all and gives them as they are.
func lock(tx *gorm.DB, wanted []counter) (found []counter, err error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	found = slices.Clone(wanted)
	return found, tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "scope"}, {Name: "name"}},
		DoUpdates: clause.Set{{Column: clause.Column{Name: "n"}, Value: gorm.Expr("possession_counters.n")}},
	}, returning("business_id", "scope", "name", "since", "n")).Create(&found).Error
}

// arrival is how a message ended.
type arrival struct {
	ctx context.Context //nolint:containedctx // of whoever waits for it to be written down
	out outgoing
	Message
	Delivery
	err error
}

func (a *arrival) sending() string { return a.BusinessID + "\x00" + a.ID }

func (a *arrival) end(err error) { a.err = err }

// arrived stores how a message ended and what it cost, and pays for it if it was taken, all at once, together with those of
// others. A message that was not taken leaves the history: while a sender is down nobody can type a code back. A report may
// have been faster.
func (s *Service) arrived(ctx context.Context, out outgoing, m Message, d Delivery) error {
	a := arrival{ctx: ctx, out: out, Message: m, Delivery: d}
	if err := s.arrivals.do(ctx, &a); err != nil {
		return err
	}
	return a.err
}

// runArrivals does all in one transaction, or each in its own where one spoils it for the others.
func (s *Service) runArrivals(all []*arrival) {
	err := s.arriveTogether(all)
	for _, a := range all {
		a.err = err
	}
	if err == nil || len(all) == 1 || !spoilt(err) {
		return
	}
	for _, a := range all {
		a.err = s.arriveTogether([]*arrival{a})
	}
}

func (s *Service) arriveTogether(all []*arrival) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(all[0].ctx), s.within)
	defer cancel()
	err := s.all(ctx).Transaction(func(tx *gorm.DB) error {
		written, err := writeEnds(tx, all)
		if err != nil {
			return fmt.Errorf("write how messages ended: %w", err)
		}
		var money []counter
		var history []bucket
		var accepted, refused []models.MessageCharge
		for _, a := range written {
			if a.Cost.Minor > 0 {
				money = append(money, counter{BusinessID: a.BusinessID, Scope: scopeMoney, Name: environment(a.Sandbox), N: a.Cost.Minor})
			}
			if !a.Outcome.Gone() && a.Channel != models.ChannelEmail {
				history = append(history, buckets(-1, 0, a.out.trace)...)
			}
			switch {
			case a.out.charge == nil:
			case a.Outcome == Accepted:
				accepted = append(accepted, *a.out.charge)
			default:
				refused = append(refused, *a.out.charge)
			}
		}
		if err := spend(tx, money); err != nil {
			return fmt.Errorf("count what messages cost: %w", err)
		}
		if err := addUp(tx, history); err != nil {
			return err
		}
		return s.settle(tx, accepted, refused)
	})
	if err != nil {
		return err
	}
	return s.collect(ctx, all)
}

// writeEnds stores how messages ended, and gives those that had not ended: an earlier try may have been committed unheard.
func writeEnds(tx *gorm.DB, all []*arrival) (written []*arrival, err error) {
	args := make([]any, 0, 9*len(all))
	for _, a := range all {
		tries, err := json.Marshal(a.tries())
		if err != nil {
			return nil, err
		}
		args = append(args, a.BusinessID, a.ID, string(a.Outcome), a.Provider, a.Reference, a.Segments, a.Cost.Minor, a.Cost.Currency, string(tries))
	}
	rows := strings.TrimSuffix(strings.Repeat("(?,?,?,?,?,CAST(? AS integer),CAST(? AS bigint),?,?),", len(all)), ",")
	var ended []models.Sending
	err = tx.Raw(`UPDATE possession_sends SET outcome = said.column3, provider = said.column4, reference = said.column5, segments = said.column6,
			cost = said.column7, currency = said.column8, tries = said.column9
		FROM (VALUES `+rows+`) AS said
		WHERE business_id = said.column1 AND id = said.column2 AND outcome = ''
		RETURNING business_id, id`, args...).Scan(&ended).Error
	for _, a := range all {
		if slices.ContainsFunc(ended, func(m models.Sending) bool { return m.BusinessID == a.BusinessID && m.ID == a.ID }) {
			written = append(written, a)
		}
	}
	return written, err
}

// spend counts what messages cost, where there is a limit that asks for it.
func spend(tx *gorm.DB, money []counter) error {
	slices.SortFunc(money, counter.compare)
	for i := 0; i < len(money); {
		sum, first := int64(0), money[i]
		for ; i < len(money) && money[i].key() == first.key(); i++ {
			sum += money[i].N
		}
		err := tx.Model(&counter{}).Where("business_id = ? AND scope = ? AND name = ?", first.BusinessID, first.Scope, first.Name).
			Update("n", gorm.Expr("n + ?", sum)).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// letOut gives the times of the messages to a subject that were let out, newest first, at most 100.
func (s *Service) letOut(ctx context.Context, who Who) (sent []time.Time, err error) {
	return sent, s.readOf(ctx, who.BusinessID).Model(&models.Sending{}).
		Where("business_id = ? AND subject = ? AND verdict IN ?", who.BusinessID, who.key(),
			[]models.SendDecision{models.SendAllowed, models.SendRecorded}).
		Order("at DESC").Limit(pageOf(100)).Pluck("at", &sent).Error
}

// keepSending stores a decision alone.
func (s *Service) keepSending(ctx context.Context, m models.Sending) error {
	return s.of(ctx, m.BusinessID).Create(&m).Error
}

// settle captures or releases the prices of messages. If a sender took so long that the money was given back, its message is free.
func (s *Service) settle(tx *gorm.DB, accepted, refused []models.MessageCharge) error {
	if len(accepted)+len(refused) == 0 {
		return nil
	}
	late, err := s.till.SettleMessages(tx, accepted, refused)
	for _, c := range late {
		s.log.Warn("possession: a sender took so long that its message is free", "business", c.BusinessID, "sending", c.ID)
	}
	return err
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
