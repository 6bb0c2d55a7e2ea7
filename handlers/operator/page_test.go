package operator

import (
	"strings"
	"testing"
	"time"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/settings"
	"whoseline/staff"
	"whoseline/views"
)

// sample is a page with everything that it may show, and something that it says then.
type sample struct {
	body any
	says string
}

func samples() map[string]sample {
	day := views.Instant(time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC))
	share := 0.5
	about := views.Business{
		ID: "b", Name: "Acme", ParentID: "p", SuspendedAt: &day, SuspendedFor: "unpaid",
		Settings: settings.Choices{RetentionDays: 30, Origins: []string{"https://a.example", "https://b.example"}, Possession: &settings.Codes{Pumping: "enforce"}},
	}
	return map[string]sample{
		"sign-in":       {signInView{Email: "kola@example.com", Refusal: "wrong", Code: true}, `value="kola@example.com"`},
		"second-factor": {factorView{Secret: "JBSW", URI: "otpauth://totp/x"}, "data:image/png;base64,"},
		"error":         {"It failed.", "It failed."},
		"today":         {todayView{Approvals: 2, Resting: 1, Sources: 3, Verified: &day, Hangs: 7}, "25 Nov 2026, 09:30"},
		"businesses":    {list[views.Business]{Data: []views.Business{about}, Next: "b"}, "Acme"},
		"business": {
			businessView{Business: about, Wallet: views.Wallet{Available: 5000}, Keys: []views.Key{{ID: "k", Name: "till", UsedAt: &day}}, Next: "k"},
			"<dt>possession, pumping</dt><dd>enforce</dd>",
		},
		"work": {
			workView{
				BusinessID: "b", Name: "Acme", Lookups: []waitingLookups{{"code", 3, day}}, Refused: []views.SendDecision{{Reasons: []string{"funds"}}},
				Endpoints: []endpointView{{ID: "e", URL: "https://x.example", Disabled: "gone", Last: "status 500", NextAt: &day}},
			},
			"https://x.example",
		},
		"approvals": {
			list[waiting]{Data: []waiting{{billing.Approval{ID: "a", BusinessID: "b"}, "Kola", false}, {billing.Approval{ID: "c"}, "Ada", true}}, Next: "c"}, "Kola",
		},
		"sources": {
			list[sourceView]{Data: []sourceView{{Name: "mtn", State: "open", SuccessRate: &share, LastAt: &day, OffAt: &day, OffBy: "Kola", OffFor: "bills"}, {Name: "dojah"}}},
			"mtn",
		},
		"trail": {list[trailRow]{Data: []trailRow{{views.AuditEvent{Action: "operator.created"}, "Kola"}}, Next: "9"}, "operator.created"},
	}
}

func TestEveryPageOfTheDeskCanBeShown(t *testing.T) {
	t.Parallel()
	all := samples()
	for name, page := range pages {
		s, known := all[name]
		if !known {
			t.Errorf("%s has no sample", name)
			continue
		}
		for _, role := range append(staff.OperatorRoles(), "") {
			v := &staff.Visitor{User: staff.User{ID: "u", Name: "Ada", Role: role, HasTOTP: true}}
			if role == "" {
				v = nil
			}
			var html strings.Builder
			if err := page.ExecuteTemplate(&html, "layout", sheet{Page: name, Title: "A title", Visitor: v, Done: "done", Problem: "problem", Body: s.body}); err != nil {
				t.Errorf("%s for %q: %v", name, role, err)
			} else if !strings.Contains(html.String(), s.says) {
				t.Errorf("%s for %q does not say %q:\n%s", name, role, s.says, html.String())
			}
		}
	}
}

func TestSettingsAreShownInWords(t *testing.T) {
	t.Parallel()
	got, err := facts(settings.Choices{RetentionDays: 30, Origins: []string{"https://a.example", "https://b.example"}, Routing: models.Routing{}, CrossCheck: true})
	want := []fact{{"cross check", "true"}, {"retention days", "30"}, {"origins", "https://a.example, https://b.example"}}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	if none, err := facts(settings.Choices{}); err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}
