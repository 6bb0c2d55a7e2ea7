package views

import (
	"whoseline/billing"
	"whoseline/models"
)

// Month is what a month did to a business's money, in minor units.
type Month struct {
	BusinessID  string      `json:"businessId"`
	Month       string      `json:"month"`
	From        Instant     `json:"from"`
	To          Instant     `json:"to"`
	Currency    string      `json:"currency"`
	Provisional bool        `json:"provisional"`
	Opening     int64       `json:"opening"`
	TopUps      int64       `json:"topUps"`
	Captured    int64       `json:"captured"`
	Refunded    int64       `json:"refunded"`
	Adjusted    int64       `json:"adjusted"`
	Closing     int64       `json:"closing"`
	Held        int64       `json:"held"`
	Lines       []MonthLine `json:"lines"`
}

// MonthLine is what was captured or refunded for one product, outcome and key.
type MonthLine struct {
	Kind    models.TransferKind `json:"kind"`
	Product string              `json:"product"`
	Outcome string              `json:"outcome"`
	KeyID   string              `json:"keyId"`
	Count   int64               `json:"count"`
	Amount  int64               `json:"amount"`
}

// MonthOf shows the statement of a month.
func MonthOf(m billing.MonthStatement) Month {
	v := Month{
		m.BusinessID, m.From.Format("2006-01"), Instant(m.From), Instant(m.To), models.Naira, m.Provisional, m.Opening, m.TopUps, m.Captured,
		m.Refunded, m.Adjusted, m.Closing, m.Unsettled,
		[]MonthLine{},
	}
	for _, l := range m.Lines {
		v.Lines = append(v.Lines, MonthLine{l.Kind, string(l.Product), l.Outcome, l.KeyID, l.Count, l.Amount})
	}
	return v
}
