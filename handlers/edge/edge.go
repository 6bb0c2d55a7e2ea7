package edge

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

// Edge is what every dialect shares: who calls, how often, what is refused and what is observed.
type Edge struct {
	Options
	dialects []Dialect
	metrics  *metrics
	routes   map[string]string // the paths of all routes: what metrics and logs name
	busy     sampler

	strangers sync.Map // of stranger; as many as the database is being asked about, which the limit bounds
}

// requestWithin bounds what a request waits for the database, also where the caller has gone, which nobody can see. What
// has been paid for is finished without it.
const requestWithin = 15 * time.Second

// observe names the request, survives panics, renders what was refused, and counts.
func (e *Edge) observe(c *fiber.Ctx) (err error) {
	started := time.Now()
	e.name(c)
	ctx, span := e.trace(c)
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	c.SetUserContext(ctx)
	defer func() {
		if cause := recover(); cause != nil {
			e.Log.Error("request panicked", "request", RequestID(c), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			err = e.refuse(c, models.Fault(fmt.Errorf("panic: %v", cause)))
		}
		took := time.Since(started)
		e.metrics.observe(c, e.route(c), took)
		e.traced(c, span)
		e.log(c, took)
	}()
	if in := IncomingOf(c); in != nil && in.Refused != nil && !e.refusesItself(c) {
		return e.refuse(c, in.Refused)
	}
	if err := c.Next(); err != nil {
		return e.refuse(c, err)
	}
	return nil
}

// name gives the request an id and echoes the caller's own correlation headers when they are well formed.
func (e *Edge) name(c *fiber.Ctx) {
	c.Set("Request-Id", e.RequestID())
	c.Set(fiber.HeaderCacheControl, "no-store")
	for _, header := range []string{"X-Request-Id", "X-Correlator"} {
		if value := c.Get(header); value != "" && len(value) <= 128 && strings.Trim(value, correlatorChars) == "" {
			c.Set(header, value)
		}
	}
}

const correlatorChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:;./<>{}"

// RequestID is the name that name gave.
func RequestID(c *fiber.Ctx) string { return string(c.Response().Header.Peek("Request-Id")) }

// log writes a line per request if the operator wants it. It names the route, never the path: a client may put a number
// where an id belongs. Refusals for want of room or of patience get one line a second, which tells how many came before
// it. An overload must not fill the log.
func (e *Edge) log(c *fiber.Ctx, took time.Duration) {
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
	e.Log.Log(context.Background(), level, "request", "request", RequestID(c), "trace", traceID(c), "method", c.Method(),
		"route", e.route(c), "status", status, "ms", float64(took.Microseconds())/1000, "skipped", skipped)
}
