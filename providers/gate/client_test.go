package gate

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
)

func TestACallIsRepeatedOnceAndOnlyWhenItNeverReachedTheVendor(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	where, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		refusals, dials int32
		answered        bool
	}{
		"one refusal": {1, 2, true}, "two refusals": {2, 2, false}, "every refusal": {9, 2, false},
	} {
		client := NewClient(0, server.URL)
		var dials atomic.Int32
		transport := client.http.Transport.(*http.Transport)
		dial := transport.DialContext
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) <= c.refusals {
				return nil, &net.OpError{Op: "dial", Err: net.UnknownNetworkError("refused")}
			}
			return dial(ctx, network, address)
		}
		_, err := client.Send(t.Context(), Call{Method: http.MethodGet, URL: where})
		var failure *Failure
		if (err == nil) != c.answered || dials.Load() != c.dials || errors.As(err, &failure) && failure.Sent {
			t.Errorf("%s: %v after %d dials", name, err, dials.Load())
		}
		client.Close()
	}
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	t.Parallel()
	transport := NewClient(3).http.Transport.(*http.Transport)
	if transport.Proxy != nil || transport.MaxConnsPerHost != 3 || transport.ForceAttemptHTTP2 {
		t.Error("the transport is not a vendor's own")
	}
}
