package edge

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

// talking is a connection and what a client has sent on it, all of it and then the end.
func talking(t *testing.T, b *Bounds, sent string) *Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	far, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	near, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = near.Close() })
	go func() {
		_, _ = io.WriteString(far, sent)
		_ = far.Close()
	}()
	return b.NewConn(near, nil)
}

func roomy() *Bounds {
	return NewBounds(Limits{HeaderTime: time.Minute, BodyTime: time.Minute, IdleTime: time.Minute, BodyBytes: 1 << 20})
}

// head gives the next head as a server of HTTP/1.1 reads it.
func nextHead(c *Conn) (*http.Request, error) {
	raw := make([]byte, 1) // a byte at a time, so that nothing of the next one is read
	var all []byte
	for !strings.HasSuffix(string(all), "\r\n\r\n") {
		if _, err := c.Read(raw); err != nil {
			return nil, err
		}
		all = append(all, raw...)
	}
	return http.ReadRequest(bufio.NewReader(strings.NewReader(string(all))))
}

const next = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

func TestAnAmbiguousHeadIsRefusedAndNothingAfterItIsBelieved(t *testing.T) {
	t.Parallel()
	post := "POST /v1/x HTTP/1.1\r\nHost: x\r\n"
	for name, sent := range map[string]string{
		"two lengths that differ":         post + "Content-Length: 5\r\nContent-Length: 4\r\n\r\nabcde",
		"two lengths that agree":          post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
		"a list of lengths":               post + "Content-Length: 5, 5\r\n\r\nabcde",
		"a signed length":                 post + "Content-Length: +5\r\n\r\nabcde",
		"no length in the length":         post + "Content-Length: \r\n\r\nabcde",
		"a length that is too long":       post + "Content-Length: 99999999999999999999\r\n\r\n",
		"length and chunks":               post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"xchunked":                        post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"a coding before chunks":          post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"a control character in a coding": post + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
		"two codings":                     post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"chunks in HTTP/1.0":              "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"no host":                         "GET / HTTP/1.1\r\n\r\n",
		"two hosts":                       "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
		"two hosts in HTTP/1.0":           "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
		"a host that is none":             "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
		"a path in the host":              "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
		"NUL in a header":                 "GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
		"a bare CR in a header":           "GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: z\r\n\r\n",
		"a bare LF in the head":           "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
		"a folded header":                 "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
		"a blank before the colon":        "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
		"a blank before the first header": "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
		"no name":                         "GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n",
		"no colon":                        "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
		"HTTP/3.0":                        "GET / HTTP/3.0\r\nHost: a\r\n\r\n",
		"HTTP/0.9":                        "GET /\r\n\r\n",
		"http in lower case":              "GET / http/1.1\r\nHost: a\r\n\r\n",
		"a blank in the target":           "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
		"two blanks":                      "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
		"two tokens":                      "GET / HTTP/1.1\r\nHost: a\r\ntoken: a\r\nToken: b\r\n\r\n",
		"two types":                       "GET / HTTP/1.1\r\nHost: a\r\nContent-Type: a\r\nContent-Type: b\r\n\r\n",
		"three empty lines first":         "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		b := roomy()
		c := talking(t, b, sent+next)
		q, err := nextHead(c)
		if err != nil || models.CodeOf(refusalOf(c)) != models.Invalid || !q.Close || !c.MustClose() || b.Framing.Refused() != 1 {
			t.Errorf("%s: %v, refused with %v, %d counted", name, err, refusalOf(c), b.Framing.Refused())
		}
		if _, err := nextHead(c); !errors.Is(err, io.EOF) {
			t.Errorf("%s: another request came after it: %v", name, err)
		}
	}
}

func refusalOf(c *Conn) error {
	if in := c.Incoming(); in != nil && in.Refused != nil {
		return in.Refused
	}
	return nil
}

