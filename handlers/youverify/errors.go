package youverify

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// identityNotFound answers an unknown id, and one of somebody else.
const identityNotFound = "Identity not found"

// refusal is one line of the dialect's errors. An empty message is the error's own.
type refusal struct {
	status        int
	message, name string
}

// refusals are the errors of docs/dialects/youverify.md, with X12 for what no handler sees.
var refusals = map[models.Code]refusal{
	models.Invalid:              {400, "", "ValidationError"},
	models.ConsentMissing:       {400, "", "ValidationError"},
	models.InsufficientFunds:    {402, "Insufficient fund", "PaymentRequiredError"},
	models.SpendCapReached:      {402, "Spend cap reached", "PaymentRequiredError"}, // ours: the vendor has no caps
	models.Unauthorized:         {403, "Permission denied", "UnauthorizedError"},
	models.ConsentWithdrawn:     {403, "Consent for this number was withdrawn", "ConsentWithdrawnError"},
	models.NotPermitted:         {403, "", "ForbiddenError"},
	models.NotFound:             {404, "", "NotFoundError"},
	models.MethodNotAllowed:     {405, "Method not allowed", "MethodNotAllowedError"},
	models.InProgress:           {409, "A request with this Idempotency-Key is still in progress", "ConflictError"},
	models.TooLarge:             {413, "Payload too large", "PayloadTooLargeError"},
	models.UnsupportedMediaType: {415, "Unsupported media type", "UnsupportedMediaTypeError"},
	models.HeadersTooLarge:      {431, "Request header fields too large", "RequestHeaderFieldsTooLargeError"},
	models.IdempotencyMismatch:  {422, "Idempotency-Key was already used with another request body", "UnprocessableEntityError"},
	models.TooManyRequests:      {429, "Too many requests", "TooManyRequestsError"},
	models.SourcesUnavailable:   {503, "Third-party provider not reacheable", "Error"}, // the vendor's spelling
	models.Busy:                 {503, "Service unavailable", "Error"},
	models.Unavailable:          {500, "Service unavailable", "Error"}, // the vendor's status
	models.Unknown:              {503, "Service unavailable", "Error"},
}

// refuse renders an error as the vendor does: {"success":false,"statusCode":…,"message":…,"name":…,"data":{}}.
func refuse(c *fiber.Ctx, err *models.Error) error {
	line, known := refusals[err.Code]
	switch {
	case !known:
		line = refusal{500, "Service unavailable", "Error"}
	case line.message == "" && err.Message == "":
		line.message = "Not found"
	case line.message == "":
		line.message = err.Message
	}
	body := append(make([]byte, 0, 160), `{"success":false,"statusCode":`...)
	body = strconv.AppendInt(body, int64(line.status), 10)
	body = edge.AppendText(append(body, `,"message":`...), line.message)
	body = edge.AppendText(append(body, `,"name":`...), line.name)
	body = append(body, `,"data":{}}`...)
	return edge.Send(c, line.status, edge.JSONType, body)
}
