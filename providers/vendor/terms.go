package vendor

import (
	"slices"
	"strings"

	"whoseline/config"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
)

// terms fills in on which terms a vendor is asked: its account, what it asks itself, what it is made for and what it
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

// shared names what the vendor asks when others may ask it too. What is the vendor's own, or known to nobody, is not.
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

// has tells whether an input of that name was given.
func (in Inquiry) has(name string) bool {
	switch name {
	case "first":
		return in.First != ""
	case "middle":
		return in.Middle != ""
	case "last":
		return in.Last != ""
	case "full":
		return in.Full != ""
	case "dob":
		return in.BirthDate != ""
	case "reference", "reference20":
		return in.Reference != ""
	case "tenure_date":
		return in.TenureDate != ""
	case "specified_date":
		return in.SpecifiedDate != ""
	case "max_age_hours":
		return in.MaxAgeHours > 0
	case "consent", "consent_at":
		return !in.ConsentAt.IsZero()
	case "notice_url": // nobody has agreed to a notice without consent
		return !in.ConsentAt.IsZero() && in.NoticeURL != ""
	case "notice_language":
		return !in.ConsentAt.IsZero() && in.NoticeLang != ""
	case "national":
		return strings.HasPrefix(in.Phone.Digits(), nigeria)
	case "number", "digits", "e164":
		return !in.Phone.IsZero()
	default: // an input that nobody has added here: a definition that needs it is not asked
		return false
	}
}
