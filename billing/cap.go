package billing

import (
	"slices"
	"time"

	"whoseline/models"
)

// Period is what a cap is for.
type Period string

// The periods.
const (
	Daily   Period = "day"
	Monthly Period = "month"
)

// span gives the period that a day lies in: the day itself, or its month.
func (p Period) span(day string) string {
	if p == Monthly {
		return day[:len("2006-01")]
	}
	return day
}

// begins tells when the period began that a day lies in.
func (p Period) begins(day string, zone *time.Location) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err == nil && p == Monthly {
		at = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, zone)
	}
	return at
}

// ends tells when the period that a day lies in is over.
func (p Period) ends(day string, zone *time.Location) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, day, zone)
	switch {
	case err != nil:
		return time.Time{}
	case p == Monthly:
		return time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, zone)
	}
	return at.AddDate(0, 0, 1)
}

// Cap bounds what a key or a whole business spends in a day or a month of the business's zone. What is held counts as spent until it is
// released. A lookup counts from when it is asked, until it
// fails; one that costs nothing counts anyway.
type Cap struct {
	BusinessID string `gorm:"primaryKey"`
	Owner      string `gorm:"primaryKey"` // a key's id; empty = the business
	Period     Period `gorm:"primaryKey"`
	Money      *int64 // kobo; nil = no bound
	Lookups    *int64 // nil = no bound
	Since      string // the day or the month that Spent and Asked are of
	Spent      int64  // kobo
	Asked      int64
	Warned     string // the last day or month of which the business was told that the cap is near

	changed bool
}

// TableName is the table of caps.
func (Cap) TableName() string { return "spend_caps" }

// CheckCap refuses what cannot be a cap.
func CheckCap(c Cap) error {
	switch {
	case c.Period != Daily && c.Period != Monthly:
		return models.BadField("period", "period must be day or month")
	case c.Money != nil && (*c.Money < 0 || *c.Money > maxBalance):
		return models.BadField("money", "money must be 0 kobo or more")
	case c.Lookups != nil && (*c.Lookups < 0 || *c.Lookups > maxBalance):
		return models.BadField("lookups", "lookups must be 0 or more")
	}
	return nil
}

// Used gives what is used of a cap at a moment: nothing where its period is over.
func (c Cap) Used(at time.Time, zone *time.Location) Cap {
	c.roll(at.In(zone).Format(time.DateOnly))
	return c
}

// Ends tells when the period is over that Used gave.
func (c Cap) Ends(zone *time.Location) time.Time {
	day := c.Since
	if c.Period == Monthly {
		day += "-01"
	}
	return c.Period.ends(day, zone)
}

// Stopped tells whether a cap would stop some of the lookups of a quote.
func Stopped(caps []Cap, u models.Under, q Quote, now time.Time) bool {
	return u.Zone != nil && slices.ContainsFunc(caps, func(c Cap) bool {
		c = c.Used(now, u.Zone)
		return (c.Owner == "" || c.Owner == u.KeyID) && c.stops(q.Most, q.Count)
	})
}

// roll begins a new period where a day lies behind the one that was counted. It never goes back: a gateway whose clock is late counts
// into the newest period.
func (c *Cap) roll(day string) {
	if now := c.Period.span(day); now > c.Since {
		c.Since, c.Spent, c.Asked = now, 0, 0
	}
}

// stops tells whether so much more would be too much.
func (c *Cap) stops(money, lookups int64) bool {
	return c.Money != nil && money > 0 && c.Spent+money > *c.Money || c.Lookups != nil && lookups > 0 && c.Asked+lookups > *c.Lookups
}

// take counts what is asked. near: the business is to be told, once in a period, that four fifths of the cap are used.
func (c *Cap) take(money, lookups int64) (near bool) {
	c.Spent, c.Asked = c.Spent+money, c.Asked+lookups
	if near = c.near() && c.Warned != c.Since; near {
		c.Warned = c.Since
	}
	return near
}

func (c *Cap) near() bool {
	return c.Money != nil && 5*c.Spent >= 4**c.Money || c.Lookups != nil && 5*c.Asked >= 4**c.Lookups
}

// giveBack undoes what was counted on a day, if its period is still the one that is counted.
func (c *Cap) giveBack(day string, money, lookups int64) {
	if c.Since == c.Period.span(day) {
		c.Spent, c.Asked = max(c.Spent-money, 0), max(c.Asked-lookups, 0)
	}
}

// errCapped is the refusal of what a cap stops.
func errCapped(owner string, period Period, day string, zone *time.Location) error {
	who, when := "business", "day"
	if owner != "" {
		who = "key"
	}
	if period == Monthly {
		when = "month"
	}
	return &models.Error{
		Code: models.SpendCapReached, Message: "the spend cap of the " + who + " for the " + when + " is reached",
		EndsAt: period.ends(day, zone),
	}
}

// asks is what a lookup counts for under a cap of lookups.
func asks(l *models.Lookup) (lookups int64) {
	if l.CapDay != "" {
		return 1
	}
	return 0
}

// unused is what a lookup that has ended gives back: the money that was not charged, and the lookup itself where it failed. One that
// costs nothing gives back nothing.
func unused(l *models.Lookup) (money, lookups int64) {
	if l.CapDay == "" || l.Held == 0 || !l.Status.Settled() {
		return 0, 0
	}
	if l.Status == models.StatusFailed {
		lookups = 1
	}
	return l.Held - l.Charged, lookups
}
