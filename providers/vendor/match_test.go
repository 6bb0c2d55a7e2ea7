package vendor

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"whoseline/models"
	"whoseline/providers/simulator"
)

func TestAVendorsVerdictIsReadFieldByField(t *testing.T) {
	t.Parallel()
	first, last, born := "Joe", "Leo", "1990-05-16"
	all := &models.Expected{FirstName: &first, LastName: &last, DateOfBirth: &born}
	for name, c := range map[string]struct {
		said     *Match
		expected *models.Expected
		want     string
	}{
		"nothing compared":    {nil, all, ""},
		"nothing asked":       {&Match{Verdict: "exact"}, nil, ""},
		"by field":            {&Match{Verdict: "partial", Fields: map[string]string{"first_name": "true", "last_name": "false", "date_of_birth": "true"}, Scores: map[string]int{"last_name": 81}}, all, "true 100, false 81, true 100"},
		"false, not measured": {&Match{Fields: map[string]string{"first_name": "false"}}, all, "false -, not_available -, not_available -"},
		"nothing on record":   {&Match{Fields: map[string]string{"first_name": "not_available"}}, all, ""},
		"exact as a whole":    {&Match{Verdict: "exact"}, all, "true 100, true 100, not_available -"},
		"none as a whole":     {&Match{Verdict: "none"}, all, "false -, false -, not_available -"},
		"partial as a whole":  {&Match{Verdict: "partial"}, all, ""},
		"only what was asked": {&Match{Verdict: "none"}, &models.Expected{LastName: &last}, "-, false -, -"},
	} {
		if got := writtenComparison(c.said.on(c.expected)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func writtenComparison(c *models.Match) string {
	if c == nil {
		return ""
	}
	var parts []string
	for _, l := range []*models.FieldMatch{c.FirstName, c.LastName, c.DateOfBirth} {
		switch {
		case l == nil:
			parts = append(parts, "-")
		case l.Score == nil:
			parts = append(parts, string(l.Verdict)+" -")
		default:
			parts = append(parts, string(l.Verdict)+" "+strconv.Itoa(*l.Score))
		}
	}
	return strings.Join(parts, ", ")
}

// A vendor that only compares answers when the caller says whom it expects, names nobody, and is skipped otherwise.
func TestVendorsThatOnlyCompareAnswerThroughTheRouter(t *testing.T) {
	t.Parallel()
	_, accounts, glass := simulated(t)
	for _, name := range []string{"smile_v2_phone", "camara_match"} {
		r := vendorRouter(t, Parts{Vendors: accounts, Now: glass.now}, name, "sandbox")
		q := question(t, "08030000000")
		person := simulator.PersonOf(q.Phone.Digits())
		wrong := "Zebedee"
		q.Expected = &models.Expected{FirstName: &person.First, LastName: &wrong}
		got := r.Owners(t.Context(), q)
		if steps := strings.Join(trail(got), ", "); steps != "sandbox not_found" {
			t.Errorf("%s: it stands behind who names owners: %s", name, steps)
		}
		q.VerdictOnly = true
		got = r.Owners(t.Context(), q)
		if got.Outcome != models.OutcomeFound || got.Source != name || len(got.Owners) != 0 ||
			!strings.HasPrefix(writtenComparison(got.Match), "true 100, false ") {
			t.Errorf("%s: %s %s of %d owners, %v", name, got.Outcome, writtenComparison(got.Match), len(got.Owners), trail(got))
		}
		q.Expected = nil
		if got = r.Owners(t.Context(), q); strings.Join(trail(got), ", ") != "sandbox not_found" {
			t.Errorf("%s: nothing is expected: %v", name, trail(got))
		}
	}
}

// A vendor that was to name the owner and only says that the names do not fit leaves the question to others; its verdict
// is the answer when none of them has one.
func TestAVerdictIsTheAnswerWhenNobodyNamesTheOwner(t *testing.T) {
	t.Parallel()
	base := served(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ResultCode": "1022", "ResultText": "No Match", "SmileJobID": "0000001106"}`)
	}).URL
	r := vendorRouter(t, Parts{Vendors: vendorsAt("smile", account(t, base))}, "smile", "sandbox")
	first := "Joe"
	for number, want := range map[string]string{
		"08000000000": "found 2 ", "08000000001": "not_found 0 ", "08000000003": "found 0 false -, -, -", "08000000002": "invalid_input 0 ",
	} {
		q := question(t, number)
		q.Expected = &models.Expected{FirstName: &first}
		got := r.Owners(t.Context(), q)
		said := string(got.Outcome) + " " + strconv.Itoa(len(got.Owners)) + " " + writtenComparison(got.Match)
		if said != want || len(got.Attempts) != 2 {
			t.Errorf("%s: %q, want %q, after %v", number, said, want, trail(got))
		}
	}
}
