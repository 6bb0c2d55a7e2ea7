package edge

import (
	"bytes"
	"context"
	"net/netip"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/models"
	"whoseline/possession"
)

// callerKey carries who calls from the door to the handler.
const callerKey = "caller"

// Door is for businesses: it knows the key that a request shows, or refuses; then the key's address list, then its rate, then
// its scopes.
func (e *Edge) Door(shown func(c *fiber.Ctx) string, scope access.Scope) fiber.Handler {
	return func(c *fiber.Ctx) error {
		who, err := e.Business(c.UserContext(), shown(c), e.Address(c))
		if err != nil {
			return err
		}
		c.Locals(callerKey, who) // before the limit: its refusal names the balance too
		if d := e.Limiter.Allow(who.Key.ID, who.Rate); d.Limit > 0 {
			RateHeaders(c, d)
			if !d.Allowed {
				return &models.Error{Code: models.TooManyRequests, Message: "too many requests", RetryAfter: d.RetryAfter}
			}
		}
		if err := who.May(scope); err != nil {
			return err
		}
		return c.Next()
	}
}

// TokenHeader is the key in the header of that name.
func TokenHeader(c *fiber.Ctx) string { return c.Get("token") }

// Business tells whose key a token is, if it may be used from where the call comes. An address that shows many keys that nobody
// has, one after another or at once, is refused before the database is asked about another one. Keys that are known pass all the same.
func (e *Edge) Business(ctx context.Context, token string, from netip.Addr) (*access.Caller, error) {
	known, err := e.introduce(token, "unknown key/"+possession.Network(IPText(from)))
	if err != nil {
		return nil, err
	}
	who, err := e.Keys.Business(ctx, token)
	known(models.CodeOf(err) != models.Unauthorized)
	if err == nil && !who.AllowedAddress(from) {
		return nil, models.Fail(models.Unauthorized, "the API key is not valid")
	}
	return who, err
}

// introduce counts a token that nobody has seen to be good against its network, until it turns out to be good. Whoever shows the same
// one at the same time shares the count.
func (e *Edge) introduce(token, network string) (known func(good bool), err error) {
	hash, strange := e.Keys.Stranger(token)
	if !strange {
		return func(good bool) {
			if !good {
				e.Limiter.Allow(network, e.UnknownKeys)
			}
		}, nil
	}
	about := stranger{network, hash}
	if _, asked := e.strangers.LoadOrStore(about, struct{}{}); asked {
		return func(bool) {}, nil
	}
	if d := e.Limiter.Allow(network, e.UnknownKeys); !d.Allowed {
		e.strangers.Delete(about)
		return nil, &models.Error{Code: models.TooManyRequests, Message: "too many requests", RetryAfter: d.RetryAfter}
	}
	return func(good bool) {
		e.strangers.Delete(about)
		if good {
			e.Limiter.Return(network, e.UnknownKeys)
		}
	}, nil
}

// stranger is a token about which the database is being asked.
type stranger struct {
	network string
	token   [32]byte
}

// CallerOf is whom a Door let in.
func CallerOf(c *fiber.Ctx) *access.Caller { return c.Locals(callerKey).(*access.Caller) }

// Address is where the request comes from: the peer, or behind trusted proxies the nearest hop that is not one. What
// stands further left in X-Forwarded-For was written by the client and proves nothing.
func (e *Edge) Address(c *fiber.Ctx) netip.Addr {
	peer, _ := netip.ParseAddr(c.Context().RemoteIP().String())
	return e.Origin(peer, Forwarded(c))
}

// Forwarded gives all lines of the header as one: some proxies add a line of their own behind the caller's.
func Forwarded(c *fiber.Ctx) string {
	return string(bytes.Join(c.Request().Header.PeekAll(fiber.HeaderXForwardedFor), []byte(",")))
}

// Origin is Address for requests that Fiber does not see.
func (e *Edge) Origin(at netip.Addr, forwarded string) netip.Addr {
	return Origin(e.TrustedProxies, at, forwarded)
}

// RateHeaders tells the caller how often it may still come.
func RateHeaders(c *fiber.Ctx, d access.Decision) {
	limit, remaining, reset := strconv.Itoa(d.Limit), strconv.Itoa(d.Remaining), strconv.Itoa(Seconds(d.Reset))
	c.Set("RateLimit-Policy", `"default";q=`+limit+`;w=1`)
	c.Set("RateLimit", `"default";r=`+remaining+`;t=`+reset)
	c.Set("RateLimit-Limit", limit)
	c.Set("RateLimit-Remaining", remaining)
	c.Set("RateLimit-Reset", reset)
}

// Seconds rounds up. A caller who waits so long does not come too early.
func Seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
