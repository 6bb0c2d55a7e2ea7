package simulator_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/providers/simulator"
)

func TestAnAnswerIsBilledOnceAndARefusalNever(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for provider, e := range firstOfEach(t) {
		if e.vendor() == "smile" {
			continue // whose number that is not found costs; see below
		}
		for digit := range 8 {
			number := fmt.Sprintf("+23480312360%d%d", digit, digit)
			r.Reset()
			r.ask(r.about(e, number))
			want := 0
			if digit == 0 || digit == 4 && provider != "camara_match" || digit == 7 {
				want = 1
			}
			if got := r.Count(e.vendor(), number); got.Billed != want || got.Hits != 1 {
				t.Errorf("%s, digit %d: %+v", provider, digit, got)
			}
		}
	}
}

func TestSmileBillsANumberNotFoundOnlyWithTheOlderCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	for provider, want := range map[string]int{"smile_v1": 1, "smile_v2_phone": 0} {
		r.Reset()
		r.ask(r.about(asked[provider], "+2348031234501"))
		if got := r.Count("smile", "08031234501"); got.Billed != want {
			t.Errorf("%s: %+v", provider, got)
		}
	}
}

func TestAnAnswerCutOnItsWayIsBilled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	q := r.about(firstOfEach(t)["dojah_basic"], "+2348031234508")
	var billed []int
	for range 3 {
		r.ask(q)
		billed = append(billed, r.Count("dojah", q.number).Billed)
	}
	if diff := cmp.Diff([]int{0, 1, 1}, billed); diff != "" {
		t.Error(diff)
	}
}

func TestARequestThatCameBeforeIsAReplay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	same := r.about(asked["dojah_basic"], "+2348031234500")
	r.ask(same)
	r.ask(same)
	if diff := cmp.Diff(simulator.Count{Hits: 2, Billed: 2, Replays: 1}, r.Count("dojah", "2348031234500")); diff != "" {
		t.Error("by its body:", diff)
	}
	q := r.about(asked["camara_fill_in"], "+2348031234500")
	for _, correlator := range []string{"one", "two", "one"} {
		q.headers["x-correlator"] = correlator
		r.ask(q)
	}
	if diff := cmp.Diff(simulator.Count{Hits: 3, Billed: 3, Replays: 1}, r.Count("camara", "+2348031234500")); diff != "" {
		t.Error("by its reference:", diff)
	}
}

func TestTheControlPlaneTellsTheCountersWithoutTheNumbers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	r.ask(r.about(asked["dojah_basic"], "+2348031234500"))
	r.ask(r.about(asked["mtn_kyc"], "+2348031234500"))
	r.ask(r.about(asked["mtn_kyc"], "+2348031234501"))
	said := r.send("GET", r.url+"/__sim/counters", "")
	if strings.Contains(said.body, "803123450") {
		t.Error("a number in", said.body)
	}
	var got struct {
		Counters []simulator.Counter
		Total    simulator.Count
	}
	if err := json.Unmarshal([]byte(said.body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Counters) != 3 || got.Total != (simulator.Count{Hits: 3, Billed: 2}) {
		t.Errorf("%+v", got)
	}
	one := r.send("GET", r.url+"/__sim/counters?vendor=mtn&number=08031234500", "")
	key := simulator.NumberKey("+2348031234500")
	if one.get("counters.#") != "1" || one.get("counters.0.number") != key || one.get("counters.0.path") != "GET /v1/customers/{msisdn}/kyc" {
		t.Error(one.body)
	}
	r.must("reset", "")
	if after := r.send("GET", r.url+"/__sim/counters", ""); after.get("counters.#") != "0" || after.get("total.hits") != "0" {
		t.Error(after.body)
	}
}

func TestCountersAreBoundedAndLoseNoHits(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.MaxRows = 3 })
	q := r.about(firstOfEach(t)["dojah_basic"], "+2348031234500")
	for i := range 10 {
		q.query.Set("phone_number", fmt.Sprintf("080312345%d0", i))
		if got := r.ask(q); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	said := r.send("GET", r.url+"/__sim/counters", "")
	if said.get("counters.#") != "4" || said.get("counters.0.number") != "*" || said.get("counters.0.hits") != "7" || said.get("counters.0.billed") != "7" {
		t.Error(said.body)
	}
	if got := r.Count("dojah", ""); got.Hits != 10 || got.Billed != 10 {
		t.Errorf("%+v", got)
	}
}

func TestABodyWithoutBoundsIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	huge := `{"mobile":"` + strings.Repeat("0", 1<<20) + `"}`
	if got := r.post("/youverify/v2/api/identity/ng/phone", huge); got.err == nil && got.status != 413 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := r.Count("youverify", ""); n.Hits != 0 {
		t.Errorf("%+v", n)
	}
}

func TestNoHitIsLostWhenManyAskAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	q := r.about(firstOfEach(t)["dojah_basic"], "+2348031234500")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				r.ask(q)
				r.must("vendors/mtn", `{"down":true,"latency_ms":1}`)
				r.send("GET", r.url+"/__sim/counters", "")
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff(simulator.Count{Hits: 200, Billed: 200, Replays: 199}, r.Count("dojah", "08031234500")); diff != "" {
		t.Error(diff)
	}
}
