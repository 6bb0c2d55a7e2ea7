package views

import (
	"strconv"

	"whoseline/billing"
	"whoseline/models"
)

// Wallet is a business's money and what it pays, in minor units.
type Wallet struct {
	BusinessID string  `json:"businessId"`
	Currency   string  `json:"currency"`
	Available  int64   `json:"available"`
	Held       int64   `json:"held"`
	Prices     []Price `json:"prices"`

	Threshold *int64             `json:"threshold,omitempty"` // below it the business is warned; missing = never
	Level     models.WalletLevel `json:"level,omitempty"`     // where there is a threshold
	DaysLeft  *int64             `json:"daysLeft,omitempty"`  // at what the last seven days cost; missing where they cost nothing
}

// WalletOf shows a wallet with the prices of its business.
func WalletOf(w models.Wallet, p billing.Prices) Wallet {
	v := Wallet{BusinessID: w.BusinessID, Currency: w.Currency, Available: w.Available, Held: w.Held, Prices: prices(p), Threshold: w.Threshold}
	if w.Threshold != nil {
		v.Level = w.Level
	}
	return v
}

// Price is what one outcome of a product costs. Own tells whether it was set for this business, where that is asked.
type Price struct {
	Product string `json:"product"`
	Outcome string `json:"outcome"`
	Amount  int64  `json:"amount"`
	Own     *bool  `json:"own,omitempty"`

	ValidFrom *Instant       `json:"validFrom,omitempty"` // missing: always
	Tiers     []billing.Tier `json:"tiers,omitempty"`
}

// prices lists what costs something of its own: a recent answer and a message only where they do.
func prices(p billing.Prices) (list []Price) {
	outcomes := []models.Outcome{models.OutcomeFound, models.OutcomeNotFound}
	for _, product := range []struct {
		name     billing.Product
		advanced bool
	}{{billing.Phone, false}, {billing.PhoneAdvanced, true}} {
		for _, outcome := range outcomes {
			list = append(list, Price{Product: string(product.name), Outcome: string(outcome), Amount: p.For(product.advanced, outcome)})
		}
		for _, outcome := range outcomes {
			if again := p.Recent(product.advanced, outcome); again != p.For(product.advanced, outcome) {
				list = append(list, Price{Product: string(product.name), Outcome: string(outcome) + "_recent", Amount: again})
			}
		}
	}
	if p.Message() > 0 {
		list = append(list, Price{Product: string(billing.Message), Outcome: string(billing.Accepted), Amount: p.Message()})
	}
	return list
}

// Transfer is one movement of money.
type Transfer struct {
	Entry     string              `json:"entry"`
	Kind      models.TransferKind `json:"kind"`
	Reference string              `json:"reference"`
	Debit     models.Account      `json:"debit"`
	Credit    models.Account      `json:"credit"`
	Amount    int64               `json:"amount"`
	Currency  string              `json:"currency"`
	Balance   int64               `json:"balance"`
	CreatedAt Instant             `json:"createdAt"`
}

// TransferOf shows a transfer.
func TransferOf(t models.Transfer) Transfer {
	return Transfer{
		strconv.FormatInt(t.Seq, 10), t.Kind, t.Reference, t.Debit, t.Credit, t.Amount, models.Naira, t.Balance, Instant(t.CreatedAt),
	}
}
