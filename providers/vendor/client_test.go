package vendor

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/config"
	"whoseline/models"
	"whoseline/providers/gate"
)

// silentCloser answers the first request of each connection and reads the second, then closes without an answer. It
// counts what it has read.
func silentCloser(t *testing.T) (base string, read *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	read = new(atomic.Int32)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go closeAtTheSecond(conn, read)
		}
	}()
	return "http://" + listener.Addr().String(), read
}

func closeAtTheSecond(conn net.Conn, read *atomic.Int32) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for turn := 1; ; turn++ {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		read.Add(1)
		if turn == 2 {
			return
		}
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(jane), jane)
	}
}

func TestAPaidRequestIsNeverRepeatedOnAConnectionThatBreaks(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"GET": plainGet, "POST": plainPost,
		"POST with a key": strings.Replace(plainPost, "  request:", "  idempotency: header:Idempotency-Key\n  request:", 1),
	} {
		base, read := silentCloser(t)
		e := endpoint(t, defined(t, text), account(t, base))
		if first := e.Ask(t.Context(), asked); first.Outcome != models.OutcomeFound {
			t.Fatalf("%s: %s %v", name, first.Outcome, first.Err)
		}
		second := e.Ask(t.Context(), asked)
		if second.Outcome != models.OutcomeProviderDown || read.Load() != 2 {
			t.Errorf("%s: %s after %d requests", name, second.Outcome, read.Load())
		}
	}
}

func TestAPaidGetLooksLikeAnyOther(t *testing.T) {
	t.Parallel()
	server := served(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 || len(r.TransferEncoding) > 0 || r.Header.Get("Content-Length") != "" {
			t.Errorf("length %d, encoding %v", r.ContentLength, r.TransferEncoding)
		}
		_, _ = io.WriteString(w, jane)
	})
	if got := endpoint(t, defined(t, plainGet), account(t, server.URL)).Ask(t.Context(), asked); got.Owners[0].FullName != "JANE OKORO" {
		t.Errorf("%+v", got)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var asks atomic.Int32
	server := served(t, func(w http.ResponseWriter, r *http.Request) {
		asks.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	got := endpoint(t, defined(t, plainGet), account(t, server.URL)).Ask(t.Context(), asked)
	if got.Outcome != models.OutcomeBadPayload || got.HTTP != http.StatusFound || asks.Load() != 1 {
		t.Errorf("%s, HTTP %d, %d requests", got.Outcome, got.HTTP, asks.Load())
	}
}

func TestOnlyPublicAddressesAreDialledUnlessTheOperatorNamesLoopback(t *testing.T) {
	t.Parallel()
	server := served(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, jane) })
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	for base, want := range map[string]models.Outcome{
		"http://127.0.0.1:" + port: models.OutcomeFound,
		"http://localhost:" + port: models.OutcomeFound,
		"http://10.0.0.1:" + port:  models.OutcomeProviderDown,
		"https://169.254.169.254":  models.OutcomeProviderDown,
		"https://[fd00::1]":        models.OutcomeProviderDown,
	} {
		a := account(t, base)
		a.TokenURL = ""
		got := endpoint(t, defined(t, plainGet), a).Ask(t.Context(), asked)
		if got.Outcome != want || want != models.OutcomeFound && !strings.Contains(got.Err.Error(), "prohibited") {
			t.Errorf("%s: %s %v", base, got.Outcome, got.Err)
		}
	}
	inDefinition := strings.Replace(plainGet, "  auth:", "  base: {live: \"https://vendor.example\"}\n  auth:", 1)
	e := endpoint(t, defined(t, inDefinition), config.Vendor{Secret: "x"})
	e.base = server.URL // as if the vendor's name resolved to this machine
	if got := e.Ask(t.Context(), asked); got.Outcome != models.OutcomeProviderDown || !strings.Contains(got.Err.Error(), "prohibited") {
		t.Errorf("%s %v", got.Outcome, got.Err)
	}
}

func TestAnAnswerBeyondTheLimitIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"too large":   `{"name": "Jane", "photo": "` + strings.Repeat("x", gate.MaxAnswer) + `"}`,
		"too deep":    `{"name": "Jane", "x": ` + strings.Repeat("[", gate.MaxAnswer/4) + strings.Repeat("]", gate.MaxAnswer/4) + `}`,
		"not closed":  strings.Repeat("[", gate.MaxAnswer-1),
		"cut":         `{"name": "Jane", "x": "`,
		"two values":  jane + jane,
		"empty":       "",
		"not JSON":    "<html>Jane</html>",
		"no name":     `{"name": " "}`,
		"no name, {}": `{"name": {"a": "b"}}`,
	} {
		server := served(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		got := endpoint(t, defined(t, plainPost), account(t, server.URL)).Ask(t.Context(), asked)
		if got.Outcome != models.OutcomeBadPayload || got.Err == nil || len(got.Owners) != 0 {
			t.Errorf("%s: %s %v", name, got.Outcome, got.Err)
		}
	}
}

func TestAnAnswerOfExactlyTheLimitIsRead(t *testing.T) {
	t.Parallel()
	body := `{"name": "Jane", "x": ""}`
	body = strings.Replace(body, `""`, `"`+strings.Repeat("x", gate.MaxAnswer-len(body))+`"`, 1)
	server := served(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	if got := endpoint(t, defined(t, plainPost), account(t, server.URL)).Ask(t.Context(), asked); got.Outcome != models.OutcomeFound {
		t.Errorf("%s %v", got.Outcome, got.Err)
	}
}

func TestADeadlineIsATimeoutAndALeavingCallerACancellation(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 2)
	server := served(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is the other side's leaving seen
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	e := endpoint(t, defined(t, plainPost), account(t, server.URL))
	late, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if got := e.Ask(late, asked); got.Outcome != models.OutcomeTimeout {
		t.Errorf("deadline: %s %v", got.Outcome, got.Err)
	}
	leaving, leave := context.WithCancel(t.Context())
	go func() {
		<-arrived
		leave()
	}()
	if got := e.Ask(leaving, asked); got.Outcome != models.OutcomeCanceled {
		t.Errorf("caller: %s %v", got.Outcome, got.Err)
	}
}

func TestNoErrorTellsTheNumberOrASecret(t *testing.T) {
	t.Parallel()
	silent := served(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
	gone := served(t, func(http.ResponseWriter, *http.Request) {})
	gone.Close()
	texts := map[string]string{"silent": silent.URL, "gone": gone.URL, "prohibited": "https://10.0.0.1"}
	for name, base := range texts {
		for _, text := range []string{plainGet, plainPost, strings.Replace(plainGet, "path: /ask", `path: "/ask/{{e164}}/{{secret}}"`, 1)} {
			a := account(t, base)
			a.TokenURL = ""
			got := endpoint(t, defined(t, text), a).Ask(t.Context(), asked)
			if got.Err == nil || strings.Contains(got.Err.Error(), "8031234567") || strings.Contains(got.Err.Error(), "s3cret") {
				t.Errorf("%s: %v", name, got.Err)
			}
			if u, _ := url.Parse(base); !strings.Contains(fmt.Sprint(got.Err), u.Host) {
				t.Errorf("%s: the host is not named: %v", name, got.Err)
			}
		}
	}
}
