package handlers_test

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
)

func TestAGatewayThatIsAboutToStopEndsConnectionsWithTheirAnswers(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*http.Protocols){
		"HTTP/1.1": func(p *http.Protocols) { p.SetHTTP1(true) }, "HTTP/2": func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) },
	} {
		c := raiseBounded(t, bounded)
		over := &http.Transport{Protocols: new(http.Protocols)}
		set(over.Protocols)
		t.Cleanup(over.CloseIdleConnections)
		for i, want := range []bool{false, true, true, false} {
			if i == 2 {
				c.app.Bounds.Drain()
			}
			if got := c.reuses(t, over); got != want {
				t.Errorf("%s, request %d: on a connection that was there: %v", name, i, got)
			}
		}
	}
}

// reuses asks something that needs no key, and tells whether an open connection was used for it.
func (c *conversation) reuses(t *testing.T, over http.RoundTripper) (reused bool) {
	t.Helper()
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.addr+"/v1/status/providers", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer acme-live-token-1")
	response, err := over.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", response.Status, err)
	}
	return reused
}
