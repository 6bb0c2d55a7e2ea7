package providers

import (
	"slices"

	"whoseline/lookup"
	"whoseline/models"
)

// Tariff is what a source charges us, and for which outcomes.
type Tariff struct {
	Cost models.Money
	On   []models.Outcome
}

// TariffFor is what the source charges for such a question; nil = nothing.
func (c *Candidate) TariffFor(q *lookup.Question) *Tariff {
	if q.Advanced && c.AdvancedTariff != nil {
		return c.AdvancedTariff
	}
	return c.Tariff
}

// Billed tells whether the source charges for an exchange. Its own word goes before its contract. Where no answer came,
// or none that can be read, it may have done its work nevertheless.
func (t *Tariff) Billed(said lookup.Finding) models.Billed {
	switch {
	case t == nil:
		return ""
	case said.Billed != nil && *said.Billed, said.Billed == nil && slices.Contains(t.On, said.Outcome):
		return models.BilledYes
	case said.Billed == nil && rules[said.Outcome].Doubt && (said.HTTP == 0 || said.HTTP/100 == 2):
		return models.BilledUnknown
	default:
		return models.BilledNo
	}
}

// dearer tells whether one answer costs us more than the business pays for it. Amounts in two currencies cannot be
// compared: an operator who pays in another one states the cost in the wallets' (providers.vendor.NAME.cost).
func (t *Tariff) dearer(p lookup.Price) bool {
	return t != nil && t.Cost.Currency == models.Naira && t.Cost.Minor > p.Found
}

// share is the cost as a part of what the business pays, from 0 to 1.
func (t *Tariff) share(p lookup.Price) float64 {
	switch {
	case t == nil || t.Cost.Minor == 0 || t.Cost.Currency != models.Naira:
		return 0
	case t.Cost.Minor >= p.Found:
		return 1
	default:
		return float64(t.Cost.Minor) / float64(p.Found)
	}
}
