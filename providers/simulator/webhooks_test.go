package simulator_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"whoseline/providers/simulator"
)

// inbox keeps what is posted to it.
type inbox struct {
	mu     sync.Mutex
	bodies []string
	heads  []http.Header
	url    string
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		defer in.mu.Unlock()
		in.bodies, in.heads = append(in.bodies, string(text)), append(in.heads, r.Header)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	in.url = server.URL + "/hook"
	return in
}

func mac(algorithm func() hash.Hash, secret, text string) string {
	m := hmac.New(algorithm, []byte(secret))
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

func (r *rig) pending(t *testing.T, number string) string {
	t.Helper()
	got := r.ask(r.about(firstOfEach(t)["youverify"], number))
	if got.get("data.status") != "pending" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	return got.get("data.id")
}

func (r *rig) poll(id string) answer {
	return r.send("GET", r.url+"/youverify/v2/api/identity/"+id, "", "token", r.vendors["youverify"].Secret)
}

func TestAPendingResultIsFoundAfterSomePollsAndBilledOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.PendingPolls = 3 })
	id := r.pending(t, "+2348031234503")
	var statuses []string
	for range 4 {
		statuses = append(statuses, fmt.Sprint(r.poll(id).get("data.status"), r.Count("youverify", "08031234503").Billed))
	}
	if diff := cmp.Diff([]string{"pending0", "pending0", "found1", "found1"}, statuses); diff != "" {
		t.Error(diff)
	}
	if got := r.poll("unknown"); got.status != http.StatusNotFound {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := r.Count("youverify", ""); n.Replays != 0 {
		t.Errorf("polls are no replays: %+v", n)
	}
}

func TestAPendingResultStaysPendingWhileTheSourceIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.must("sources/reseller:unknown", `{"down":true}`)
	id := r.pending(t, "+2348031234500")
	for range 3 {
		if got := r.poll(id); got.get("data.status") != "pending" {
			t.Fatal(got.body)
		}
	}
	r.must("sources/reseller:unknown", `{"down":false}`)
	r.poll(id)
	if got := r.poll(id); got.get("data.phoneDetails.#") != "1" {
		t.Error(got.body)
	}
}

func TestAWebhookCompletesAPendingResultUnderAVerifiableSignature(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t)
	secret := r.vendors["youverify"].WebhookSecret
	for i, c := range []struct {
		more, header string
		sign         func(body string) string
	}{
		{``, "X-Youverify-Signature", func(body string) string { return mac(sha256.New, secret, body) }},
		{`,"signature":"sha512"`, "X-Youverify-Signature", func(body string) string { return mac(sha512.New, secret, body) }},
		{`,"header":"x-yv-signature"`, "X-Yv-Signature", func(body string) string { return mac(sha256.New, secret, body) }},
		{`,"signature":"none"`, "X-Youverify-Signature", func(string) string { return "" }},
	} {
		id := r.pending(t, fmt.Sprintf("+23480312345%d3", i))
		r.must("webhooks/youverify", `{"url":"`+in.url+`","id":"`+id+`"`+c.more+`}`)
		body, head := in.bodies[i], in.heads[i]
		if gjson.Get(body, "event").Str != "identity.verification.completed" || gjson.Get(body, "data.id").Str != id || gjson.Get(body, "data.status").Str != "found" {
			t.Error(body)
		}
		if got := head.Get(c.header); got != c.sign(body) {
			t.Errorf("%s: %q", c.more, got)
		}
		if got := r.poll(id); got.get("data.status") != "found" {
			t.Errorf("after the webhook: %s", got.body)
		}
	}
	if n := r.Count("youverify", ""); n.Billed != 4 {
		t.Errorf("%+v", n)
	}
}

func TestAWebhookCanBeLateDoubledOrWronglySigned(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t)
	id := r.pending(t, "+2348031234503")
	said := r.must("webhooks/youverify", `{"url":"`+in.url+`","id":"`+id+`","times":2,"delay_ms":5000,"signature":"wrong","status":"not_found"}`)
	if said.get("statuses") != "[202,202]" {
		t.Error(said.body)
	}
	if diff := cmp.Diff([]time.Duration{5 * time.Second}, r.naps()); diff != "" {
		t.Error(diff)
	}
	if len(in.bodies) != 2 || in.bodies[0] != in.bodies[1] || gjson.Get(in.bodies[0], "data.status").Str != "not_found" {
		t.Error(in.bodies)
	}
	if got := in.heads[0].Get("X-Youverify-Signature"); got == "" || got == mac(sha256.New, r.vendors["youverify"].WebhookSecret, in.bodies[0]) {
		t.Errorf("signature %q", got)
	}
	r.must("webhooks/youverify", `{"url":"`+in.url+`","id":"`+id+`"}`)
	if n := r.Count("youverify", ""); n.Billed != 0 || len(in.bodies) != 3 {
		t.Errorf("what is complete stays as it is: %+v, %d", n, len(in.bodies))
	}
}

func TestWebhooksGoToThisMachineOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.pending(t, "+2348031234503")
	for _, url := range []string{"http://example.com/", "http://192.0.2.1/", "http://localhost.example.com/", "file:///etc/passwd", "http://[::ffff:10.0.0.1]/", ""} {
		if got := r.post("/__sim/webhooks/youverify", `{"id":"`+id+`","url":"`+url+`"}`); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", url, got.status, got.body)
		}
	}
	if got := r.poll(id); got.get("data.status") != "pending" {
		t.Error("it was completed all the same")
	}
}

func TestAWebhookThatNobodyTakesIsReported(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	id := r.pending(t, "+2348031234503")
	if got := r.post("/__sim/webhooks/youverify", `{"id":"`+id+`","url":"`+gone.URL+`"}`); got.status != http.StatusBadGateway {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.post("/__sim/webhooks/youverify", `{"id":"`+id+`","url":"`+in.url+`","signature":"md5"}`); got.status != http.StatusBadRequest {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestResultsThatComeLaterAreSentOnTheirOwnWhereTheControlPlaneSays(t *testing.T) {
	t.Parallel()
	r, arrived := newRig(t), make(chan string, 4)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		text, _ := io.ReadAll(req.Body)
		signed := req.Header.Get("X-Youverify-Signature") == mac(sha256.New, r.vendors["youverify"].WebhookSecret, string(text))
		arrived <- fmt.Sprint(req.URL.Path, " ", gjson.GetBytes(text, "data.id").Str, " ", signed)
	}))
	t.Cleanup(server.Close)
	r.pending(t, "+2348031234503") // nothing is set: nothing is sent
	r.must("webhooks", `{"base":"`+server.URL+`/upstream","delay_ms":1500}`)
	id := r.pending(t, "+2348031234513")
	if got, want := <-arrived, "/upstream/youverify "+id+" true"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if naps := r.naps(); len(naps) != 1 || naps[0] != 1500*time.Millisecond {
		t.Errorf("it was sent after %v", naps)
	}
	r.must("webhooks", `{}`)
	r.pending(t, "+2348031234523")
	r.Close()
	if len(arrived) > 0 {
		t.Errorf("it goes on: %q", <-arrived)
	}
	if got := r.post("/__sim/webhooks", `{"base":"http://example.com"}`); got.status != http.StatusBadRequest {
		t.Errorf("%d %s", got.status, got.body)
	}
}
