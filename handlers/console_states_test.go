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
		page.shows(t, 200, "Waits until 01:30 for the code that was sent to the number", "Messages so far: 1.",
			"Codes typed: 0 of 5", "the number has yet to confirm it", "No source is asked before")
		page.hides(t, "Answered at", "No source was asked", "No source has answered")
		for range models.MaxTries {
			_, err := o.app.Lookups.Confirm(t.Context(), lookup.Answering{BusinessID: "acme", LookupID: id}, "000000")
			if models.CodeOf(err) != models.CodeWrong {
				t.Fatal(err)
			}
		}
		b.get("/console/lookups/"+id).shows(t, 200, "another code: this one was typed wrongly too often", "Codes typed: 5 of 5")
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
		page.shows(t, 200, `<span class="tag erased">Erased</span>`, "The person was erased from this lookup")
		page.hides(t, "Reveal personal data")
		b.post("/console/lookups/"+id+"/reveal", nil).hides(t, "Personal data is shown")
		b.get("/console/audit").hides(t, "lookup.revealed")
		for status, there := range map[string]bool{"": true, "erased": true, "found": false, "failed": false} {
			if s := b.get("/console/lookups?status=" + status); strings.Contains(s.html, id) != there {
				t.Errorf("status %q: %s", status, s.main())
			}
		}
		// What it came to is counted as before: it was paid for, and names nobody.
		if overview := b.get("/console").main(); !strings.Contains(overview, `Wednesday 15 December 2021</a></th><td class="num">1</td><td class="num">0</td><td class="num">0</td><td class="num">0</td><td class="num">0</td>`) {
			t.Errorf("the overview: %s", overview)
		}
	})
}
