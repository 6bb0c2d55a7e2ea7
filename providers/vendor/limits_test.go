package vendor

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/providers/gate"
)

func TestAsManyConnectionsAreOpenToAVendorAsTheOperatorAllowsQuestions(t *testing.T) {
	t.Parallel()
	const many = 70
	var asking sync.WaitGroup
	var arrived atomic.Int32
	all := make(chan struct{})
	server := served(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the caller leave
		if arrived.Add(1) == many {
			close(all)
		}
		select {
		case <-all:
		case <-r.Context().Done():
		}
		_, _ = w.Write([]byte(`{"code": "00"}`))
	})
	d := defined(t, plainPost)
	parts := Parts{Vendors: vendorsAt(d.Vendor, account(t, server.URL)), Now: atNoon, Limits: gate.Limits{Timeout: time.Minute, MaxInflight: many}}
	e, err := parts.newEndpoint(d)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range many {
		asking.Go(func() {
			if got := e.Ask(ctx, asked); got.Outcome == models.OutcomeTimeout {
				t.Error("a question waits for a connection that another one has")
			}
		})
	}
	asking.Wait()
	_ = e.Close()
}

func TestADefinitionWithoutATimeLimitHasTheOperators(t *testing.T) {
	t.Parallel()
	d := defined(t, plainPost)
	for own, want := range map[time.Duration]time.Duration{0: 2 * time.Second, time.Second: time.Second, time.Minute: 2 * time.Second} {
		d.Timeout = own
		parts := Parts{Vendors: vendorsAt(d.Vendor, account(t, "https://a.example")), Now: atNoon, Limits: gate.Limits{Timeout: 2 * time.Second}}
		e, err := parts.newEndpoint(d)
		if err != nil || e.limits.Timeout != want {
			t.Errorf("%v: %+v, %v", own, e, err)
		}
	}
}
