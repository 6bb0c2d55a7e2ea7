package edge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http/httputil"
	"net/netip"
	"strings"
	"testing"
)

// What we take of a chunked body, the standard library must read the same way, up to the same byte.
func FuzzChunks(f *testing.F) {
	for _, seed := range []string{
		"5\r\nhello\r\n0\r\n\r\nGET /", "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", "0\r\n\r\n", "0005\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n",
		"-1\r\n\r\n", "1 \r\na\r\n0\r\n\r\n", "fffffffffffffffff\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "A\r\n0123456789\r\n1\r\n\n\r\n0\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		ours := bufio.NewReader(bytes.NewReader(sent))
		body, err := io.ReadAll(&chunks{from: ours})
		if err != nil {
			return
		}
		theirs := bufio.NewReader(bytes.NewReader(sent))
		same, err := io.ReadAll(httputil.NewChunkedReader(theirs))
		if err != nil || !bytes.Equal(body, same) {
			t.Fatalf("%q is %q, and to others %q (%v)", sent, body, same, err)
		}
		for line := ""; line != "\r\n"; { // the trailers, which the library leaves
			if line, err = theirs.ReadString('\n'); err != nil {
				t.Fatalf("%q ends inside the trailers: %v", sent, err)
			}
		}
		left, _ := io.ReadAll(ours)
		if rest, _ := io.ReadAll(theirs); !bytes.Equal(left, rest) {
			t.Fatalf("%q is followed by %q, for others by %q", sent, left, rest)
		}
	})
}

// An address that a caller can write itself is never taken for the caller's.
func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"203.0.113.7", "203.0.113.7, 10.0.0.1", "[2001:db8::1]:443", "10.0.0.2,,10.0.0.1", "unknown", ", ,", "::ffff:10.0.0.9, 198.51.100.1"} {
		f.Add(seed)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	stranger, proxy := netip.MustParseAddr("198.51.100.9"), netip.MustParseAddr("10.0.0.1")
	f.Fuzz(func(t *testing.T, written string) {
		if got := Origin(proxies, stranger, written); got != stranger {
			t.Errorf("%q makes a stranger %s", written, got)
		}
		const last = "192.0.2.44"
		if got := Origin(proxies, proxy, written+","+last); got.String() != last {
			t.Errorf("behind a proxy %q makes %s of %s", written, got, last)
		}
	})
}

// What is taken as an object is one to the standard library too, and of a repeated name the same value counts.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"a":1,"a":"2"}`, `{"\u0061":[],"a":{}}`, `{}`, `[]`, `{"a":1}x`, "{\"\xff\":1}", `{"a":{"a":{"a":null}}}`, `{"":1e999}`, strings.Repeat(`{"a":`, 50)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var theirs map[string]json.RawMessage
		err := json.Unmarshal(body, &theirs)
		ours, refused := ReadObject(body)
		if refused != nil {
			return
		}
		if err != nil || len(ours) != len(theirs) {
			t.Fatalf("%q has %d members, to others %d (%v)", body, len(ours), len(theirs), err)
		}
		for name, value := range ours {
			if raw, there := theirs[name]; !there || string(bytes.TrimSpace(raw)) != strings.TrimSpace(value.Raw) {
				t.Errorf("%q: %q is %s, to others %s", body, name, value.Raw, raw)
			}
		}
	})
}
