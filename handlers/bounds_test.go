package handlers_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/access"
	"whoseline/test/wait"

	"github.com/rogpeppe/go-internal/txtar"

	"whoseline/handlers/edge"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

const bounded = `
-- world --
tick 0s
-- setup --
set HTTP__MAX_CONNECTIONS=150
set HTTP__MAX_CONNECTIONS_PER_ADDRESS=120
set HTTP__MAX_REQUESTS=60
set HTTP__MAX_BODY_BYTES=1048576
set HTTP__HEADER_TIMEOUT=2s
set HTTP__READ_TIMEOUT=2s
set LIMITS__UNKNOWN_KEYS=0
business acme
key acme-live-token-1 business=acme
topup 100000 business=acme
`

func raiseBounded(t *testing.T, setup string) *conversation {
	t.Helper()
	url := storagetest.MigratedURL(t, storage.SQLite)
	return &conversation{gateway: raise(t, url, txtar.Parse([]byte(setup)))}
}

// metrics gives what the operator's side says of itself.
func (c *conversation) metrics() (status int, text string) {
	w := httptest.NewRecorder()
	c.app.Ops.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/metrics", http.NoBody))
	return w.Code, w.Body.String()
}

// hostile opens so many connections and sends the same on each. What comes back, if anything does, is the first line.
func (c *conversation) hostile(t *testing.T, n int, sent string) (lines []string) {
	t.Helper()
	lines = make([]string, n)
	var all sync.WaitGroup
	for i := range lines {
		all.Go(func() {
			conn, err := net.Dial("tcp", c.addr)
			if err != nil {
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			_, _ = io.WriteString(conn, sent) // the gateway may have closed it already
			line, _ := bufio.NewReader(conn).ReadString('\n')
			lines[i] = strings.TrimSpace(line)
		})
	}
	all.Wait()
	return lines
}

// within fails the test unless nothing was ever beyond its bound and nothing is used any more.
func within(t *testing.T, b *edge.Bounds) {
	t.Helper()
	for name, bound := range map[string]*edge.Bound{
		"connections": &b.Connections, "connections of an address": &b.PerAddress, "requests": &b.InFlight,
		"bytes": &b.Bodies, "streams": &b.Streams,
	} {
		if bound.Peak() > bound.Limit() {
			t.Errorf("%s: %d of %d", name, bound.Peak(), bound.Limit())
		}
		wait.Until(t, "nothing is used of "+name, func() bool { return bound.Used() == 0 })
	}
}

func TestHostileConnectionsOfHTTP1StayWithinTheBounds(t *testing.T) {
	t.Parallel()
	c := raiseBounded(t, bounded)
	b := c.app.Bounds
	ask := "POST /v2/api/identity/ng/phone HTTP/1.1\r\nHost: x\r\n"
	for _, one := range []struct {
		name, sent string
		status     string // of each that is answered at all
	}{
		{"large bodies without a credential", ask + "Content-Length: 4000000\r\n\r\n" + strings.Repeat("a", 1<<16), "403"},
		{"chunks without a credential", ask + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1000\r\n"+strings.Repeat("a", 4096)+"\r\n", 16), "403"},
		{"bodies that nothing takes", ask + "Content-Length: 4000000000\r\n\r\n" + strings.Repeat("a", 1<<16), "413"},
	} {
		for _, line := range c.hostile(t, 100, one.sent) {
			if line != "" && !strings.HasPrefix(line, "HTTP/1.1 "+one.status) && !strings.HasPrefix(line, "HTTP/1.1 503") {
				t.Errorf("%s: %q", one.name, line)
			}
		}
		if b.Bodies.Peak() != 0 {
			t.Errorf("%s: %d bytes were held", one.name, b.Bodies.Peak())
		}
	}
	c.hostile(t, 200, "GET / HT") // half a head, and then nothing
	c.hostile(t, 200, "")
	if b.PerAddress.Refused() == 0 || b.Slow.Refused() == 0 {
		t.Errorf("%d connections and %d requests were refused", b.PerAddress.Refused(), b.Slow.Refused())
	}
	within(t, b)
	if a := <-c.begin(t, c.request(repeated)); a.status != 200 {
		t.Errorf("afterwards: %s", a)
	}
}

func TestBodiesOfCallersStayWithinTheirBytes(t *testing.T) {
	t.Parallel()
	c := raiseBounded(t, bounded)
	stalled := fmt.Sprintf("POST /v2/api/identity/ng/phone HTTP/1.1\r\nHost: x\r\ntoken: acme-live-token-1\r\nContent-Length: %d\r\n\r\n%s",
		edge.MaxBody, strings.Repeat("a", edge.MaxBody-1))
	var busy, late int
	for _, line := range c.hostile(t, 50, stalled) {
		switch {
		case strings.HasPrefix(line, "HTTP/1.1 503"):
			busy++
		case strings.HasPrefix(line, "HTTP/1.1 400"):
			late++
		default:
			t.Errorf("%q", line)
		}
	}
	if busy == 0 || late == 0 || c.app.Bounds.Bodies.Refused() == 0 || c.app.Bounds.Slow.Refused() == 0 {
		t.Errorf("%d busy, %d late", busy, late)
	}
	within(t, c.app.Bounds)
	if _, text := c.metrics(); !strings.Contains(text, `whoseline_edge_refused_total{bound="body_bytes"}`) {
		t.Error("no metric tells of it")
	}
}

func TestRequestsBeyondTheBoundAreRefusedBeforeAnybodyLooksAtThem(t *testing.T) {
	t.Parallel()
	c := raiseBounded(t, strings.Replace(bounded, "MAX_REQUESTS=60", "MAX_REQUESTS=1", 1)+"webhook https://acme.example/hook business=acme\n")
	c.app.Bounds.InFlight.Take(1) // somebody's
	for path, kind := range map[string]string{
		"/v2/api/identity/ng/phone": "application/json", "/v1/webhooks": "application/problem+json", "/digipay/v3/auth/send_otp": "application/json",
	} {
		for _, version := range []string{"1.1", "2.0"} {
			a := <-c.begin(t, c.request("POST "+path+" HTTP/"+version+"\nno: credential\n\n{}"))
			if a.status != 503 || a.header.Get("Retry-After") != "1" || a.header.Get("Content-Type") != kind {
				t.Errorf("%s", a)
			}
		}
	}
	a := <-c.begin(t, c.request("POST /zitadel.auth.v1.AuthService/GetMyPhone HTTP/2.0\nContent-Type: application/grpc\n\n"))
	if status := a.header.Get("Grpc-Status") + a.trailer.Get("Grpc-Status"); status != "14" {
		t.Errorf("%s", a)
	}
	c.app.Bounds.InFlight.Give(1)
	if lines := strings.Count(c.log.String(), "status=503"); lines == 0 || lines > 3 {
		t.Errorf("%d lines in the log", lines)
	}
}

func TestStreamsOfHTTP2StayWithinTheBounds(t *testing.T) {
	t.Parallel()
	c := raiseBounded(t, bounded)
	over := &http.Transport{Protocols: new(http.Protocols)}
	over.Protocols.SetUnencryptedHTTP2(true)
	defer over.CloseIdleConnections()
	// On a machine that is busy with other tests a whole crowd may be too slow for the gateway's patience.
	wait.Until(t, "some of a crowd are answered", func() bool { return c.crowd(t, over, 200) > 0 })
	if b := c.app.Bounds; b.Streams.Peak() == 0 || b.Bodies.Peak() != 0 {
		t.Errorf("%d streams, %d bytes", b.Streams.Peak(), b.Bodies.Peak())
	}
	over.CloseIdleConnections()
	within(t, c.app.Bounds)
}

// crowd sends so many requests at once, each with a large body and a key that nobody has. It tells how many were answered.
func (c *conversation) crowd(t *testing.T, over http.RoundTripper, n int) int {
	t.Helper()
	var all sync.WaitGroup
	var answered atomic.Int64
	for i := range n {
		all.Go(func() {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.addr+"/v2/api/identity/ng/phone",
				io.LimitReader(endless{}, 1<<20))
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("token", "nobody-has-this-"+strconv.Itoa(i))
			response, err := over.RoundTrip(request)
			if err != nil {
				return // the gateway may have reset the body
			}
			defer response.Body.Close()
			answered.Add(1)
			if response.StatusCode != 403 && response.StatusCode != 503 {
				t.Errorf("status %d", response.StatusCode)
			}
		})
	}
	all.Wait()
	return int(answered.Load())
}

type endless struct{}

func (endless) Read(into []byte) (int, error) {
	clear(into)
	return len(into), nil
}

// A client that writes before it reads must find the answer, not a reset connection.
func TestARefusalReachesAClientThatIsStillSending(t *testing.T) {
	t.Parallel()
	c := raiseBounded(t, bounded)
	const size = 5 << 20
	for credential, want := range map[string]int{"acme-live-token-1": 413, "nobody-has-this-1": 413} {
		conn, err := net.Dial("tcp", c.addr)
		must(t, err)
		defer conn.Close()
		must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
		_, err = fmt.Fprintf(conn, "POST /v2/api/identity/ng/phone HTTP/1.1\r\nHost: x\r\ntoken: %s\r\nContent-Length: %d\r\n\r\n", credential, size)
		must(t, err)
		_, err = io.CopyN(conn, endless{}, size)
		must(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != want || !response.Close || !strings.Contains(string(body), "PayloadTooLargeError") {
			t.Errorf("%d %s, %v", response.StatusCode, body, err)
		}
		_ = response.Body.Close()
	}
}

func TestWhoWaitsForLeaveToSendIsRefusedFirst(t *testing.T) {
	t.Parallel()
	c := raiseBounded(t, bounded)
	for credential, want := range map[string]string{"acme-live-token-1": "HTTP/1.1 100 Continue", "nobody-has-this-1": "HTTP/1.1 403 Forbidden"} {
		sent := "POST /v2/api/identity/ng/phone HTTP/1.1\r\nHost: x\r\ntoken: " + credential + "\r\nExpect: 100-Continue\r\nContent-Length: 48\r\n\r\n"
		if lines := c.hostile(t, 1, sent); lines[0] != want {
			t.Errorf("%s: %q, want %q", credential, lines[0], want)
		}
	}
}

// What is remembered of a request must not lie in memory that the next one overwrites.
func TestNoLabelHoldsWhatAnotherRequestAskedFor(t *testing.T) {
	t.Parallel()
	c := raiseBounded(t, bounded)
	frame := "\x00\x00\x00\x00\x08\x0a\x06123456"
	call := "POST /zitadel.auth.v1.AuthService/VerifyMyPhone HTTP/1.1\r\nHost: x\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: 13\r\n\r\n" + frame
	secret := "GET /v1/subjects/08031234567-x HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, requests := range [][]string{{call, secret}, {call, call}, {secret, "BREW /08031234567 HTTP/1.1\r\nHost: x\r\n\r\n"}} {
		conn, err := net.Dial("tcp", c.addr)
		must(t, err)
		in := bufio.NewReader(conn)
		for _, request := range requests {
			_, err = io.WriteString(conn, request)
			must(t, err)
			response, err := http.ReadResponse(in, nil)
			must(t, err)
			_, err = io.Copy(io.Discard, response.Body)
			must(t, err)
			must(t, response.Body.Close())
		}
		must(t, conn.Close())
	}
	status, text := c.metrics()
	if status != 200 || strings.Contains(text, "0803") || !strings.Contains(text, "AuthService/VerifyMyPhone") {
		t.Errorf("%d %s", status, text)
	}
	if strings.Contains(c.log.String(), "0803") {
		t.Error("the log holds a path")
	}
}

// Unknown keys cost the database something once in a while only, and cost others behind the same address nothing.
func TestAFloodOfUnknownKeysIsRefusedBeforeTheDatabaseIsAsked(t *testing.T) {
	t.Parallel()
	c := raiseBounded(t, strings.Replace(bounded, "UNKNOWN_KEYS=0", "UNKNOWN_KEYS=3", 1))
	c.app.Keys.Watch(t.Context())
	ask := func(token string) answer {
		return <-c.begin(t, c.request("GET /v1/wallet HTTP/1.1\ntoken: "+token+"\n"))
	}
	wait.Until(t, "the key is remembered", func() bool {
		_, strange := c.app.Keys.Stranger("acme-live-token-1")
		return ask("acme-live-token-1").status == 200 && !strange
	})
	statuses := map[int]int{}
	for i := range 20 {
		a := ask("nobody-has-this-" + strconv.Itoa(i))
		statuses[a.status]++
		if a.status == 429 && a.header.Get("Retry-After") == "" {
			t.Errorf("%s", a)
		}
	}
	if statuses[401] != 3 || statuses[429] != 17 {
		t.Errorf("%v", statuses)
	}
	if a := ask("acme-live-token-1"); a.status != 200 {
		t.Errorf("a good key behind the same address: %s", a)
	}
}

// A burst is no way around the limit: while the database hangs, three of twenty unknown keys wait for it. A key that was good before
// something changed waits too, and is not refused.
func TestABurstOfUnknownKeysIsRefusedWhileTheDatabaseHangs(t *testing.T) {
	t.Parallel()
	url := storagetest.MigratedURL(t, storage.Postgres)
	c := &conversation{gateway: raise(t, url, txtar.Parse([]byte(strings.Replace(bounded, "UNKNOWN_KEYS=0", "UNKNOWN_KEYS=3", 1))))}
	ask := func(token string) chan answer {
		return c.begin(t, c.request("GET /v1/wallet HTTP/1.1\ntoken: "+token+"\n"))
	}
	if a := <-ask("acme-live-token-1"); a.status != 200 {
		t.Fatal(a)
	}
	_, err := c.app.Businesses.Create(t.Context(), access.NewBusiness{Name: "A change, by which all is forgotten"})
	must(t, err)
	held := storagetest.OpenURL(t, url).Gorm.Begin()
	must(t, held.Exec("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE").Error)
	var asked []chan answer
	for i := range 20 {
		asked = append(asked, ask("nobody-has-this-"+strconv.Itoa(i%10)))
	}
	refused, waiting := 0, asked[:0:0]
	wait.Until(t, "all but those about three tokens are refused", func() bool {
		waiting = waiting[:0]
		for _, came := range asked {
			select {
			case a := <-came:
				if a.status != 429 {
					t.Errorf("%s", a)
				}
				refused++
			default:
				waiting = append(waiting, came)
			}
		}
		asked = append(asked[:0], waiting...)
		return len(waiting) == 6 // each of them twice
	})
	good := ask("acme-live-token-1")
	must(t, held.Commit().Error)
	if a := <-good; a.status != 200 {
		t.Errorf("a good key: %s", a)
	}
	for _, came := range waiting {
		if a := <-came; a.status != 401 {
			t.Errorf("%s", a)
		}
	}
	if refused != 14 {
		t.Errorf("%d were refused", refused)
	}
}

// String is what was logged so far.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
