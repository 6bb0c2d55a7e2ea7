package simulator_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAVendorThatIsDownAnswersLikeABrokenGateway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for provider, e := range firstOfEach(t) {
		q := r.about(e, "+2348031234500")
		r.must("vendors/"+e.vendor(), `{"down":true}`)
		if got := r.ask(q); got.status != 502 || got.header.Get("Content-Type") != "text/html" {
			t.Errorf("%s: %d %s", provider, got.status, got.body)
		}
		r.must("vendors/"+e.vendor(), `{"down":false}`)
		if got := r.ask(q); got.status != says[provider][0].status {
			t.Errorf("%s, up again: %d %s", provider, got.status, got.body)
		}
	}
}

func TestALatencyDelaysEveryAnswerOfAVendor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	said := r.must("vendors/dojah", `{"latency_ms":250}`)
	if said.get("latency_ms") != "250" || said.get("down") != "false" {
		t.Error(said.body)
	}
	r.ask(r.about(asked["dojah_basic"], "+2348031234500"))
	r.ask(r.about(asked["dojah_basic"], "+2348031234507"))
	r.ask(r.about(asked["korapay"], "+2348031234500"))
	if diff := cmp.Diff([]time.Duration{250 * time.Millisecond, 3250 * time.Millisecond}, r.naps()); diff != "" {
		t.Error(diff)
	}
}

func TestASourceThatIsDownTakesWithItWhateverRestsOnIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	delete(asked, "smile_v2_phone") // rests on another source than its vendor's older product
	said := r.must("sources/nimc", `{"down":true}`)
	if got := said.get("vendors"); got != `["dojah","prembly","qoreid","smile"]` {
		t.Error(got)
	}
	for provider, e := range asked {
		want := says[provider][0]
		if r.vendors[e.vendor()].Source == "nimc" {
			want = says[provider][3]
		}
		got := r.ask(r.about(e, "+2348031234500"))
		if got.status != want.status || want.value != "*" && got.get(want.path) != want.value {
			t.Errorf("%s: %d %s", provider, got.status, got.body)
		}
	}
	r.must("sources/reseller:unknown", `{"down":true}`)
	if got := r.ask(r.about(asked["youverify"], "+2348031234500")); got.get("data.status") != "pending" {
		t.Errorf("%d %s", got.status, got.body)
	}
	r.must("reset", "")
	if got := r.ask(r.about(asked["dojah_basic"], "+2348031234500")); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestTwoProductsOfAVendorMayRestOnTwoSources(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	ask := func() string {
		older, newer := r.about(asked["smile_v1"], "+2348031234500"), r.about(asked["smile_v2_phone"], "+2348031234500")
		return r.ask(older).get("ResultCode") + " " + r.ask(newer).get("code")
	}
	r.must("sources/nimc", `{"down":true}`)
	if got := ask(); got != "1015 1020" {
		t.Error(got)
	}
	r.must("sources/nimc", `{"down":false}`)
	r.must("sources/telco:unknown", `{"down":true}`)
	if got := ask(); got != "1012 1015" {
		t.Error(got)
	}
}

func TestTheControlPlaneRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, body := range map[string]string{
		"vendors/nobody": `{}`, "sources/nothing": `{}`, "webhooks/dojah": `{}`, "vendors/dojah": `{"dwon":true}`,
		"sources/nimc": `down`, "webhooks/youverify": `{"id":"x","url":"http://127.0.0.1:1"}`,
	} {
		if got := r.post("/__sim/"+path, body); got.status < 400 || got.status > 404 || got.get("error") == "" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}
