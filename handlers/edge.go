package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	entry "whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
)

// edge is what every dialect shares: who calls, how often, what is refused and what is observed.
type edge struct {
	Options
	metrics *metrics
	routes  map[string]string // the paths of all routes: what metrics and logs name
	busy    sampler
}

// The roots by which a dialect's own envelope is chosen for what no handler sees: unknown paths, sizes, panics.
const (
	youverifyRoot = "/v2/api/"
	apiRoot       = "/v1"
)

// Keys of what a request carries from one handler to the next.
const (
	callerKey  = "caller"
	chargedKey = "charged"
)

// requestWithin bounds what a request waits for the database, also where the caller has gone, which nobody can see. What
// has been paid for is finished without it.
const requestWithin = 15 * time.Second

const jsonType = "application/json"

// observe names the request, survives panics, renders what was refused, and counts.
func (e *edge) observe(c *fiber.Ctx) (err error) {
	started := time.Now()
	e.name(c)
	ctx, cancel := context.WithTimeout(c.UserContext(), requestWithin)
	defer cancel()
	c.SetUserContext(ctx)
	defer func() {
		if cause := recover(); cause != nil {
			e.Log.Error("request panicked", "request", requestID(c), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			err = e.refuse(c, models.Fault(fmt.Errorf("panic: %v", cause)))
		}
		took := time.Since(started)
		e.metrics.observe(c, e.route(c), took)
		e.log(c, took)
	}()
	if in := incomingOf(c); in != nil && in.Refused != nil && !webCall(c) {
		return e.refuse(c, in.Refused)
	}
	if err := c.Next(); err != nil {
		return e.refuse(c, err)
	}
	return nil
}

// name gives the request an id and echoes the caller's own correlation headers when they are well formed.
func (e *edge) name(c *fiber.Ctx) {
	c.Set("Request-Id", e.RequestID())
	c.Set(fiber.HeaderCacheControl, "no-store")
	for _, header := range []string{"X-Request-Id", "X-Correlator"} {
		if value := c.Get(header); value != "" && len(value) <= 128 && strings.Trim(value, correlatorChars) == "" {
			c.Set(header, value)
		}
	}
}

const correlatorChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:;./<>{}"

func requestID(c *fiber.Ctx) string { return string(c.Response().Header.Peek("Request-Id")) }

// log writes a line per request if the operator wants it: the route, never the path, which could hold an id that a
// client mistook for a number. Of refusals for want of room or of patience it writes one a second, which tells how many
// went before it: an overload must not fill the log.
func (e *edge) log(c *fiber.Ctx, took time.Duration) {
	status := c.Response().StatusCode()
	if e.LogRequests == "none" || (e.LogRequests != "all" && status < 500) {
		return
	}
	level := slog.LevelInfo
	if status >= 500 {
		level = slog.LevelWarn
	}
	skipped := uint64(0)
	if status == fiber.StatusServiceUnavailable || status == fiber.StatusTooManyRequests {
		var due bool
		if skipped, due = e.busy.due(time.Now()); !due {
			return
		}
	}
	e.Log.Log(context.Background(), level, "request", "request", requestID(c), "trace", traceID(c), "method", c.Method(),
		"route", e.route(c), "status", status, "ms", float64(took.Microseconds())/1000, "skipped", skipped)
}

// traceID is the trace that the caller's traceparent names (W3C Trace Context), "" when there is none.
func traceID(c *fiber.Ctx) string {
	parts := strings.Split(c.Get("traceparent"), "-")
	if len(parts) < 4 || len(parts[1]) != 32 || strings.Trim(parts[1], "0123456789abcdef") != "" {
		return ""
	}
	return parts[1]
}

// caller is the door: it knows the key, or refuses; then the key's address list, then its rate.
func (e *edge) caller(c *fiber.Ctx) error {
	who, err := e.business(c.UserContext(), credential(c), e.address(c))
	if err != nil {
		return err
	}
	c.Locals(callerKey, who) // before the limit: its refusal names the balance too
	if d := e.Limiter.Allow(who.Key.ID, who.Rate); d.Limit > 0 {
		rateHeaders(c, d)
		if !d.Allowed {
			return &models.Error{Code: models.TooManyRequests, Message: "too many requests", RetryAfter: d.RetryAfter}
		}
	}
	return c.Next()
}

// business tells whose key a token is, if it may be used from where the call comes. An address that has shown many keys
// that nobody has is refused before the database is asked about another one. Keys that are remembered pass all the same.
func (e *edge) business(ctx context.Context, token string, from netip.Addr) (*access.Caller, error) {
	network := "unknown key/" + possession.Network(ipText(from))
	if !e.Keys.Remembers(token) {
		if wait := e.Limiter.Wait(network, e.UnknownKeys); wait > 0 {
			return nil, &models.Error{Code: models.TooManyRequests, Message: "too many requests", RetryAfter: wait}
		}
	}
	who, err := e.Keys.Business(ctx, token)
	if models.CodeOf(err) == models.Unauthorized {
		e.Limiter.Allow(network, e.UnknownKeys)
	}
	if err == nil && !who.AllowedAddress(from) {
		return nil, models.Fail(models.Unauthorized, "the API key is not valid")
	}
	return who, err
}

// credential is the key that the caller shows: the header token, and on our own API also a bearer.
func credential(c *fiber.Ctx) string {
	if token := c.Get("token"); token != "" {
		return token
	}
	if bearer := c.Get(fiber.HeaderAuthorization); below(c.Path(), apiRoot) && len(bearer) > 7 && strings.EqualFold(bearer[:7], "bearer ") {
		return bearer[7:]
	}
	return ""
}

func callerOf(c *fiber.Ctx) *access.Caller { return c.Locals(callerKey).(*access.Caller) }

// address is where the request comes from: the peer, or behind trusted proxies the nearest hop that is not one. What
// stands further left in X-Forwarded-For was written by the client and proves nothing.
func (e *edge) address(c *fiber.Ctx) netip.Addr {
	peer, _ := netip.ParseAddr(c.Context().RemoteIP().String())
	return e.origin(peer, forwarded(c))
}

// forwarded gives all lines of the header as one: some proxies add a line of their own behind the caller's.
func forwarded(c *fiber.Ctx) string {
	return string(bytes.Join(c.Request().Header.PeekAll(fiber.HeaderXForwardedFor), []byte(",")))
}

func (e *edge) origin(at netip.Addr, forwarded string) netip.Addr {
	return entry.Origin(e.TrustedProxies, at, forwarded)
}

func rateHeaders(c *fiber.Ctx, d access.Decision) {
	limit, remaining, reset := strconv.Itoa(d.Limit), strconv.Itoa(d.Remaining), strconv.Itoa(seconds(d.Reset))
	c.Set("RateLimit-Policy", `"default";q=`+limit+`;w=1`)
	c.Set("RateLimit", `"default";r=`+remaining+`;t=`+reset)
	c.Set("RateLimit-Limit", limit)
	c.Set("RateLimit-Remaining", remaining)
	c.Set("RateLimit-Reset", reset)
}

// seconds rounds up, so that nobody comes back too early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// refuse renders an error in the envelope of the dialect whose root the path has. It is also Fiber's error handler, for
// what fails before any handler runs.
func (e *edge) refuse(c *fiber.Ctx, err error) error {
	if len(c.Response().Header.Peek("Request-Id")) == 0 {
		e.name(c)
	}
	refused := translate(err)
	if refused.Code == models.Internal || refused.Code == models.Unknown || refused.Code == models.Unavailable {
		e.Log.Error("request failed", "request", requestID(c), "trace", traceID(c), "route", e.route(c), "err", err)
	}
	if refused.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(seconds(refused.RetryAfter)))
	}
	return refusalAt(c.Path())(c, refused)
}

