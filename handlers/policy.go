package handlers

import (
	"whoseline/access"
	"whoseline/lookup"
	"whoseline/models"
)

// apply puts a business's settings into its question. What it has been promised about sources is about live ones: the
// sandbox has none of them.
func apply(q *lookup.Query, who *access.Caller) {
	s := &who.Settings
	q.Release, q.CrossCheck = s.Release, s.CrossCheck
	if !q.Sandbox {
		q.Routing = s.Routing
	}
	if s.Cache.TTL > 0 {
		q.Cache = s.Cache
		q.Price.Recent = lookup.Recent{
			Found:    who.Prices.Recent(q.Advanced, models.OutcomeFound),
			NotFound: who.Prices.Recent(q.Advanced, models.OutcomeNotFound),
		}
	}
}

// withhold keeps owners back from a business that is given verdicts only, also those that were stored before it was so.
func withhold(who *access.Caller, records ...*lookup.Record) {
	if !who.Settings.Release.Withholds() {
		return
	}
	for _, r := range records {
		r.Withhold()
	}
}
