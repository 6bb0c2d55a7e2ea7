package edge

import (
	"whoseline/access"
	"whoseline/lookup"
	"whoseline/models"
)

// LookupStatus reads which lookups are asked for: those in one of the states that callers know, or all.
func LookupStatus(query map[string]string) (models.Status, error) {
	switch status := models.Status(query["status"]); status {
	case "", models.StatusFound, models.StatusNotFound, models.StatusPending, models.StatusFailed:
		return status, nil
	default:
		return "", models.BadField("status", "status must be one of found, not_found, pending, failed")
	}
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
