package vendor

import (
	"slices"
	"strings"

	"whoseline/config"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
)

// terms fills in the terms under which a vendor is asked: its account, its data source, what it covers and what it
// costs.
func terms(c *providers.Candidate, made *Source, account config.Vendor) {
	basic, advanced := made.basic.def, made.advanced.def
	c.Vendor, c.Data, c.PendingIsOutage = basic.Vendor, basic.shared(), basic.Async == "pending_webhook"
	c.BasicOnly = advanced == basic && slices.Contains(basic.Serves, "basic") && !slices.Contains(basic.Serves, "advanced")
	c.Covers = func(q lookup.Question) bool {
		e := made.asked(q)
		return e.def.covers(e.inquiry(q))
	}
	c.Tariff = basic.tariff(account.Cost)
	c.AdvancedTariff = advanced.tariff(account.CostAdvanced)
	if basic.Balance != nil {
		c.Balance = &providers.BalanceCheck{Ask: made.basic.Balance, Alert: account.BalanceAlert, Floor: account.BalanceFloor}
	}
}

// shared names the vendor's data source if others may ask it too; "" if it is the vendor's own or unknown.
func (d *definition) shared() string {
	if strings.HasSuffix(d.Source, ":unknown") || strings.HasSuffix(d.Source, ":own") {
		return ""
	}
	return d.Source
}

// tariff is the definition's, unless the operator's contract says what an answer costs, in kobo.
func (d *definition) tariff(agreed int64) *providers.Tariff {
	t := &providers.Tariff{Cost: models.Money{Minor: d.Cost.Minor, Currency: d.Cost.Currency}}
	if agreed > 0 {
		t.Cost = models.NGN(agreed)
	}
	for _, outcome := range d.ChargesOn {
		t.On = append(t.On, models.Outcome(outcome))
	}
	if len(t.On) == 0 {
		t.On = []models.Outcome{models.OutcomeFound}
	}
	return t
}

// covers tells whether the definition can be asked about an inquiry: the number's country and prefix fit, and what it
// needs was given.
func (d *definition) covers(in Inquiry) bool {
	digits := in.Phone.Digits()
	if in.Phone.IsZero() || slices.Contains(d.Countries, "NG") && !strings.HasPrefix(digits, nigeria) {
		return false
	}
	begins := func(prefix string) bool { return strings.HasPrefix(digits, prefix) }
	if len(d.Prefixes) > 0 && !slices.ContainsFunc(d.Prefixes, begins) {
		return false
	}
	for _, group := range d.Needs {
		if !slices.ContainsFunc(group, in.has) {
			return false
		}
	}
	return true
}

// nigeria is the country's calling code.
const nigeria = "234"

// given tells for each input whether an inquiry has it. Without consent nobody has agreed to a notice.
var given = map[string]func(Inquiry) bool{
	"number": hasPhone, "digits": hasPhone, "e164": hasPhone,
	"national": func(in Inquiry) bool { return strings.HasPrefix(in.Phone.Digits(), nigeria) },
	"first":    func(in Inquiry) bool { return in.First != "" },
	"middle":   func(in Inquiry) bool { return in.Middle != "" },
	"last":     func(in Inquiry) bool { return in.Last != "" },
	"full":     func(in Inquiry) bool { return in.Full != "" },
	"dob":      func(in Inquiry) bool { return in.BirthDate != "" },

	"reference": hasReference, "reference20": hasReference,
	"tenure_date":    func(in Inquiry) bool { return in.TenureDate != "" },
	"specified_date": func(in Inquiry) bool { return in.SpecifiedDate != "" },
	"max_age_hours":  func(in Inquiry) bool { return in.MaxAgeHours > 0 },

	"consent": hasConsent, "consent_at": hasConsent,
	"notice_url":      func(in Inquiry) bool { return hasConsent(in) && in.NoticeURL != "" },
	"notice_language": func(in Inquiry) bool { return hasConsent(in) && in.NoticeLang != "" },
}

func hasPhone(in Inquiry) bool     { return !in.Phone.IsZero() }
func hasReference(in Inquiry) bool { return in.Reference != "" }
func hasConsent(in Inquiry) bool   { return !in.ConsentAt.IsZero() }

// has tells whether an input of that name was given. An input that the table does not have counts as missing.
func (in Inquiry) has(name string) bool {
	tell, known := given[name]
	return known && tell(in)
}
