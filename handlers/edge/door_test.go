package edge

import (
	"net"
	"net/netip"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

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
		if got := addressOf(t, &Edge{Options: Options{TrustedProxies: proxies}}, one.peer, one.forwarded); got.String() != one.want {
			t.Errorf("%s: %s, want %s", one.name, got, one.want)
		}
	}
}

// addressOf asks for the address of a request that comes from a peer.
func addressOf(t *testing.T, e *Edge, peer, forwarded string) (at netip.Addr) {
	t.Helper()
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error {
		at = e.Address(c)
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

func tcpAddr(ip string) net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 1024))
}
