package digipay

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// unknownCompany tells a company that nobody knows from a token that is not good, within this dialect only.
const unknownCompany models.Code = "digipay_unknown_company"

// mailbox tells that a code by e-mail was asked for with a token that takes none.
const mailbox models.Code = "digipay_mailbox"

// refusal is one line of the dialect's errors.
type refusal struct {
	status, number int
	message        string
}

// refusals are the errors of docs/dialects/digipay.md, with X12 for what no handler sees.
var refusals = map[models.Code]refusal{
	models.Invalid:              {400, 1, "BAD_REQUEST"},
	models.CountryRefused:       {400, 1, "BAD_REQUEST"},
	models.NumberLimit:          {400, 1, "BAD_REQUEST"},
	models.StepDisabled:         {400, 1, "BAD_REQUEST"}, // another dialect has made the numbers final
	models.CodeWrong:            {400, 2, "INVALID_OTP"},
	models.CodeExpired:          {400, 3, "OTP_EXPIRED"},
	models.CodeNotSent:          {404, 4, "OTP_NOT_SENT"},
	models.CodeUsed:             {404, 4, "OTP_NOT_SENT"},
	models.NumberMissing:        {404, 4, "OTP_NOT_SENT"},
	models.CodeBurnt:            {429, 5, "TOO_MANY_ATTEMPTS"},
	models.TooManySends:         {429, 5, "TOO_MANY_ATTEMPTS"},
	models.TooManyRequests:      {429, 5, "TOO_MANY_ATTEMPTS"},
	models.Unauthorized:         {401, 6, "UNAUTHORIZED"},
	mailbox:                     {401, 6, "UNAUTHORIZED"},
	unknownCompany:              {401, 7, "UNKNOWN_COMPANY"},
	models.NotFound:             {404, 8, "NOT_FOUND"},
	models.MethodNotAllowed:     {405, 1, "METHOD_NOT_ALLOWED"},
	models.TooLarge:             {413, 1, "PAYLOAD_TOO_LARGE"},
	models.UnsupportedMediaType: {415, 1, "UNSUPPORTED_MEDIA_TYPE"},
	models.HeadersTooLarge:      {431, 1, "REQUEST_HEADER_FIELDS_TOO_LARGE"},
	models.Busy:                 {503, 9, "INTERNAL_SERVER_ERROR"},
	models.Unavailable:          {503, 9, "INTERNAL_SERVER_ERROR"},
	models.Unknown:              {503, 9, "INTERNAL_SERVER_ERROR"},
	models.ChannelRefused:       {503, 9, "INTERNAL_SERVER_ERROR"}, // whoever carries messages is away
	models.InsufficientFunds:    {402, 10, "INSUFFICIENT_FUNDS"},   // the company's wallet cannot pay for the message
	models.SpendCapReached:      {402, 10, "SPEND_CAP_REACHED"},    // or may not, until the day or the month is over
}

// refuse renders an error as {"success":0,"error":[n],"data":{"message":"NAME"}}.
func refuse(c *fiber.Ctx, err *models.Error) error {
	line, known := refusals[err.Code]
	if !known {
		line = refusal{500, 9, "INTERNAL_SERVER_ERROR"}
	}
	if line.status == fiber.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, "Token")
	}
	body := strconv.AppendInt([]byte(`{"success":0,"error":[`), int64(line.number), 10)
	body = edge.AppendText(append(body, `],"data":{"message":`...), line.message)
	return edge.Send(c, line.status, edge.JSONType, append(body, "}}"...))
}
