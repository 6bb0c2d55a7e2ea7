package simulator_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
)

func TestTheLastDigitDecidesWhatEachVendorSays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	for provider, digits := range says {
		for digit, want := range digits {
			got := r.ask(r.about(asked[provider], fmt.Sprintf("+23480312345%d%d", digit, digit)))
			value := got.get(want.path)
			if want.value == "*" && value != "" {
				value = "*"
			}
			if got.status != want.status || value != want.value {
				t.Errorf("%s, digit %d: %d %s", provider, digit, got.status, got.body)
			}
			if after := got.header.Get("Retry-After"); digit == 6 && after != "3" {
				t.Errorf("%s: Retry-After %q", provider, after)
			}
		}
	}
	if naps := r.naps(); naps != nil {
		t.Errorf("slept %v", naps)
	}
}

func TestSevenIsSlowAndFound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for provider, e := range firstOfEach(t) {
		r.naps()
		got := r.ask(r.about(e, "+2348031234507"))
		want := says[provider][0]
		if got.status != want.status || got.get(want.path) == "" {
			t.Errorf("%s: %d %s", provider, got.status, got.body)
		}
		if diff := cmp.Diff([]time.Duration{3 * time.Second}, r.naps()); diff != "" {
			t.Errorf("%s: %s", provider, diff)
		}
	}
}

func TestEightIsMalformedInThreeWaysByTurns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for provider, e := range firstOfEach(t) {
		r.Reset() // providers share paths
		page, cut, empty := r.ask(r.about(e, "+2348031234508")), r.ask(r.about(e, "+2348031234508")), r.ask(r.about(e, "+2348031234508"))
		if page.status != http.StatusBadGateway || page.header.Get("Content-Type") != "text/html" || gjson.Valid(page.body) {
			t.Errorf("%s, page: %d %s", provider, page.status, page.body)
		}
		if cut.status != http.StatusOK || cut.body == "" || gjson.Valid(cut.body) {
			t.Errorf("%s, cut: %d %s", provider, cut.status, cut.body)
		}
		usual := says[provider][0].path
		if empty.status != http.StatusOK || !gjson.Valid(empty.body) || empty.get(usual) != "" {
			t.Errorf("%s, empty: %d %s", provider, empty.status, empty.body)
		}
		if again := r.ask(r.about(e, "+2348031234508")); again.status != http.StatusBadGateway {
			t.Errorf("%s, fourth: %d %s", provider, again.status, again.body)
		}
	}
}

func TestNineReadsTheRequestAndClosesTheConnection(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for provider, e := range firstOfEach(t) {
		before := r.Count(e.vendor(), "08031234509")
		if got := r.ask(r.about(e, "+2348031234509")); got.err == nil {
			t.Errorf("%s: %d %s", provider, got.status, got.body)
		}
		after := r.Count(e.vendor(), "08031234509")
		if after.Hits != before.Hits+1 || after.Billed != before.Billed {
			t.Errorf("%s: %+v after %+v", provider, after, before)
		}
	}
}

func TestDocumentedTestNumbersWinOverTheDigit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	for provider, number := range map[string]string{
		"prembly_basic": "+2348082838283", "prembly_advance": "+2348082838283", "prembly_atomic": "+2348000000000",
		"dojah_basic": "+2349011111111", "dojah_advanced": "+2349011111111", "youverify": "+2348000000000",
	} {
		want := says[provider][0]
		if got := r.ask(r.about(asked[provider], number)); got.status != want.status || got.get(want.path) == "" {
			t.Errorf("%s: %d %s", provider, got.status, got.body)
		}
	}
	q := r.about(asked["smile_v1"], "+2348000000000")
	q.body["id_number"] = "00000000000"
	if got := r.ask(q); got.get("ResultCode") != "1012" {
		t.Errorf("smile: %d %s", got.status, got.body)
	}
}

func TestANumberWrittenAnotherWayIsInvalid(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	for provider, spoil := range map[string]func(*question){
		"youverify":        func(q *question) { q.body["mobile"] = q.number },
		"prembly_basic":    func(q *question) { q.body["number"] = q.number },
		"dojah_basic":      func(q *question) { q.query.Set("phone_number", q.number) },
		"smile_v1":         func(q *question) { q.body["id_number"] = q.number },
		"mtn_kyc":          func(q *question) { q.path = "/mtn/v1/customers/0" + q.number[4:] + "/kyc" },
		"korapay":          func(q *question) { q.body["id"] = q.number },
		"sourceid":         func(q *question) { q.body["phoneNumber"] = q.number },
		"camara_fill_in":   func(q *question) { q.body["phoneNumber"] = q.number[1:] },
		"qoreid_nin_phone": func(q *question) { q.path = "/qoreid/v1/ng/identities/nin-phone/" + q.number[1:] },
	} {
		q := r.about(asked[provider], "+2348031234500")
		spoil(&q)
		want := says[provider][2]
		if got := r.ask(q); got.status != want.status || got.get(want.path) == "" {
			t.Errorf("%s: %d %s", provider, got.status, got.body)
		}
	}
}
