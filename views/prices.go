package views

import (
	"time"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/models"
)

// PriceOf shows a line of a price list.
func PriceOf(p billing.Price) Price {
	return Price{string(p.Product), string(p.Outcome), p.Amount, &p.Own, At(p.From), p.Tiers}
}

// PriceList is what a business pays now, and what it will.
type PriceList struct {
	Currency string  `json:"currency"`
	Month    string  `json:"month"`   // of the answers, in the business's zone
	Answers  Answers `json:"answers"` // which the tiers go by
	Prices   []Price `json:"prices"`
	Coming   []Price `json:"coming"`
}

// Answers counts them by product.
type Answers struct {
	Phone         int64 `json:"phone"`
	PhoneAdvanced int64 `json:"phone_advanced"`
}

// PriceListOf shows a price list.
func PriceListOf(l access.PriceList) PriceList {
	v := PriceList{
		Currency: models.Naira, Month: l.Month.Format("2006-01"), Answers: Answers{l.Volume.Of(billing.Phone), l.Volume.Of(billing.PhoneAdvanced)},
		Prices: []Price{}, Coming: []Price{},
	}
	for _, p := range l.Lines() {
		v.Prices = append(v.Prices, PriceOf(p))
	}
	for _, p := range l.Coming() {
		v.Coming = append(v.Coming, PriceOf(p))
	}
	return v
}

// Quote is what lookups would cost at most.
type Quote struct {
	Product   string   `json:"product"`
	Count     int64    `json:"count"`
	Most      int64    `json:"most"`
	Currency  string   `json:"currency"`
	Available int64    `json:"available"`
	Enough    bool     `json:"enough"`
	StoppedBy []string `json:"stoppedBy"` // the error codes that would refuse some of them
	ValidTo   *Instant `json:"validTo"`   // when another price begins; null = none is known
}

// QuoteOf shows a quote beside what there is. The sandbox has no money and needs none.
func QuoteOf(q billing.Quote, available int64, sandbox, capped bool) Quote {
	v := Quote{
		Product: string(q.Product), Count: q.Count, Most: q.Most, Currency: models.Naira, Available: available,
		Enough: sandbox || q.Most <= available, StoppedBy: []string{}, ValidTo: At(q.Until),
	}
	if !v.Enough {
		v.StoppedBy = append(v.StoppedBy, string(models.InsufficientFunds))
	}
	if capped {
		v.StoppedBy = append(v.StoppedBy, string(models.SpendCapReached))
	}
	return v
}

// Day is a moment as people read it in lists.
func Day(at time.Time) string { return at.UTC().Format("2006-01-02 15:04Z") }
