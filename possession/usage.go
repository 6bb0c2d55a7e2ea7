package possession

import (
	"slices"
	"strings"
	"time"

	"whoseline/models"
)

// usage is what the limits know of the errands of some steps. It is read and locked once, and kept up as each is judged, so
// that steps that share a transaction see each other as if they ran one after the other.
type usage struct {
	counters map[[3]string]counter     // by business, scope and name
	recent   map[[2]string][]time.Time // of messages to a number, newest first: by business and blind index
	history  map[[3]string]*sum        // by business, scope and name
}

// sum is what the history has of a name.
type sum struct {
	BusinessID, Scope, Name string
	Sent, SentHour          int64 // within a day, and in this hour
	Verified, VerifiedHour  int64
	Peak                    int64 // of a name of days: the most that came back on one of them
}

// ask lets the rule judge an errand and notes what follows. The errand is in the history before it is judged, and is taken
// out again when it is refused.
func (u *usage) ask(d *lockedSubject) decision {
	e := *d.errand
	wanted := countersOf(d.limits, e, d.now)
	for i, c := range wanted {
		if known, yes := u.counters[c.key()]; yes {
			wanted[i].Since, wanted[i].N = known.Since, known.N
		}
	}
	var history []past
	if e.travels() {
		u.count(e.trace(d.now), 1)
		history = u.pastOf(e.trace(d.now))
	}
	number := [2]string{e.BusinessID, string(e.number)}
	said := judge(d.limits, e, lately(u.recent[number], d), wanted, history, d.now)
	if said.decision == models.SendRefused {
		if e.travels() {
			u.count(e.trace(d.now), -1)
		}
		return said
	}
	for _, c := range said.counters {
		u.counters[c.key()] = c
	}
	if !e.handBack {
		u.recent[number] = slices.Insert(u.recent[number], 0, d.now)
	}
	if e.travels() {
		d.history = buckets(1, 0, e.trace(d.now))
	}
	d.counters = said.counters
	return said
}

// lately gives as many of the last messages to a number as its limit needs.
func lately(times []time.Time, d *lockedSubject) (recent []time.Time) {
	if d.errand.handBack {
		return nil
	}
	c := d.limits.PerNumber
	for _, at := range times {
		if at.After(d.now.Add(-c.Within)) && int64(len(recent)) < c.Most {
			recent = append(recent, at)
		}
	}
	return recent
}

// count adds a code that is sent now, or takes it out again.
func (u *usage) count(t trace, n int64) {
	for _, b := range buckets(n, 0, t) {
		of := u.of(b.BusinessID, b.Scope, b.Name)
		of.Sent, of.SentHour = of.Sent+n, of.SentHour+n
	}
}

func (u *usage) of(business, scope, name string) *sum {
	key := [3]string{business, scope, name}
	if u.history[key] == nil {
		u.history[key] = &sum{}
	}
	return u.history[key]
}

// pastOf gives what the history says of a code's country, block and address.
func (u *usage) pastOf(t trace) []past {
	country := u.of(t.businessID, scopeCountry, t.country()).past(scopeCountry)
	country.Peak = u.of(t.businessID, scopeCountryDays, t.country()).Peak
	block := u.of(t.businessID, scopeBlock, t.blockName()).past(scopeBlock)
	block.Peak = u.of(t.businessID, scopeBlockDays, t.blockName()).Peak
	history := []past{block, country}
	if t.ip != nil {
		history = append(history, u.address(t))
	}
	return history
}

func (s sum) past(scope string) past {
	return past{
		Scope: scope, Unverified: s.Sent - s.Verified, UnverifiedHour: s.SentHour - s.VerifiedHour, Verified: s.Verified, VerifiedHour: s.VerifiedHour,
	}
}

// address sums up the countries that an address asked for.
func (u *usage) address(t trace) past {
	all := past{Scope: scopeIP}
	for key, of := range u.history {
		if key[0] == t.businessID && key[1] == scopeIP && strings.HasPrefix(key[2], hexText(t.ip)+"/") {
			all.Unverified, all.Verified = all.Unverified+of.Sent-of.Verified, all.Verified+of.Verified
			if of.Sent > 0 {
				all.Countries++
			}
		}
	}
	return all
}