func TestARefusalIsWordedByThePathThatWasAskedFor(t *testing.T) {
	t.Parallel()
	c := talking(t, roomy(), "POST /Onboarding/x?a=b HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
	if q, err := nextHead(c); err != nil || q.Method != "POST" || q.URL.String() != "/Onboarding/x" {
		t.Errorf("%+v, %v", q, err)
	}
}

func TestHeadersBeyondTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"long": "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", MaxHeader) + "\r\n\r\n",
		"many": "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: y\r\n", MaxFields) + "\r\n",
	} {
		b := roomy()
		c := talking(t, b, sent)
		if _, err := nextHead(c); err != nil || models.CodeOf(refusalOf(c)) != models.HeadersTooLarge || b.Headers.Refused() != 1 {
			t.Errorf("%s: %v, %v", name, refusalOf(c), err)
		}
	}
}

func TestBodiesAreReadAsTheyAreFramedAndTheNextRequestFollows(t *testing.T) {
	t.Parallel()
	post := "\r\nPOST /v1/x HTTP/1.1\r\nHost: x\r\n"
	for name, one := range map[string]struct{ sent, want string }{
		"none":             {post + "\r\n", ""},
		"a length":         {post + "Content-Length: 5\r\n\r\nabcde", "abcde"},
		"chunks":           {post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n02\r\nde\r\n0\r\n\r\n", "abcde"},
		"a chunk in hex":   {post + "Transfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
		"extensions":       {post + "Transfer-Encoding: chunked\r\n\r\n5;a=b;c=\"d\"\r\nabcde\r\n0;e\r\n\r\n", "abcde"},
		"trailers":         {post + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\ntoken: late\r\n\r\n", "abcde"},
		"HTTP/1.0":         {"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nabcde", "abcde"},
		"a target in full": {"POST http://x/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na", "a"},
	} {
		c := talking(t, roomy(), one.sent+next)
		q, err := nextHead(c)
		if err != nil || refusalOf(c) != nil {
			t.Errorf("%s: %v, %v", name, err, refusalOf(c))
			continue
		}
		if q.ContentLength != 0 || q.TransferEncoding != nil || q.Header.Get("Token") != "" {
			t.Errorf("%s: the server sees the framing: %+v", name, q)
		}
		if got, err := c.Incoming().Body(100); string(got) != one.want || err != nil || c.MustClose() {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if q, err := nextHead(c); err != nil || q.URL.Path != "/smuggled" {
			t.Errorf("%s: afterwards %v", name, err)
		}
	}
}

func TestABrokenBodyEndsTheConnection(t *testing.T) {
	t.Parallel()
	chunked := "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
	for name, sent := range map[string]string{
		"LF in an extension":          chunked + "0;\n\r\n\r\n",
		"LF after the size":           chunked + "1\na\r\n0\r\n\r\n",
		"CR in an extension":          chunked + "1;a\rb\r\na\r\n0\r\n\r\n",
		"a size with 0x":              chunked + "0x0\r\n\r\n",
		"a size with a sign":          chunked + "-1\r\n\r\n",
		"no size":                     chunked + "\r\n\r\n",
		"a blank after the size":      chunked + "1 \r\na\r\n0\r\n\r\n",
		"a size of 64 bits":           chunked + "ffffffffffffffff\r\na",
		"a long extension":            chunked + "1;" + strings.Repeat("a", maxChunkLine) + "\r\na\r\n0\r\n\r\n",
		"more than the chunk":         chunked + "1\r\nab\r\n0\r\n\r\n",
		"a folded trailer":            chunked + "0\r\n a: b\r\n\r\n",
		"too many trailers":           chunked + "0\r\n" + strings.Repeat("a: b\r\n", MaxHeader/4) + "\r\n",
		"the client left":             "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc",
		"the client left in a chunk":  chunked + "5\r\nab",
		"the client left in the size": chunked + "5",
	} {
		if !strings.HasPrefix(name, "the client") {
			sent += next
		}
		c := talking(t, roomy(), sent)
		if _, err := nextHead(c); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Incoming().Body(100); models.CodeOf(err) != models.Invalid || !c.MustClose() {
			t.Errorf("%s: %q, %v, must close: %v", name, got, err, c.MustClose())
		}
		if _, err := nextHead(c); !errors.Is(err, io.EOF) {
			t.Errorf("%s: another request came after it: %v", name, err)
		}
	}
}

func TestABodyIsBoundedByItsRouteByTheOperatorAndByAllOthers(t *testing.T) {
	t.Parallel()
	b := NewBounds(Limits{Body: 8, BodyBytes: 12})
	read := func(body string, length int64, limit int) (*Incoming, error) {
		in := b.NewIncoming(strings.NewReader(body), length)
		_, err := in.Body(limit)
		if err != nil {
			in.Leave()
		}
		return in, err
	}
	for _, length := range []int64{-1, 6} {
		if _, err := read("abcdef", length, 5); models.CodeOf(err) != models.TooLarge {
			t.Errorf("beyond the route's: %v", err)
		}
	}
	if _, err := read("abcdefghi", -1, 50); models.CodeOf(err) != models.TooLarge {
		t.Errorf("beyond the operator's: %v", err)
	}
	b = NewBounds(Limits{BodyBytes: 12})
	first, err := read("abcdefgh", 8, 50)
	if err != nil || b.Bodies.Used() != 8 {
		t.Fatalf("%d, %v", b.Bodies.Used(), err)
	}
	var busy *models.Error
	if _, err := read("abcdefgh", 8, 50); !errors.As(err, &busy) || busy.Code != models.Busy || busy.RetryAfter == 0 {
		t.Errorf("beyond what all may have: %v", err)
	}
	first.Leave()
	if last, err := read("abcdefgh", 8, 50); err != nil {
		t.Error(err)
	} else {
		last.Leave()
	}
	if b.Bodies.Used() != 0 || b.Bodies.Peak() > 12 || b.Bodies.Refused() != 1 {
		t.Errorf("used %d, peak %d, refused %d", b.Bodies.Used(), b.Bodies.Peak(), b.Bodies.Refused())
	}
}

func TestABodyThatAnnouncesTooMuchIsRefusedBeforeAnybodyAsks(t *testing.T) {
	t.Parallel()
	b := NewBounds(Limits{Body: 8})
	in := b.NewIncoming(strings.NewReader(""), 9)
	in.Enter()
	if models.CodeOf(in.Refused) != models.TooLarge || b.InFlight.Used() != 0 {
		t.Errorf("%v", in.Refused)
	}
	in.Leave()
}

func TestAnAddressIsReadAsProxiesWriteIt(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for forwarded, want := range map[string]string{
		"203.0.113.7":                            "203.0.113.7",
		"203.0.113.7:49152":                      "203.0.113.7",
		"198.51.100.1, 203.0.113.7:1":            "203.0.113.7",
		"[2001:db8::1]:443":                      "2001:db8::1",
		"[2001:db8::1]":                          "2001:db8::1",
		"2001:db8::1":                            "2001:db8::1",
		"203.0.113.7:49152, 10.0.0.9:8080":       "203.0.113.7",
		"[2001:db8::1":                           "10.0.0.1",
		"203.0.113.7:":                           "10.0.0.1",
		"203.0.113.7:99999":                      "10.0.0.1",
		"unknown":                                "10.0.0.1",
		"203.0.113.7, secret.example, 10.0.0.22": "10.0.0.22",
	} {
		if got := Origin(proxies, netip.MustParseAddr("10.0.0.1"), forwarded); got.String() != want {
			t.Errorf("%q: %s, want %s", forwarded, got, want)
		}
	}
}

func TestRepeatedSlashesOfAPathAreOne(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/v2/api": "/v2/api", "//v2/api": "/v2/api", "/v2//api///x": "/v2/api/x", "//": "/", "/a//?b=//c": "/a/?b=//c",
		"/a?b=//c": "/a?b=//c", "*": "*", "http://x//y": "http://x//y", "/a%2F%2Fb//c": "/a%2F%2Fb/c", "": "",
	} {
		if got := Target(target); got != want {
			t.Errorf("%q becomes %q, want %q", target, got, want)
		}
	}
}

func FuzzHead(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n",
		"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n", "\r\n", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, refused := parseHead(raw)
		out := h.forward()
		if refused != nil {
			out = h.substitute()
		}
		if strings.Index(string(out), "\r\n\r\n") != len(out)-4 || strings.Count(string(out), "\n") != strings.Count(string(out), "\r\n") {
			t.Fatalf("%q goes on as more than one head: %q", raw, out)
		}
		q, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(out))))
		if err == nil && (q.ContentLength != 0 || len(q.TransferEncoding) > 0) {
			t.Fatalf("%q goes on with a body", raw)
		}
	})
}
