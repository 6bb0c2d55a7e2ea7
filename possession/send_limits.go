package possession

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"whoseline/models"
	"whoseline/settings"
)

// The scopes of limits, as decisions name them among their reasons.
const (
	scopeNumber   = "number"
	scopeEmail    = "email"
	scopeSubject  = "subject"
	scopeBusiness = "business"
	scopeIP       = "ip"
	scopeBlock    = "block"
	scopeMoney    = "money"
	scopeCountry  = "country"
	scopePrefix   = "prefix"
	scopeKind     = "kind"
	reasonFunds   = "funds"
	reasonCap     = "cap"
)

// reasons are all possible reasons against sending a code.
var reasons = []string{
	scopeNumber, scopeEmail, scopeSubject, scopeBusiness, scopeIP, scopeBlock, scopeMoney, scopeCountry, scopePrefix, scopeKind, reasonFunds, reasonCap,
	reasonCountryDay, reasonCountryHour, reasonBlockDay, reasonBlockHour, reasonIPDay, reasonIPCountries,
}

// counter is the row of one limit.
type counter struct {
	BusinessID string `gorm:"primaryKey"`
	Scope      string `gorm:"primaryKey"`
	Name       string `gorm:"primaryKey"`
	Since      int64  // microseconds since 1970
	N          int64
	cap        settings.Cap
}

// TableName is the table of counters.
func (counter) TableName() string { return "possession_counters" }

// errand is a request to send a code, as the limits see it.
type errand struct {
	Who
	channel  models.Channel
	number   []byte // blind indexes; nil = does not apply
	email    []byte
	ip       []byte
	block    string
	digits   string
	nature   nature
	handBack bool // nothing is sent: only the subject's limit counts
}

// travels tells whether a message goes to the number itself. Only then do its country and kind matter.
func (e errand) travels() bool { return !e.handBack && e.channel != models.ChannelEmail }

func (e errand) trace(now time.Time) trace {
	return trace{businessID: e.BusinessID, sandbox: e.Sandbox, region: e.nature.region, block: e.block, ip: e.ip, at: now}
}

// countersOf gives the limits that apply to an errand, in the order in which everybody locks them.
func countersOf(l settings.Limits, e errand, now time.Time) []counter {
	made := []counter{{Scope: scopeSubject, Name: e.key(), cap: l.PerSubject}}
	if !e.handBack {
		made = append(made,
			counter{Scope: scopeNumber, Name: hexText(e.number)},
			counter{Scope: scopeEmail, Name: hexText(e.email), cap: l.PerNumber},
			counter{Scope: scopeBusiness, Name: environment(e.Sandbox), cap: l.PerBusiness},
			counter{Scope: scopeIP, Name: hexText(e.ip), cap: l.PerIP},
			counter{Scope: scopeBlock, Name: blockName(e), cap: l.PerBlock},
			counter{Scope: scopeMoney, Name: environment(e.Sandbox), cap: l.Money})
	}
	made = slices.DeleteFunc(made, func(c counter) bool { return c.Name == "" || c.cap.Most <= 0 && c.Scope != scopeNumber })
	for i := range made {
		made[i].BusinessID, made[i].Since = e.BusinessID, now.UnixMicro()
	}
	slices.SortFunc(made, counter.compare)
	return made
}

// compare is the order in which everybody locks counters.
func (c counter) compare(o counter) int {
	return cmp.Or(cmp.Compare(c.BusinessID, o.BusinessID), cmp.Compare(c.Scope, o.Scope), cmp.Compare(c.Name, o.Name))
}

func (c counter) key() [3]string { return [3]string{c.BusinessID, c.Scope, c.Name} }

// Network gives the part of an address that stands for one caller: the owner of an IPv6 address has all others of its
// network.
func Network(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if address = address.Unmap(); address.Is4() {
		return address.String()
	}
	return netip.PrefixFrom(address.WithZone(""), 64).Masked().String()
}

func blockName(e errand) string {
	if e.block == "" {
		return ""
	}
	return environment(e.Sandbox) + e.block
}

// renewed begins a new window when the old one is over, or lies in the future, as after a clock was set back.
func (c counter) renewed(now time.Time) counter {
	if age := now.Sub(time.UnixMicro(c.Since)); age >= c.cap.Within || age < 0 {
		c.Since, c.N = now.UnixMicro(), 0
	}
	return c
}

// decision is the answer of the limits.
type decision struct {
	decision   models.SendDecision
	reasons    []string
	retryAfter time.Duration
	barred     string    // why waiting does not help; "" = it helps
	counters   []counter // as they are to be written
}

// judge decides about an errand. Recent are the times of the last messages to the number, newest first, as many as its
// limit needs. Counters are as they were read. The history includes the errand already.
func judge(l settings.Limits, e errand, recent []time.Time, counters []counter, history []past, now time.Time) decision {
	d := decision{decision: models.SendAllowed, reasons: []string{}}
	if e.handBack {
		d.decision = models.SendHandedBack
	}
	d.number(l.PerNumber, recent, now, e.handBack)
	if e.travels() {
		d.destination(l, e)
	}
	for _, c := range counters {
		c = c.renewed(now)
		if c.cap.Most > 0 && c.N >= c.cap.Most {
			d.object(c.Scope, l.RecordOnly, time.UnixMicro(c.Since).Add(c.cap.Within).Sub(now))
		}
		if c.Scope != scopeMoney && c.Scope != scopeNumber {
			c.N++
		}
		d.counters = append(d.counters, c)
	}
	for _, s := range suspect(l.Pumping, history, now) {
		d.object(s.reason, l.RecordOnly || l.Pumping.Mode != settings.ModeEnforce, s.wait)
	}
	return d
}

// destination judges where a message would go.
func (d *decision) destination(l settings.Limits, e errand) {
	for _, rule := range []struct {
		broken        bool
		reason, words string
	}{
		{len(l.Countries) > 0 && !slices.Contains(l.Countries, e.nature.region), scopeCountry, "no codes are sent to this country"},
		{!e.nature.among(e.digits, l.Prefixes), scopePrefix, "no codes are sent to numbers of this operator"},
		{e.nature.costly, scopeKind, "no codes are sent to numbers of this kind"},
	} {
		if !rule.broken {
			continue
		}
		d.object(rule.reason, l.RecordOnly, 0)
		if !l.RecordOnly && d.barred == "" {
			d.barred = rule.words
		}
	}
}

// number applies the limit per number, which is always enforced.
func (d *decision) number(c settings.Cap, recent []time.Time, now time.Time, handBack bool) {
	if handBack || int64(len(recent)) < c.Most {
		return
	}
	wait := c.Within // where not even one is allowed
	if c.Most > 0 {
		wait = recent[c.Most-1].Add(c.Within).Sub(now)
	}
	if wait > 0 {
		d.object(scopeNumber, false, wait)
	}
}

// object adds a reason against sending. The longest wait counts.
func (d *decision) object(reason string, recordOnly bool, wait time.Duration) {
	d.reasons = append(d.reasons, reason)
	switch {
	case !recordOnly:
		d.decision, d.retryAfter = models.SendRefused, max(d.retryAfter, wait)
	case d.decision == models.SendAllowed:
		d.decision = models.SendRecorded
	}
}

// refusal is what the caller is told: nil when the code may go out.
func (d decision) refusal() error {
	switch {
	case d.decision != models.SendRefused:
		return nil
	case d.barred != "":
		return models.Fail(models.CountryRefused, d.barred)
	}
	return &models.Error{Code: models.TooManySends, Message: "too many codes were sent", RetryAfter: d.retryAfter}
}
