package billing

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

func TestAMonthGoesFromItsOpeningToItsClosing(t *testing.T) {
	engines(t, func(t *testing.T, s *shop) {
		s.wallet("shop", 1000) // in March
		early := s.held("shop", 50)
		if _, err := s.settle(early, models.StatusFound, 50); err != nil {
			t.Fatal(err)
		}
		from, to, err := ParseMonth("2026-04", time.FixedZone("", 3600))
		if err != nil {
			t.Fatal(err)
		}
		s.clock.pass(from.Sub(s.clock.now()))
		if _, err := s.TopUp(t.Context(), "shop", "april", 500); err != nil {
			t.Fatal(err)
		}
		for _, status := range []models.Status{models.StatusFound, models.StatusFound, models.StatusNotFound} {
			if _, err := s.settle(s.held("shop", 50), status, 40); err != nil {
				t.Fatal(err)
			}
		}
		s.held("shop", 30)
		for _, o := range []CorrectionOrder{
			{LookupID: early.ID, Amount: 20, Reference: "r"}, {Amount: -7, Reference: "taken"}, {Amount: 5, Reference: "given"},
		} {
			o.BusinessID, o.Reason, o.Actor = "shop", "test", "ada"
			if _, err := s.Correct(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Month(t.Context(), "shop", from, to)
		want := MonthStatement{
			BusinessID: "shop", From: from, To: to, Provisional: true,
			Opening: 950, TopUps: 500, Captured: 120, Refunded: 20, Adjusted: -2, Closing: 950 + 500 - 120 + 20 - 2, Unsettled: 30,
			Lines: []MonthLine{
				{models.Capture, Phone, "found", "key", 2, 80},
				{models.Capture, Phone, "not_found", "key", 1, 40},
				{models.Refund, Phone, "found", "key", 1, 20},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		s.clock.pass(to.Sub(from))
		next, err := s.Month(t.Context(), "shop", to, to.AddDate(0, 1, 0))
		if err != nil || next.Opening != got.Closing || next.Closing != got.Closing || len(next.Lines) > 0 {
			t.Errorf("%+v, %v", next, err)
		}
		if _, err := s.TopUp(t.Context(), "shop", "may", 9); err != nil {
			t.Fatal(err)
		}
		s.held("shop", 11)
		again, err := s.Month(t.Context(), "shop", from, to)
		if want.Provisional = false; err != nil || cmp.Diff(want, again) != "" {
			t.Errorf("what came later changed April: %s %v", cmp.Diff(want, again), err)
		}
		var text strings.Builder
		if err := got.WriteCSV(&text); err != nil || !strings.Contains(text.String(), "\nclosing,,,,,1348\n") || !strings.Contains(text.String(), "\nrefund,phone,found,key,1,20\n") {
			t.Error(text.String(), err)
		}
		_, err = s.Month(t.Context(), "nobody", from, to)
		refused(t, err, models.NotFound)
	})
	for _, bad := range []string{"", "2026", "2026-13", "1900-01"} {
		_, _, err := ParseMonth(bad, time.UTC)
		refused(t, err, models.Invalid)
	}
}
