package console

import (
	"strings"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

// tag is a word with a colour. The word alone says everything.
type tag struct{ Text, Class string }

// plain writes a word of ours as people read it: not_found, half-open.
func plain(word string) string {
	return strings.NewReplacer("_", " ", "-", " ").Replace(word)
}

func statusTag(s models.Status) tag {
	shown := s.Shown()
	return tag{capital(plain(shown)), map[string]string{"found": "good", "not_found": "none", "failed": "bad", "pending": "pending"}[shown]}
}

// lookupTag is the state of a lookup. That of one whose person was erased is that: how it ended says nothing any more.
func lookupTag(r *lookup.Record) tag {
	if r.Erased() && r.Status.Settled() {
		return tag{"Erased", "erased"}
	}
	t := statusTag(r.Status)
	if r.Status == models.StatusFailed && r.Reason != "" {
		t.Text += ": " + lower(r.Reason)
	}
	return t
}

// checkTag is the mark of a cross-check, nil where none was wanted.
func checkTag(r *lookup.Record) *tag {
	check := r.Said.Check
	if r.Said.Conflict != nil {
		check = models.CheckConflict
	}
	if t, known := checkTags[check]; known {
		return &t
	}
	return nil
}

// checkTags are the marks of what came of a cross-check.
var checkTags = map[models.Check]tag{
	models.CheckConflict: {"Conflict", "clash"}, models.CheckAgreed: {"Agreed", ""}, models.CheckUnavailable: {"One answer only", "warn"},
}

func verdictTag(a models.Verdict) tag {
	switch a {
	case models.Agrees:
		return tag{"Alike", "good"}
	case models.Differs:
		return tag{"Differs", "bad"}
	default:
		return tag{"Not available", "off"}
	}
}

func keyTag(k models.Key, now time.Time) tag {
	switch {
	case !k.RevokedAt.IsZero():
		return tag{"Revoked", "off"}
	case !k.Usable(now):
		return tag{"Expired", "off"}
	case !k.ExpiresAt.IsZero():
		return tag{"Runs out", "warn"}
	default:
		return tag{"Works", "good"}
	}
}

func productName(advanced bool) string {
	if advanced {
		return "Advanced"
	}
	return "Basic"
}

// comparisonFields are verdicts without what was compared.
func comparisonFields(c *models.Match) (fields []field) {
	if c == nil {
		return nil
	}
	for _, f := range []struct {
		label string
		like  *models.FieldMatch
	}{{"First name", c.FirstName}, {"Last name", c.LastName}, {"Date of birth", c.DateOfBirth}} {
		if f.like != nil {
			fields = append(fields, field{Label: f.label, Value: verdictTag(f.like.Verdict).Text})
		}
	}
	return fields
}
