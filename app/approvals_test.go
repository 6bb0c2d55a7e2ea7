package app_test

import (
	"testing"
	"time"

	"whoseline/app"
	"whoseline/billing"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/storage"
)

func wantCode(t *testing.T, what string, err error, want models.Code) {
	t.Helper()
	if got := models.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

func availableIn(t *testing.T, a *app.App, business string) int64 {
	t.Helper()
	w, err := a.Till.Wallet(t.Context(), business)
	if err != nil {
		t.Fatal(err)
	}
	return w.Available
}

func TestACorrectionAboveTheBoundWaitsForAnotherOperator(t *testing.T) {
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			_, a := gatewayOver(t, engine)
			tenant(t, a)
			a.Config.Billing.ApprovalAbove = 500
			order := billing.CorrectionOrder{BusinessID: "acme", Amount: 500, Reason: "gift", Reference: "small", Actor: "ada"}
			if _, p, err := a.Order(t.Context(), order); err != nil || p != nil || availableIn(t, a, "acme") != 500 {
				t.Fatalf("at the bound: %+v, %v", p, err)
			}
			order.Amount, order.Reference = 501, "large"
			dry := order
			dry.Dry = true
			if _, p, err := a.Order(t.Context(), dry); err != nil || p != nil {
				t.Errorf("a dry run waits: %+v, %v", p, err)
			}
			_, p, err := a.Order(t.Context(), order)
			if err != nil || p == nil || availableIn(t, a, "acme") != 500 {
				t.Fatalf("above: %+v, %v", p, err)
			}
			_, err = a.Approve(t.Context(), p.ID, " ADA ")
			wantCode(t, "one's own", err, models.Conflict)
			_, err = a.Approve(t.Context(), "nothing", "bob")
			wantCode(t, "unknown", err, models.NotFound)
			if list, err := a.Till.Waiting(t.Context()); err != nil || len(list) != 1 || list[0].ID != p.ID {
				t.Errorf("%+v, %v", list, err)
			}
			done, err := a.Approve(t.Context(), p.ID, "bob")
			if err != nil || done.Corrected.Actor != "ada" || done.Corrected.Amount != 501 || availableIn(t, a, "acme") != 1001 {
				t.Fatalf("%+v, %v", done, err)
			}
			_, err = a.Approve(t.Context(), p.ID, "bob")
			wantCode(t, "twice", err, models.Conflict)
			_, err = a.Approve(t.Context(), p.ID, "eve")
			wantCode(t, "twice, by another", err, models.Conflict)
			if c, p, err := a.Order(t.Context(), order); err != nil || p != nil || !c.Repeated {
				t.Errorf("the same order again: %+v, %+v, %v", c, p, err)
			}
			if list, err := a.Till.Waiting(t.Context()); err != nil || len(list) > 0 || availableIn(t, a, "acme") != 1001 {
				t.Errorf("%+v, %v", list, err)
			}
			if lies := liesOf(t, a); len(lies) > 0 {
				t.Errorf("%v", lies)
			}
		})
	}
}

func TestAnApprovalExpires(t *testing.T) {
	t.Parallel()
	p := billing.Approval{AskedBy: "ada", ExpiresAt: time.Unix(1000, 0)}
	_, err := p.Decide("bob", time.Unix(1000, 0))
	wantCode(t, "too late", err, models.Conflict)
	if again, err := p.Decide("bob", time.Unix(999, 0)); again || err != nil {
		t.Errorf("in time: %t, %v", again, err)
	}
	_, err = p.Decide("", time.Unix(999, 0))
	wantCode(t, "nobody", err, models.Invalid)
}

// answered gives the business acme four lookups of a number that nobody has, and gives when.
func answered(t *testing.T, a *app.App) (from, to time.Time) {
	t.Helper()
	if _, err := a.Till.TopUp(t.Context(), "acme", "r", 1000); err != nil {
		t.Fatal(err)
	}
	from = a.World.Now()
	phone, err := models.ParseNigerian("08000000000")
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		_, err := a.Lookups.Find(t.Context(), lookup.Query{
			BusinessID: "acme", KeyID: "key", Phone: phone, At: a.World.Now(), Consent: lookup.Consent{Purpose: "onboarding"},
			Price: lookup.Price{Found: 50, NotFound: 20}, Render: func(*lookup.Record) []byte { return []byte("{}") },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return from, a.World.Now()
}

func TestABadHourOfASourceIsGivenBackOnceForEachLookup(t *testing.T) {
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			_, a := gatewayOver(t, engine)
			tenant(t, a)
			from, to := answered(t, a)
			if got := availableIn(t, a, "acme"); got != 920 {
				t.Fatalf("%d is available after four lookups", got)
			}
			var one models.Lookup
			if err := a.DB.Gorm.Where("business_id = 'acme'").Order("id").Take(&one).Error; err != nil {
				t.Fatal(err)
			}
			h := billing.BadHour{Source: one.Source, Outcome: "not_found", From: from, To: to, Reason: "bad_hour", Reference: "case-1"}
			if _, err := a.Correct(t.Context(), billing.CorrectionOrder{ // as a run that was interrupted has left it
				BusinessID: "acme", LookupID: one.ID, Reason: "bad_hour", Reference: "case-1-" + one.ID, Actor: "ada",
			}); err != nil {
				t.Fatal(err)
			}
			if r, err := a.RefundBadHour(t.Context(), h, "ada", true); err != nil || r.Lookups != 3 || r.Amount != 60 || !r.Dry || availableIn(t, a, "acme") != 940 {
				t.Fatalf("the preview: %+v, %v", r, err)
			}
			a.Config.Billing.ApprovalAbove = 50
			r, err := a.RefundBadHour(t.Context(), h, "ada", false)
			if err != nil || r.Approval == nil || availableIn(t, a, "acme") != 940 {
				t.Fatalf("all of them are above the bound: %+v, %v", r, err)
			}
			for _, want := range []int64{3, 0} { // the second time there is nothing left
				done, err := a.Approve(t.Context(), r.Approval.ID, "bob")
				if err != nil || done.Refunds.Lookups != want || done.Refunds.Amount != want*20 || availableIn(t, a, "acme") != 1000 {
					t.Fatalf("%+v, %v", done.Refunds, err)
				}
			}
			if r, err := a.RefundBadHour(t.Context(), h, "ada", false); err != nil || r.Lookups != 0 {
				t.Errorf("again: %+v, %v", r, err)
			}
			future := h
			future.To = a.World.Now().Add(time.Hour)
			_, err = a.RefundBadHour(t.Context(), future, "ada", true)
			wantCode(t, "a span that is not over", err, models.Invalid)
			h.Outcome = "failed"
			_, err = a.RefundBadHour(t.Context(), h, "ada", true)
			wantCode(t, "an outcome that costs nothing", err, models.Invalid)
			if lies := liesOf(t, a); len(lies) > 0 {
				t.Errorf("%v", lies)
			}
		})
	}
}
