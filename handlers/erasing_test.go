package handlers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"whoseline/lookup"
	"whoseline/models"
	"whoseline/webhooks"
)

// many is more lookups of a number than are erased before the caller is answered.
const many = 501

// says gives what the gateway answers.
func (o *office) says(t *testing.T, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+o.addr+path, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Token", "acme-live-token-1")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(text)
}

// doorsOf are ways out of the gateway for a person in the history of acme, by what they give.
func (o *office) doorsOf(t *testing.T, phone models.Phone, first string) map[string]func() string {
	b := o.enter(t, "owner@acme.example")
	ask := func(method, path, body string, headers ...string) func() string {
		return func() string { _, text := o.says(t, method, path, body, headers...); return text }
	}
	return map[string]func() string{
		"history":            ask("GET", "/v2/api/identity", ""),
		"one of the history": ask("GET", "/v2/api/identity/"+first, ""),
		"search by number":   ask("POST", "/v2/api/identity/search", `{"mobile":"08000000000"}`),
		"search by metadata": ask("POST", "/v2/api/identity/search", `{"metadata":{"case":"c-1"}}`),
		"our own lookup":     ask("GET", "/v1/lookups/"+first, ""),
		"export":             ask("GET", "/v1/exports/lookups?personal=true", ""),
		"idempotency":        ask("POST", "/v2/api/identity/ng/phone", askedOnce, "Idempotency-Key", "k-1"),
		"reveal":             func() string { return b.post("/console/lookups/"+first+"/reveal", nil).html },
		"what is held": func() string {
			h, err := o.app.Held(t.Context(), "acme", phone)
			must(t, err)
			return fmt.Sprintf("%+v", h.Lookups)
		},
		"records of a batch": func() string {
			all, err := o.app.Lookups.Records(t.Context(), "acme", []string{first})
			must(t, err)
			return fmt.Sprintf("%+v", all[first])
		},
	}
}

const askedOnce = `{"mobile":"08000000000","isSubjectConsent":true,"metadata":{"case":"c-1"}}`

// closedDoors checks that none of some doors tells of the person, and that the books are true.
func (o *office) closedDoors(t *testing.T, when string, doors map[string]func() string) {
	t.Helper()
	for name, door := range doors {
		if tellsOfPrior(door()) {
			t.Errorf("%s, %s tells of the person", when, name)
		}
	}
	o.honest(t)
}

func tellsOfPrior(text string) bool {
	return strings.Contains(text, "EHICHIOYA") || strings.Contains(text, "2348000000000") || strings.Contains(text, `"08000000000"`)
}

// TestWhileAPersonIsBeingErasedNoDoorOfTheGatewayTellsOfThem asks at each door before the erasure, while it is under way and
// after: with 501 lookups it is answered before the keys are destroyed.
func TestWhileAPersonIsBeingErasedNoDoorOfTheGatewayTellsOfThem(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, strings.Replace(acme, "topup 1000000", "topup 100000000", 1))
		phone, err := models.ParseNigerian("08000000000")
		must(t, err)
		_, text := o.says(t, "POST", "/v2/api/identity/ng/phone", askedOnce, "Idempotency-Key", "k-1")
		for range many - 1 {
			o.lookUp(t, "acme-live-token-1", "08000000000")
		}
		doors := o.doorsOf(t, phone, gjson.Get(text, "data.id").String())
		for name, door := range doors {
			if text := door(); !tellsOfPrior(text) {
				t.Errorf("before, %s tells nothing: %.300s", name, text)
			}
		}
		status, text := o.says(t, "POST", "/v1/erasures", `{"phoneNumber":"08000000000","reason":"subject_request"}`)
		id := gjson.Get(text, "id").String()
		if status != http.StatusAccepted || gjson.Get(text, "state").String() != "running" {
			t.Fatalf("%d %s", status, text)
		}
		if n, err := o.app.Lookups.CountErased(t.Context(), "acme"); err != nil || n != 0 {
			t.Fatalf("%d keys are gone: the doors show nothing by being closed (%v)", n, err)
		}
		o.closedDoors(t, "while it is under way", doors)
		o.stopsHalfWay(t, id)
		o.closedDoors(t, "half way", doors)
		must(t, o.app.Lookups.EraseMore(t.Context(), func(lookup.Erasing) {}))
		o.closedDoors(t, "afterwards", doors)
		o.hasErased(t, id)
	})
}

// stopsHalfWay erases one batch.
func (o *office) stopsHalfWay(t *testing.T, id string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_ = o.app.Lookups.EraseMore(ctx, func(lookup.Erasing) { stop() }) // its error says that it was stopped
	_, text := o.says(t, "GET", "/v1/erasures/"+id, "")
	if at := gjson.Parse(text); at.Get("state").String() != "running" || at.Get("erased").Int() == 0 || at.Get("total").Int() != many {
		t.Errorf("after a batch: %s", text)
	}
}

// hasErased checks that an erasure has ended and that this was told once, by the trail and to the endpoints.
func (o *office) hasErased(t *testing.T, id string) {
	t.Helper()
	_, text := o.says(t, "GET", "/v1/erasures/"+id, "")
	if at := gjson.Parse(text); at.Get("state").String() != "completed" || at.Get("erased").Int() != many {
		t.Errorf("at the end: %s", text)
	}
	if n, err := o.app.Lookups.CountErased(t.Context(), "acme"); err != nil || n != many {
		t.Errorf("%d are erased, %v", n, err)
	}
	ends := 0
	events, _, err := o.app.Trail.List(t.Context(), "acme", 0, 100)
	must(t, err)
	for _, e := range events {
		if e.Action == "erasure.completed" && e.Target == id {
			ends++
		}
	}
	sent, _, err := o.app.Webhooks.Events(t.Context(), webhooks.Search{BusinessID: "acme"})
	must(t, err)
	if ends != 1 || len(sent) != 1 || sent[0].Type != "erasure.completed" {
		t.Fatalf("the trail tells %d times that it ended; events %+v", ends, sent)
	}
	e, err := o.app.Webhooks.Event(t.Context(), "acme", sent[0].ID)
	must(t, err)
	told(t, e.Payload)
}