// refusals are the dialects' ways to say no, by the roots of their paths. Whatever stands under no root is answered as
// by youverify.
var refusals = []struct {
	root   string
	refuse func(*fiber.Ctx, *models.Error) error
}{
	{apiRoot, refuseProblem},
	{receiptsRoot, refuseProblem},
	{upstreamRoot, refuseProblem},
	{youverifyRoot, refuseYouverify},
	{luminRoot, refuseLumin},
	{luminAuthRoot, refuseLumin},
	{digipayRoot, refuseDigiPay},
	{zitadelAuthRoot, refuseZitadel},
	{zitadelUserRoot, refuseZitadel},
	{zitadelRPCRoot, refuseZitadel},
	{consoleRoot, refuseConsole},
}

// refusalAt finds the way by a path. The case of letters does not matter: some dialects ignore it.
func refusalAt(path string) func(*fiber.Ctx, *models.Error) error {
	for _, e := range refusals {
		if below(path, e.root) {
			return e.refuse
		}
	}
	return refuseYouverify
}

// below tells whether a path is a root or stands under it. A root that ends in a dot is the beginning of a name.
func below(path, root string) bool {
	root = strings.TrimSuffix(root, "/")
	if len(path) < len(root) || !strings.EqualFold(path[:len(root)], root) {
		return false
	}
	return len(path) == len(root) || path[len(root)] == '/' || strings.HasSuffix(root, ".")
}

// translate gives the error that a caller may be told about, from ours or from Fiber's.
func translate(err error) *models.Error {
	if e := (*models.Error)(nil); errors.As(err, &e) {
		return e
	}
	if f := (*fiber.Error)(nil); errors.As(err, &f) {
		switch f.Code {
		case fiber.StatusNotFound:
			return models.Fail(models.NotFound, "")
		case fiber.StatusMethodNotAllowed:
			return models.Fail(models.MethodNotAllowed, "")
		case fiber.StatusRequestEntityTooLarge:
			return models.Fail(models.TooLarge, "")
		case fiber.StatusRequestTimeout, fiber.StatusBadGateway: // fasthttp's words for a caller that went away
			return models.Fail(models.Invalid, "the request did not arrive completely")
		case fiber.StatusRequestHeaderFieldsTooLarge:
			return models.Fail(models.HeadersTooLarge, "the headers exceed the limit")
		case fiber.StatusBadRequest:
			return models.Fail(models.Invalid, "the request is not valid HTTP")
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &models.Error{Code: models.Unavailable, Message: "this took too long", RetryAfter: time.Second, Err: err}
	}
	return models.Fault(err)
}

// send writes a JSON body.
func send(c *fiber.Ctx, status int, kind string, body []byte) error {
	c.Response().Header.SetContentType(kind)
	return c.Status(status).Send(body)
}
