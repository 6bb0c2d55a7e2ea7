package access

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
)

// OperatorTrail is the audit trail of what the operator does for no business in particular. No business may have this id.
const OperatorTrail = "_operator"

func trailOf(businessID string) string {
	if businessID == billing.OperatorList {
		return OperatorTrail
	}
	return businessID
}

// SetPrice adds a price to the list of a business or, with billing.OperatorList, to the operator's. It holds from p.From on, which is not in
// the past; zero = from now on. What is held already keeps the price that it was held for.
func (b *Businesses) SetPrice(ctx context.Context, businessID string, p billing.Price) error {
	if err := billing.CheckPrice(p); err != nil {
		return err
	}
	now := b.keys.now()
	switch {
	case p.From.IsZero():
		p.From = now.Truncate(time.Second)
	case p.From.Before(now):
		return models.BadField("from", "from must not be in the past")
	}
	p.From = p.From.UTC().Truncate(time.Second)
	return b.keys.change(ctx, "set price", func(tx *gorm.DB) error {
		if businessID != billing.OperatorList {
			if _, err := businessByID(tx, businessID); err != nil {
				return err
			}
		}
		if err := billing.SetPrice(tx, businessID, p, now); err != nil {
			return err
		}
		return b.notePrice(tx, businessID, p, now)
	})
}

func (b *Businesses) notePrice(tx *gorm.DB, businessID string, p billing.Price, now time.Time) error {
	told, rows := map[string]any{"amount": p.Amount}, []audit.Row{datedRow(p)}
	if businessID != billing.OperatorList && !p.From.After(now) {
		rows = append(rows, priceRow(p))
	}
	if p.From.After(now) {
		told["from"] = p.From
	}
	if len(p.Tiers) > 0 {
		told["tiers"] = p.Tiers
	}
	return b.keys.trail.NoteWith(tx, audit.Event{
		BusinessID: trailOf(businessID), Action: "price.set", Target: string(p.Product) + "/" + string(p.Outcome),
		Detail: audit.Details(told), Rows: rows,
	})
}

// PriceList is what a business pays: at a moment, and later.
type PriceList struct {
	billing.PriceList
	At     time.Time
	Volume billing.Volume // answers of the month, which the tiers go by
	Month  time.Time      // when the month began, in the business's zone
}

// Lines gives a line for each product and outcome, the business's own or the operator's.
func (l PriceList) Lines() []billing.Price { return l.PriceList.Lines(l.At, l.Volume) }

// Coming gives the prices that are known to come.
func (l PriceList) Coming() []billing.Price { return l.PriceList.Coming(l.At) }

// Quote reckons what lookups cost at most that are asked for now.
func (l PriceList) Quote(product billing.Product, count int64) (billing.Quote, error) {
	return l.PriceList.Quote(product, count, l.At, l.Volume)
}

// PriceList reads what a business pays, and how many answers it had this month; of billing.OperatorList, what a business without prices
// of its own pays.
func (b *Businesses) PriceList(ctx context.Context, businessID string) (l PriceList, err error) {
	l.At = b.keys.world.Now()
	if businessID == billing.OperatorList {
		l.PriceList, err = b.keys.operatorList(ctx)
		return l, models.FaultIn("list prices", err)
	}
	business, err := b.keys.priced(ctx, businessID)
	if err != nil {
		return l, models.FaultIn("list prices", err)
	}
	l.PriceList, l.Month = business.list, monthOf(l.At, business.Settings.Location())
	if b.keys.answers != nil {
		l.Volume, err = b.keys.answers(ctx, businessID, l.Month)
	}
	return l, models.FaultIn("count the answers of the month", err)
}

// Prices lists what a business pays now: a line for each product and outcome, its own or the operator's.
func (b *Businesses) Prices(ctx context.Context, businessID string) ([]billing.Price, error) {
	l, err := b.PriceList(ctx, businessID)
	return l.Lines(), err
}

// Pays gives what a business pays now for each answer.
func (b *Businesses) Pays(ctx context.Context, businessID string) (billing.Prices, error) {
	business, err := b.keys.priced(ctx, businessID)
	if err != nil {
		return billing.Prices{}, models.FaultIn("read prices", err)
	}
	return b.keys.pays(businessID, business.list)(), nil
}

func monthOf(at time.Time, zone *time.Location) time.Time {
	at = at.In(zone)
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, zone)
}

// monthly is a volume, and when its month is over.
type monthly struct {
	billing.Volume
	until time.Time
}

// pays gives what tells a business's prices at any moment. It asks nobody: the volume is what the last CountAnswers has found.
func (k *Keys) pays(businessID string, list billing.PriceList) func() billing.Prices {
	return func() billing.Prices {
		now, v := k.world.Now(), billing.Volume{}
		if all := k.volumes.Load(); all != nil {
			if m := (*all)[businessID]; now.Before(m.until) {
				v = m.Volume
			}
		}
		return list.At(now, v)
	}
}

// CountAnswers counts the answers of this month for each business whose prices have tiers. A tier therefore begins up to a round of this,
// and of the counting of lookups, after the answer that reached it.
func (k *Keys) CountAnswers(ctx context.Context) error {
	ids, err := k.store.tiered(ctx)
	if err == nil && slices.Contains(ids, billing.OperatorList) {
		ids, err = k.store.businessIDs(ctx)
	}
	if err != nil {
		return models.FaultIn("look for prices with tiers", err)
	}
	now, all := k.world.Now(), make(map[string]monthly, len(ids))
	for _, id := range ids {
		business, err := k.store.business(ctx, id)
		if err != nil {
			return models.FaultIn("read business", err)
		}
		since := monthOf(now, business.Settings.Location())
		v, err := k.answers(ctx, id, since)
		if err != nil {
			return models.FaultIn("count the answers of the month", err)
		}
		all[id] = monthly{v, since.AddDate(0, 1, 0)}
	}
	k.volumes.Store(&all)
	return nil
}
