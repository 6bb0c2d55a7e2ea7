package handlers_test

import (
	"strings"
	"testing"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/possession"
)

func TestALookupThatWaitsForItsCodeSaysWhatForAndUntilWhen(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme+"settings acme policy=otp_required\n")
		id := o.lookUp(t, "acme-live-token-1", "08000000000")
		b := o.enter(t, "owner@acme.example")
		page := b.get("/console/lookups/" + id)
		page.shows(t, 200, "Waiting for the number", "the code that was sent to the number", "<dt>Messages sent</dt><dd>1</dd>",
			"<dt>Codes typed</dt><dd>0 of 5</dd>", "2021-12-15 00:30:5", "the number has yet to confirm it", "No source is asked before")
		page.hides(t, "Answered at", "No source was asked", "No source has answered")
		for range models.MaxTries {
			_, err := o.app.Lookups.Confirm(t.Context(), lookup.Answering{BusinessID: "acme", LookupID: id}, "no")
			if models.CodeOf(err) != models.CodeWrong {
				t.Fatal(err)
			}
		}
		b.get("/console/lookups/"+id).shows(t, 200, "another code: this one was typed wrongly too often", "<dt>Codes typed</dt><dd>5 of 5</dd>")
	})
}

func TestAnErasedLookupIsAStateOfItsOwn(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, acme)
		id := o.lookUp(t, "acme-live-token-1", "08000000000")
		b := o.enter(t, "owner@acme.example")
		b.get("/console/lookups/"+id).shows(t, 200, "Reveal personal data")
		phone, err := possession.ParseInternational("+2348000000000", "")
		must(t, err)
		done, err := o.app.Lookups.Erase(t.Context(), lookup.Erasure{BusinessID: "acme", Phone: phone})
		if must(t, err); done.Lookups != 1 {
			t.Fatalf("%+v", done)
		}
		page := b.get("/console/lookups/" + id)
		page.shows(t, 200, `<span class="tag ">erased</span>`, "The person was erased from this lookup")
		page.hides(t, "Reveal personal data")
		b.post("/console/lookups/"+id+"/reveal", nil).hides(t, "Personal data is shown")
		b.get("/console/audit").hides(t, "lookup.revealed")
		for status, there := range map[string]bool{"": true, "erased": true, "found": false, "failed": false} {
			if s := b.get("/console/lookups?status=" + status); strings.Contains(s.html, id) != there {
				t.Errorf("status %q: %s", status, s.main())
			}
		}
		if overview := b.get("/console").main(); !strings.Contains(overview, `<td class="number">0</td><td class="number">0</td><td class="number">0</td><td class="number">0</td><td class="number">1</td>`) {
			t.Errorf("the overview: %s", overview)
		}
	})
}
