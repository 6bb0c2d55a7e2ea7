package edge

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
	"whoseline/views"
)

const problemType = "application/problem+json"

// ProblemStatus is the one table from codes to HTTP status on our own API.
var ProblemStatus = map[models.Code]int{
	models.Invalid:              http.StatusBadRequest,
	models.ConsentMissing:       http.StatusBadRequest,
	models.Unauthorized:         http.StatusUnauthorized,
	models.InsufficientFunds:    http.StatusPaymentRequired,
	models.SpendCapReached:      http.StatusPaymentRequired,
	models.ConsentWithdrawn:     http.StatusForbidden,
	models.NotPermitted:         http.StatusForbidden,
	models.NotFound:             http.StatusNotFound,
	models.MethodNotAllowed:     http.StatusMethodNotAllowed,
	models.Conflict:             http.StatusConflict,
	models.InProgress:           http.StatusConflict,
	models.TooLarge:             http.StatusRequestEntityTooLarge,
	models.UnsupportedMediaType: http.StatusUnsupportedMediaType,
	models.HeadersTooLarge:      http.StatusRequestHeaderFieldsTooLarge,
	models.IdempotencyMismatch:  http.StatusUnprocessableEntity,
	models.TooManyRequests:      http.StatusTooManyRequests,
	models.SourcesUnavailable:   http.StatusServiceUnavailable,
	models.CodeWrong:            http.StatusBadRequest,
	models.CodeExpired:          http.StatusGone,
	models.CodeBurnt:            http.StatusGone,
	models.ChannelRefused:       http.StatusUnprocessableEntity,
	models.Busy:                 http.StatusServiceUnavailable,
	models.Unavailable:          http.StatusServiceUnavailable,
	models.Unknown:              http.StatusServiceUnavailable,
}

// problemDetail is the text for an error without words of its own. No handler of ours raised it.
var problemDetail = map[models.Code]string{
	models.NotFound:         "there is nothing at this path",
	models.MethodNotAllowed: "this path does not have this method",
	models.TooLarge:         "the body exceeds the limit",
}

// problem is RFC 9457's body. Code is stable; Type leads to what it means and what to do.
type problem struct {
	Type      string             `json:"type"`
	Title     string             `json:"title"`
	Status    int                `json:"status"`
	Code      models.Code        `json:"code"`
	Detail    string             `json:"detail"`
	Field     string             `json:"field,omitempty"`
	Scope     string             `json:"scope,omitempty"`
	Lines     []models.LineFault `json:"lines,omitempty"`  // of a file: the first that are at fault
	Faults    int                `json:"faults,omitempty"` // how many lines are
	EndsAt    string             `json:"endsAt,omitempty"` // when a cap's period is over
	RequestID string             `json:"requestId"`
}

// RefuseProblem renders an error of our own API.
func RefuseProblem(c *fiber.Ctx, err *models.Error) error {
	p := problem{Code: err.Code, Detail: err.Message, Field: err.Field, Scope: err.Scope, Lines: err.Lines, Faults: err.Faults, RequestID: RequestID(c)}
	if !err.EndsAt.IsZero() {
		p.EndsAt = err.EndsAt.UTC().Format(views.Layout)
	}
	p.Status = ProblemStatus[err.Code]
	if p.Status == 0 {
		p.Status, p.Detail = http.StatusInternalServerError, "something failed on our side"
	}
	if p.Detail == "" {
		p.Detail = problemDetail[err.Code]
	}
	if p.Status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="whoseline"`)
	}
	p.Type, p.Title = "/docs/errors#"+string(p.Code), http.StatusText(p.Status)
	return Send(c, p.Status, problemType, Encode(p))
}
