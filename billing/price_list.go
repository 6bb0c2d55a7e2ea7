package billing

import (
	"slices"
	"time"

	"whoseline/models"
)

// Tier is what an answer costs behind the first Above ones of a month.
type Tier struct {
	Above  int64 `json:"above"`
	Amount int64 `json:"amount"` // kobo
}

// Volume is how many answers a business got in a month: with names and dates of birth, and with the full record.
type Volume [2]int64

// Of gives the volume of a product; 0 of what is not counted.
func (v Volume) Of(p Product) int64 {
	if p == Message {
		return 0
	}
	return v[kind(p == PhoneAdvanced)]
}

// PriceList is what a business pays, over time: its own prices over the operator's.
type PriceList struct {
	defaults PriceDefaults
	always   []Price // its own that tell of no time: a release without dated prices set them
	operator []Price // dated, oldest first
	own      []Price // likewise
}

// At gives the prices of a moment. Each price that has begun replaces the one before it, with the tier of the volume.
func (l PriceList) At(now time.Time, v Volume) Prices { return l.defaultsAt(now, v).Prices() }

func (l PriceList) defaultsAt(now time.Time, v Volume) PriceDefaults {
	d := l.defaults
	for _, list := range [][]Price{l.operator, l.always, l.own} {
		for _, p := range list {
			if !p.From.After(now) {
				d = d.set(p.item(), p.amountAt(v.Of(p.Product)))
			}
		}
	}
	return d
}

// amountAt gives what the answer after so many costs.
func (p Price) amountAt(volume int64) int64 {
	amount := p.Amount
	for _, t := range p.Tiers {
		if volume >= t.Above {
			amount = t.Amount
		}
	}
	return amount
}

// Tiered tells whether any price, now or later, depends on the volume.
func (l PriceList) Tiered() bool {
	tiered := func(p Price) bool { return len(p.Tiers) > 0 }
	return slices.ContainsFunc(l.operator, tiered) || slices.ContainsFunc(l.own, tiered)
}

// Lines gives a line for each product and outcome as of a moment, the business's own or the operator's.
func (l PriceList) Lines(now time.Time, v Volume) []Price {
	effective := l.At(now, v)
	lines := make([]Price, 0, len(tariff))
	for _, i := range tariff {
		line := Price{Product: i.product, Outcome: i.outcome}
		set := l.inForce(i, now, &line)
		line.Amount = effective.of(i)
		if set || i.outcome != RecentFound && i.outcome != RecentNotFound {
			lines = append(lines, line)
		}
	}
	return lines
}

// inForce fills in since when a price holds, its tiers and whose it is. set: somebody has set it.
func (l PriceList) inForce(i item, now time.Time, line *Price) (set bool) {
	for _, list := range [][]Price{l.operator, l.always, l.own} {
		for _, p := range list {
			if p.item() == i && !p.From.After(now) {
				*line, set = p, true
			}
		}
	}
	return set
}

// Coming gives the prices that begin after a moment, the soonest first. A business's own price goes before the operator's, so that
// the operator's is left out where the business has one.
func (l PriceList) Coming(now time.Time) (lines []Price) {
	for _, p := range slices.Concat(l.operator, l.own) {
		if !p.From.After(now) {
			continue
		}
		if p.Own || !l.ownAt(p.item(), p.From) {
			lines = append(lines, p)
		}
	}
	slices.SortStableFunc(lines, func(a, b Price) int { return a.From.Compare(b.From) })
	return lines
}

func (l PriceList) ownAt(i item, at time.Time) bool {
	return slices.ContainsFunc(slices.Concat(l.always, l.own), func(p Price) bool { return p.item() == i && !p.From.After(at) })
}

// Quote is what something would cost at most, and whether the wallet would do.
type Quote struct {
	Product Product
	Count   int64
	Most    int64     // kobo, all of which would be held at once if all were asked at once
	Until   time.Time // when another price begins; zero = none is known
}

// maxQuoted is how many lookups a quote may be for.
const maxQuoted = 10_000_000

// Quote reckons what lookups cost at most which are asked for now: the dearer outcome of each, with the tiers that they reach.
func (l PriceList) Quote(product Product, count int64, now time.Time, v Volume) (Quote, error) {
	q := Quote{Product: product, Count: count}
	if err := checkQuote(q); err != nil {
		return q, err
	}
	at := kind(product == PhoneAdvanced)
	for left := count; left > 0; {
		part := min(left, l.same(now, product, v[at]))
		q.Most += part * l.At(now, v).Max(product == PhoneAdvanced)
		v[at], left = v[at]+part, left-part
	}
	for _, p := range l.Coming(now) {
		if p.Product != Message && q.Until.IsZero() {
			q.Until = p.From
		}
	}
	return q, nil
}

// same gives for how many more answers a product's prices stay in their tiers.
func (l PriceList) same(now time.Time, product Product, volume int64) int64 {
	next := int64(maxQuoted)
	for _, p := range slices.Concat(l.operator, l.own) {
		for _, t := range p.Tiers {
			if p.Product == product && !p.From.After(now) && t.Above > volume {
				next = min(next, t.Above-volume)
			}
		}
	}
	return next
}

func checkQuote(q Quote) error {
	switch {
	case q.Product != Phone && q.Product != PhoneAdvanced:
		return models.BadField("product", "product must be phone or phone_advanced")
	case q.Count < 1 || q.Count > maxQuoted:
		return models.BadField("count", "count must be 1 to 10000000")
	}
	return nil
}
