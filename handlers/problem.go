package handlers

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

const problemType = "application/problem+json"

// problemStatus is the one table from codes to HTTP status on our own API.
var problemStatus = map[models.Code]int{
	models.Invalid:              http.StatusBadRequest,
	models.ConsentMissing:       http.StatusBadRequest,
	models.Unauthorized:         http.StatusUnauthorized,
	models.InsufficientFunds:    http.StatusPaymentRequired,
	models.ConsentWithdrawn:     http.StatusForbidden,
	models.NotFound:             http.StatusNotFound,
	models.MethodNotAllowed:     http.StatusMethodNotAllowed,
	models.Conflict:             http.StatusConflict,
	models.InProgress:           http.StatusConflict,
	models.TooLarge:             http.StatusRequestEntityTooLarge,
	models.UnsupportedMediaType: http.StatusUnsupportedMediaType,
	models.IdempotencyMismatch:  http.StatusUnprocessableEntity,
	models.TooManyRequests:      http.StatusTooManyRequests,
	models.SourcesUnavailable:   http.StatusServiceUnavailable,
	models.Busy:                 http.StatusServiceUnavailable,
}

// problem is RFC 9457's body. Code is stable; Type leads to what it means and what to do.
type problem struct {
	Type      string      `json:"type"`
	Title     string      `json:"title"`
	Status    int         `json:"status"`
	Code      models.Code `json:"code"`
	Detail    string      `json:"detail,omitempty"`
	Field     string      `json:"field,omitempty"`
	RequestID string      `json:"requestId"`
}

// refuseProblem renders an error of our own API.
func refuseProblem(c *fiber.Ctx, err *models.Error) error {
	p := problem{Code: err.Code, Detail: err.Message, Field: err.Field, RequestID: requestID(c)}
	known := false
	if p.Status, known = problemStatus[err.Code]; !known {
		p.Status, p.Detail = http.StatusInternalServerError, ""
	}
	if p.Status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="whoseline"`)
	}
	p.Type, p.Title = "/docs/errors#"+string(p.Code), http.StatusText(p.Status)
	return send(c, p.Status, problemType, encode(p))
}
