package edge

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

// refuse renders an error in the envelope of the dialect whose root the path has. It is also Fiber's error handler, for
// what fails before any handler runs.
func (e *Edge) refuse(c *fiber.Ctx, err error) error {
	if len(c.Response().Header.Peek("Request-Id")) == 0 {
		e.name(c)
	}
	refused := Translate(err)
	if refused.Code == models.Internal || refused.Code == models.Unknown || refused.Code == models.Unavailable {
		e.Log.Error("request failed", "request", RequestID(c), "trace", traceID(c), "route", e.route(c), "err", err)
	}
	if refused.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(Seconds(refused.RetryAfter)))
	}
	return e.dialectOf(c.Path()).Refuse(c, refused)
}

// Translate gives the error that a caller may be told about, from ours or from Fiber's.
func Translate(err error) *models.Error {
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
