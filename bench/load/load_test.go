//go:build linux

package load

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRunCountsAnswersByStatus(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != `{"a":1}` || r.Header.Get("token") != "secret" {
			t.Errorf("got body %q, token %q", body, r.Header.Get("token"))
		}
		if calls.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusPaymentRequired)
		}
		_, _ = io.WriteString(w, strings.Repeat("x", 1500))
	}))
	defer server.Close()
	marks, addr := 0, strings.TrimPrefix(server.URL, "http://")
	result, err := Run(t.Context(), Plan{
		Addr: addr, Conns: 4, Warm: 10 * time.Millisecond, Duration: 50 * time.Millisecond,
		Requests: [][]byte{Post(addr, "/x", "secret", `{"a":1}`)}, Mark: func() { marks++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.OK == 0 || result.Refused == 0 || result.Errors != 0 || marks != 2 {
		t.Errorf("got %d answered, %d refused, %d errors, %d marks", result.OK, result.Refused, result.Errors, marks)
	}
	if p50, p99 := result.Quantile(0.5), result.Quantile(0.99); p50 <= 0 || p99 < p50 {
		t.Errorf("got p50 %v, p99 %v", p50, p99)
	}
}

func TestAConnectionsNextRequestFollowsItsAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/second" && r.Header.Get("token") != "from the first" {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = io.WriteString(w, "from the first")
	}))
	defer server.Close()
	addr := strings.TrimPrefix(server.URL, "http://")
	second := false
	result, err := Run(t.Context(), Plan{
		Addr: addr, Conns: 1, Duration: 50 * time.Millisecond,
		Next: func(_ int, answer []byte) []byte {
			if second = !second; second {
				return Post(addr, "/first", "", "")
			}
			_, token, _ := strings.Cut(string(answer), "\r\n\r\n")
			return Post(addr, "/second", token, "")
		},
	})
	if err != nil || result.OK < 2 || result.Refused > 0 {
		t.Errorf("%d answered, %d refused (%v)", result.OK, result.Refused, err)
	}
}

func TestRunGivesUpOnAServerThatHangsUp(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	addr := strings.TrimPrefix(server.URL, "http://")
	_, err := Run(t.Context(), Plan{
		Addr: addr, Conns: 2, Duration: 10 * time.Second, Requests: [][]byte{Post(addr, "/", "t", "{}")},
	})
	if err == nil {
		t.Error("no error")
	}
}
