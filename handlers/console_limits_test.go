package handlers_test

import (
	"net/url"
	"testing"
	"time"
)

func TestStaffSetCapsAndTheThresholdOnTheWalletPage(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		b := o.enter(t, "owner@acme.example")
		b.get("/console/wallet").shows(t, 200, "No cap is set", "Nobody is warned", "₦50.00")
		b.post("/console/wallet/threshold", url.Values{"amount": {"12,000.00"}}).shows(t, 303)
		b.get("/console/wallet").shows(t, 200, "The threshold is set.", "less than ₦12,000.00", "Low")
		b.get("/console").shows(t, 200, "The wallet is below ₦12,000.00.")
		b.post("/console/wallet/caps", url.Values{"owner": {""}, "period": {"day"}, "money": {"50"}, "lookups": {"7"}}).shows(t, 303)
		b.get("/console/wallet").shows(t, 200, "The cap is set.", "The business", "₦50.00", "0 of 7")
		o.lookUp(t, "acme-live-token-1", "08000000000")
		b.get("/console/wallet").shows(t, 200, "1 of 7")

		b.post("/console/wallet/caps", url.Values{"period": {"day"}, "money": {"5.5"}}).shows(t, 400, "An amount is like 2500 or 2500.50", `value="5.5"`)
		b.post("/console/wallet/caps", url.Values{"period": {"week"}, "money": {"5"}}).shows(t, 400, "Period must be day or month")
		b.post("/console/wallet/caps", url.Values{"owner": {"61b934dfaab326675cdfaab3"}, "period": {"day"}, "money": {"5"}}).shows(t, 404)
		b.post("/console/wallet/caps", url.Values{"period": {"day"}}).shows(t, 303)
		b.get("/console/wallet").shows(t, 200, "No cap is set")
		b.post("/console/wallet/threshold", url.Values{"amount": {""}}).shows(t, 303)
		b.get("/console/wallet").shows(t, 200, "Nobody is warned")

		viewer := o.enter(t, "viewer@acme.example")
		viewer.get("/console/wallet").hides(t, "Set the cap", "Set the threshold")
		viewer.post("/console/wallet/caps", url.Values{"period": {"day"}, "money": {"5"}}).shows(t, 403)
	})
}

func TestStaffPayIntoTheWallet(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "payments flutterwave\n"+acme)
		b := o.enter(t, "owner@acme.example")
		page := b.get("/console/wallet")
		page.shows(t, 200, "Start a payment")
		b.post("/console/wallet/top-ups", url.Values{"pay": {"a lot"}, "once": {page.first(t, oncePattern)}}).shows(t, 400, "An amount is like 2500 or 2500.50", `value="a lot"`)
		once := page.first(t, oncePattern)
		for range 2 {
			b.post("/console/wallet/top-ups", url.Values{"pay": {"2,500.50"}, "once": {once}}).shows(t, 303)
		}
		page = b.get("/console/wallet")
		page.shows(t, 200, "The payment is started", "₦2,500.50", "Go and pay", "https://pay.example/flutterwave/pay/wl-")
		list, _, err := o.app.Payments.List(t.Context(), "acme", "", 10)
		must(t, err)
		if len(list) != 1 {
			t.Fatalf("%d payments were started", len(list))
		}
		o.pay.Pay(list[0].Reference, 250_050, "NGN", "successful")
		o.world.move(time.Minute)
		must(t, o.app.Payments.Work(t.Context()))
		page = b.get("/console/wallet")
		page.shows(t, 200, "Paid", "Top-up "+list[0].Reference)
		page.hides(t, "Go and pay")
		viewer := o.enter(t, "viewer@acme.example")
		viewer.get("/console/wallet").hides(t, "Start a payment")
		viewer.post("/console/wallet/top-ups", url.Values{"pay": {"2500"}}).shows(t, 403)
	})
}
