package handlers

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"whoseline/models"
)

func TestLevelsAreCountedOutsideOfStringsOnly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{}`: 1, `{"a":[]}`: 2, `{"a":1,"b":{"c":[[]]}}`: 4, `{"[[[":"{{{"}`: 1, `{"\"[":"\\","a":[]}`: 2, `{"a\\":[{}]}`: 3,
		`{"a":[],"b":[],"c":[]}`: 2, `1`: 0, "{\"é\\u005b\":[]}": 2,
		strings.Repeat("[", 33) + strings.Repeat("]", 33): 33,
	} {
		if got := levels([]byte(text)); got != want {
			t.Errorf("%s has %d levels, want %d", text, got, want)
		}
	}
}

func TestOfARepeatedNameTheLastOneCounts(t *testing.T) {
	t.Parallel()
	body := `{"mobile":1,"isSubjectConsent":true,"mobile":"08000000001","\u0069sSubjectConsent":false,"metadata":1,"metadata":{"a":1,"a":2}}`
	q, err := phoneQuery([]byte(body), nil)
	if err != nil {
		t.Fatal(err)
	}
	if q.Phone.National() != "08000000001" || q.Consent.Refusal != "isSubjectConsent must be true" || string(q.Metadata) != `{"a":1,"a":2}` {
		t.Errorf("%+v, metadata %s", q, q.Metadata)
	}
}

func TestWhatIsNotAskedStaysEmpty(t *testing.T) {
	t.Parallel()
	q, err := phoneQuery([]byte(`{"mobile":"08000000001","isSubjectConsent":true,"unknown":{"x":[1]},"Mobile":"x"}`), nil)
	if err != nil || q.Metadata != nil || q.Expected != nil || q.Advanced || q.IdempotencyKey != "" {
		t.Errorf("%+v, %v", q, err)
	}
}

func TestTheKeyWithoutItsQuotesIsTheSameKey(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"abc": "abc", `"abc"`: "abc", `""abc""`: `"abc"`, `"`: `"`, `"a`: `"a`, strings.Repeat("é", 255): strings.Repeat("é", 255),
		`"` + strings.Repeat("k", 255) + `"`: strings.Repeat("k", 255),
	} {
		if got, err := idempotencyKey([][]byte{[]byte(sent)}); err != nil || got != want {
			t.Errorf("%s: %q, %v", sent, got, err)
		}
	}
	for _, sent := range [][][]byte{{nil}, {[]byte(`""`)}, {[]byte(strings.Repeat("é", 256))}, {[]byte("a\xff")}, {[]byte("a"), []byte("a")}} {
		if got, err := idempotencyKey(sent); models.CodeOf(err) != models.Invalid {
			t.Errorf("%q: %q, %v", sent, got, err)
		}
	}
}

func TestACallersAddressIsTheNearestHopThatIsNoTrustedProxy(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, one := range []struct{ name, peer, forwarded, want string }{
		{"no proxy", "192.0.2.1", "", "192.0.2.1"},
		{"an untrusted peer is not believed", "192.0.2.1", "203.0.113.9", "192.0.2.1"},
		{"a trusted peer is", "10.0.0.1", "203.0.113.9", "203.0.113.9"},
		{"what the client wrote itself is not", "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		{"a chain of trusted proxies", "10.0.0.1", "203.0.113.9, 10.9.9.9 ,10.8.8.8", "203.0.113.9"},
		{"all of them trusted", "10.0.0.1", "10.9.9.9", "10.9.9.9"},
		{"no header", "10.0.0.1", "", "10.0.0.1"},
		{"nonsense", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"},
		{"version 6", "10.0.0.1", "2001:db9::1, 2001:db8::7", "2001:db9::1"},
		{"version 4 in 6", "10.0.0.1", "203.0.113.9, ::ffff:10.1.1.1", "203.0.113.9"},
	} {
		if got := addressOf(t, &edge{Options: Options{TrustedProxies: proxies}}, one.peer, one.forwarded); got.String() != one.want {
			t.Errorf("%s: %s, want %s", one.name, got, one.want)
		}
	}
}

// addressOf asks for the address of a request that comes from a peer.
func addressOf(t *testing.T, e *edge, peer, forwarded string) (at netip.Addr) {
	t.Helper()
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error {
		at = e.address(c)
		return nil
	})
	var request fasthttp.RequestCtx
	request.Init(&fasthttp.Request{}, tcpAddr(peer), nil)
	request.Request.SetRequestURI("/")
	if forwarded != "" {
		request.Request.Header.Set(fiber.HeaderXForwardedFor, forwarded)
	}
	app.Handler()(&request)
	return at
}
