package edge

import (
	"strings"

	"whoseline/access"
	"whoseline/lookup"
	"whoseline/models"
)

// ShownStatus knows only the states that the vendor's clients do.
func ShownStatus(s models.Status) string {
	if s == models.StatusOpen {
		return string(models.StatusPending)
	}
	return string(s)
}

// LookupStatus reads which lookups are asked for: those in one of the states that callers know, or all.
func LookupStatus(query map[string]string) (models.Status, error) {
	switch status := models.Status(query["status"]); status {
	case "", models.StatusFound, models.StatusNotFound, models.StatusPending, models.StatusFailed:
		return status, nil
	default:
		return "", models.BadField("status", "status must be one of found, not_found, pending, failed")
	}
}

// FullName is the source's own, else last, first and middle name, as the vendor's samples order them.
func FullName(o models.Owner) string {
	if o.FullName != "" {
		return o.FullName
	}
	return strings.ToUpper(strings.Join(strings.Fields(o.LastName+" "+o.FirstName+" "+o.MiddleName), " "))
}

// Withhold keeps owners back from a business that is given verdicts only, also those that were stored before it was so.
func Withhold(who *access.Caller, records ...*lookup.Record) {
	if !who.Settings.Release.Withholds() {
		return
	}
	for _, r := range records {
		r.Withhold()
	}
}
