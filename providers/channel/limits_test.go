package channel

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/config"
	"whoseline/possession"
)

func TestAsManyConnectionsAreOpenToACarrierAsTheOperatorAllowsMessages(t *testing.T) {
	t.Parallel()
	const many = 70
	var sending sync.WaitGroup
	var arrived atomic.Int32
	all := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the caller leave
		if arrived.Add(1) == many {
			close(all)
		}
		select {
		case <-all:
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(server.Close)
	made, err := Carriers([]string{"termii"}, Parts{
		Now: func() time.Time { return noon }, MaxInflight: many,
		Accounts: map[string]config.Account{"termii": {Base: server.URL, Secret: "s", Sender: "Acme"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range many {
		sending.Go(func() {
			if got := made[0].Sender.Send(ctx, letter("+2348031234500")); got.Outcome == possession.Timeout || ctx.Err() != nil {
				t.Errorf("a message waits for a connection that another one has: %+v", got)
			}
		})
	}
	sending.Wait()
	if err := closeCarriers(made); err != nil {
		t.Error(err)
	}
}
