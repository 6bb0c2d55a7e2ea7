package commands_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"whoseline/test/wait"

	"whoseline/app"
	"whoseline/config"
)

// inside runs a gateway in this process, until the test ends. Whatever it asks the database for must have a deadline.
func (s *site) inside(t *testing.T, change ...func(*app.Options)) *gateway {
	t.Helper()
	g := s.insideUnready(t, change...)
	wait.Until(t, "ready", func() bool { return g.opsStatus("/readyz") == 200 })
	return g
}

// insideUnready is inside for one that will not become ready.
func (s *site) insideUnready(t *testing.T, change ...func(*app.Options)) *gateway {
	t.Helper()
	settings, err := config.Load("", s.environment())
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}, Timeout: wait.Patience}}
	o := app.Options{
		Config: settings, Log: slog.New(slog.NewJSONHandler(&g.said, nil)),
		Undated: func(statement string) { t.Errorf("somebody may wait for ever for: %s", statement) },
	}
	for _, f := range change {
		f(&o)
	}
	a, err := app.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	on, err := app.Listen("127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, on) }()
	t.Cleanup(func() {
		g.client.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	g.http, g.ops = "http://"+on.HTTP.Addr().String(), "http://"+on.Ops.Addr().String()
	return g
}

// walk goes through what a business does in a day, several at a time, and gives the refusals that are ours.
func (g *gateway) walk(token, tag string) (faults []string) {
	var all sync.WaitGroup
	var mu sync.Mutex
	for i := range 4 {
		all.Go(func() {
			told := g.stroll(token, fmt.Sprintf("%s%02d", tag, i))
			mu.Lock()
			defer mu.Unlock()
			faults = append(faults, told...)
		})
	}
	all.Wait()
	return faults
}

// stroll is what one of them does. The tag is five digits.
func (g *gateway) stroll(token, tag string) (faults []string) {
	tell := func(c call) reply {
		r := g.tell(c)
		if r.status >= 500 || r.status == 0 {
			faults = append(faults, fmt.Sprintf("%s %s: %d %s", c.method, c.path, r.status, r.body))
		}
		return r
	}
	get := func(path string) { tell(call{method: "GET", path: path, token: token}) }
	post := func(path, body string) reply {
		return tell(call{method: "POST", path: path, token: token, body: body})
	}
	id := tell(lookup(token, "08000000000", tag)).id()
	tell(lookup(token, "08000000000", tag)) // once more
	for _, path := range []string{
		"/v2/api/identity/" + id, "/v2/api/identity?limit=3", "/v1/lookups/" + id, "/v1/consents/" + id, "/v1/consents",
		"/v1/wallet", "/v1/wallet/transfers", "/v1/webhooks", "/v1/webhooks/events", "/v1/templates", "/v1/status",
	} {
		get(path)
	}
	post("/v2/api/identity/search", `{"mobile":"08000000000"}`)
	post("/v1/consents/withdraw", `{"mobile":"08000000001"}`)
	said := post("/v1/subjects/s"+tag+"/tokens", "")
	_, rest, _ := strings.Cut(string(said.body), `"token":"`)
	subject, _, _ := strings.Cut(rest, `"`)
	tell(call{method: "PUT", path: "/auth/v1/users/me/phone", token: "Bearer " + subject, body: `{"phone":"+23480312` + tag + `"}`})
	get("/v1/subjects/s" + tag)
	get("/v1/subjects/s" + tag + "/events")
	return faults
}
