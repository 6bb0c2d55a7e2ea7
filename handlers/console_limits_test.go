package handlers_test

import (
	"bytes"
	"mime/multipart"
	"net/url"
	"testing"
	"time"

	"whoseline/billing"
	"whoseline/models"
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
		receipt := "/console/wallet/top-ups/" + list[0].ID + "/receipt"
		page.shows(t, 200, receipt)
		b.get(receipt).shows(t, 409, "No checkpoint covers it yet")
		_, err = o.app.Till.Checkpoint(t.Context(), billing.CheckpointOrder{Now: true})
		must(t, err)
		got, err := billing.CheckProof([]byte(b.get(receipt).html), nil)
		must(t, err)
		if got.Reference != list[0].Reference || got.Amount != 250_050 || got.Kind != string(models.TopUp) {
			t.Errorf("%+v", got)
		}
		b.get("/console/wallet/top-ups/x/receipt").shows(t, 404)
		viewer := o.enter(t, "viewer@acme.example")
		viewer.get("/console/wallet").hides(t, "Start a payment")
		viewer.post("/console/wallet/top-ups", url.Values{"pay": {"2500"}}).shows(t, 403)
	})
}

func TestStaffHaveAFileAsked(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		b := o.enter(t, "owner@acme.example")
		page := b.get("/console/batches")
		page.shows(t, 200, "No file was asked yet", "Have it asked")
		keys, _, err := o.app.Keys.List(t.Context(), "acme", models.Page{})
		must(t, err)
		send := func(file, do, once string) sheet {
			return b.upload(t, "/console/batches", file, map[string]string{"key": keys[0].ID, "name": "August", "consent": "yes", "do": do, "once": once, "budget": "1,000"})
		}
		once := page.first(t, oncePattern)
		send("number\n12\n08000000000\n", "ask", once).shows(t, 400, "Line 2: mobile is not a valid phone number", `value="August"`)
		send("number\n08000000000\n08000000001\n", "check", once).shows(t, 200, "2 rows, and no line is bad")
		for range 2 {
			send("number\n08000000000\n08000000001\n", "ask", once).shows(t, 303)
		}
		page = b.get("/console/batches")
		page.shows(t, 200, "The file is good", "August", "Running", "0 % of 2")
		list, _, err := o.app.Batches.List(t.Context(), "acme", keys[0].Sandbox, "", 10)
		must(t, err)
		if len(list) != 1 || page.header.Get("Refresh") != "5" {
			t.Fatalf("%d batches, refresh %q", len(list), page.header.Get("Refresh"))
		}
		b.post("/console/batches/"+list[0].ID+"/pause", nil).shows(t, 303)
		b.get("/console/batches").shows(t, 200, "Paused", "Resume")
		b.post("/console/batches/"+list[0].ID+"/pause", nil).shows(t, 409)
		b.post("/console/batches/"+list[0].ID+"/resume", nil).shows(t, 303)
		must(t, o.app.Batches.Work(t.Context()))
		b.get("/console/batches").shows(t, 200, "Done", "100 % of 2")
		b.post("/console/batches/"+list[0].ID+"/stop", nil).shows(t, 409)
		b.post("/console/batches", url.Values{"key": {"x"}}).shows(t, 415)
		viewer := o.enter(t, "viewer@acme.example")
		viewer.get("/console/batches").shows(t, 403)
	})
}

// upload sends a form with a file.
func (b *browser) upload(t *testing.T, path, file string, fields map[string]string) sheet {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		must(t, form.WriteField(name, value))
	}
	part, err := form.CreateFormFile("file", "numbers.csv")
	must(t, err)
	_, err = part.Write([]byte(file))
	must(t, err)
	must(t, form.Close())
	kind := b.header.Get("Content-Type")
	b.header.Set("Content-Type", form.FormDataContentType())
	defer b.header.Set("Content-Type", kind)
	return b.ask("POST", path, &body)
}
