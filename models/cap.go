package models

import "time"

// Under says which caps hold for something that is asked: those of the business and those of a key. The zero value: none does.
type Under struct {
	KeyID string         // empty = no key asked
	Zone  *time.Location // in which the business's days begin; nil = no cap holds
}

// Day is the day, such as 2026-12-01, on which something counts that is asked at a moment. Empty: no cap holds.
func (u Under) Day(at time.Time) string {
	if u.Zone == nil {
		return ""
	}
	return at.In(u.Zone).Format(time.DateOnly)
}
