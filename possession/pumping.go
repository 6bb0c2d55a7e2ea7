package possession

import (
	"cmp"
	"slices"
	"time"

	"whoseline/models"
	"whoseline/settings"
)

// The reasons for which pumping is suspected.
const (
	reasonCountryDay  = "country_day"
	reasonCountryHour = "country_hour"
	reasonBlockDay    = "block_day"
	reasonBlockHour   = "block_hour"
	reasonIPDay       = "ip_day"
	reasonIPCountries = "ip_countries"
)

// past is what the history says of one country, block or address, including the code that is asked for.
type past struct {
	Scope          string
	Unverified     int64 // within a day
	UnverifiedHour int64
	Verified       int64 // within a day
	VerifiedHour   int64
	Peak           int64 // the most that came back on one of the last 14 days
	Countries      int64 // that an address asked for within a day
}

// suspicion is a reason, and how long it lasts at least.
type suspicion struct {
	reason string
	wait   time.Duration
}

// suspect tells what suggests pumping. Each suspicion lasts at least until the hour is over.
func suspect(p settings.Pumping, history []past, now time.Time) (found []suspicion) {
	if p.Mode != settings.ModeRecord && p.Mode != settings.ModeEnforce {
		return nil
	}
	until := now.Truncate(time.Hour).Add(time.Hour).Sub(now)
	object := func(yes bool, reason string) {
		if yes {
			found = append(found, suspicion{reason, until})
		}
	}
	for _, h := range history {
		share := func(n int64) int64 { return n * p.Share / 100 }
		day := max(p.CountryDay, share(h.Peak), share(h.Verified))
		hour := max(p.CountryHour, day/6, share(h.VerifiedHour))
		switch h.Scope {
		case scopeCountry:
			object(h.Unverified > day, reasonCountryDay)
			object(h.UnverifiedHour > hour, reasonCountryHour)
		case scopeBlock:
			object(h.Unverified > day, reasonBlockDay)
			object(h.UnverifiedHour > hour, reasonBlockHour)
		case scopeIP:
			object(h.Unverified > max(p.IPDay, share(h.Verified)), reasonIPDay)
			object(h.Countries > p.IPCountries, reasonIPCountries)
		}
	}
	return found
}

// trace is what the history keeps of one code that was sent.
type trace struct {
	businessID string
	sandbox    bool
	region     string
	block      string
	ip         []byte // blind index; nil = unknown
	at         time.Time
}

// traceOf gives the trace of a recorded sending.
func traceOf(who Who, m models.Sending) trace {
	return trace{businessID: m.BusinessID, sandbox: who.Sandbox, region: m.Region, block: m.Prefix, ip: m.IPIndex, at: m.At}
}

// bucket counts the codes of an hour or a day, and those of them that came back.
type bucket struct {
	BusinessID string `gorm:"primaryKey"`
	Scope      string `gorm:"primaryKey"`
	Name       string `gorm:"primaryKey"`
	Hour       int64  `gorm:"primaryKey;autoIncrement:false"` // since 1970; of a day, its first
	Sent       int64
	Verified   int64
}

// TableName is the table of the history.
func (bucket) TableName() string { return "possession_history" }

// The scopes of days; those of hours are scopeCountry, scopeBlock and scopeIP.
const (
	scopeCountryDays = "country_days"
	scopeBlockDays   = "block_days"
)

const (
	hoursADay   = 24
	historyDays = 14
)

func hourOf(at time.Time) int64 { return at.Unix() / int64(time.Hour/time.Second) }

// dayOf gives the first hour of an hour's day.
func dayOf(hour int64) int64 { return hour - hour%hoursADay }

func (t trace) country() string   { return environment(t.sandbox) + t.region }
func (t trace) blockName() string { return environment(t.sandbox) + t.block }

// ipName gives the name of an address's row for the country. All rows of the address begin in the same way.
func (t trace) ipName() string {
	if t.ip == nil {
		return ""
	}
	return hexText(t.ip) + "/" + t.region
}

// buckets gives the rows in which codes are counted, with what is to be added to each, in the order in which everybody
// locks them.
func buckets(sent, verified int64, traces ...trace) []bucket {
	var rows []bucket
	for _, t := range traces {
		hour := hourOf(t.at)
		add := func(scope, name string, hour int64) {
			rows = append(rows, bucket{t.businessID, scope, name, hour, sent, verified})
		}
		add(scopeCountry, t.country(), hour)
		add(scopeCountryDays, t.country(), dayOf(hour))
		if t.block != "" {
			add(scopeBlock, t.blockName(), hour)
			add(scopeBlockDays, t.blockName(), dayOf(hour))
		}
		if t.ip != nil {
			add(scopeIP, t.ipName(), hour)
		}
	}
	slices.SortFunc(rows, bucket.compare)
	return merged(rows)
}

func (b bucket) compare(other bucket) int {
	return cmp.Or(cmp.Compare(b.BusinessID, other.BusinessID), cmp.Compare(b.Scope, other.Scope), cmp.Compare(b.Name, other.Name), cmp.Compare(b.Hour, other.Hour))
}

// merged adds up sorted rows that are the same.
func merged(rows []bucket) (sums []bucket) {
	for _, row := range rows {
		if n := len(sums); n > 0 && sums[n-1].compare(row) == 0 {
			sums[n-1].Sent, sums[n-1].Verified = sums[n-1].Sent+row.Sent, sums[n-1].Verified+row.Verified
			continue
		}
		sums = append(sums, row)
	}
	return sums
}
