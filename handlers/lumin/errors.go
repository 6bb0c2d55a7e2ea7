package lumin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// errPhone is the refusal of a text that is no number, which has a code of its own (10402).
var errPhone = &models.Error{Code: phoneFormat, Message: "not a valid phone number"}

// phoneFormat tells a bad number from other bad input, within this dialect only.
const phoneFormat models.Code = "lumin_phone_format"

// refusal is one line of the dialect's errors. An empty code is the status.
type refusal struct {
	status        int
	code, message string
}

// refusals are the errors of docs/dialects/lumin.md, with X12 for what no handler sees.
var refusals = map[models.Code]refusal{
	phoneFormat:                 {400, "10402", "Invalid phone number format"},
	models.CountryRefused:       {400, "10402", "Invalid phone number format"},
	models.NumberTaken:          {400, "10403", "Phone number already exists"},
	models.NumberVerified:       {400, "10404", "Phone number already verified"},
	models.NumberLimit:          {400, "10405", "Phone numbers limit exceeded"},
	models.NumberNotVerified:    {400, "10406", "Phone number not verified"},
	models.CodeNotSent:          {400, "10601", "No OTP sent"},
	models.CodeUsed:             {400, "10601", "No OTP sent"},
	models.CodeBurnt:            {400, "10601", "No OTP sent"},
	models.CodeExpired:          {400, "10602", "OTP expired"},
	models.CodeWrong:            {400, "10603", "Invalid OTP"},
	models.StepDisabled:         {400, "11101", "Step is disabled"},
	models.Invalid:              {400, "11901", "Invalid data"},
	models.NumberMissing:        {400, "11901", "Invalid data"},
	models.Unauthorized:         {401, "", "Unauthorized"},
	models.NotFound:             {404, "", "Not found"},
	models.MethodNotAllowed:     {405, "", "Method not allowed"},
	models.TooLarge:             {413, "", "Payload too large"},
	models.UnsupportedMediaType: {415, "", "Unsupported media type"},
	models.HeadersTooLarge:      {431, "", "Request header fields too large"},
	models.TooManyRequests:      {429, "", "Too many requests"},
	models.TooManySends:         {429, "", "Too many requests"},
	models.Busy:                 {503, "11105", "Internal error"},
	models.Unavailable:          {503, "11105", "Internal error"},
	models.Unknown:              {503, "11105", "Internal error"},
}

// refuse renders an error as a CustomException: {"message":…,"errorCode":…}, the number as a string (L1).
func refuse(c *fiber.Ctx, err *models.Error) error {
	line, known := refusals[err.Code]
	if !known {
		line = refusal{500, "11105", "Internal error"}
	}
	if line.code == "" {
		line.code = strconv.Itoa(line.status)
	}
	if line.status == fiber.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	}
	body := edge.ObjectWriter{Buf: []byte{'{'}}
	body.Text("message", line.message)
	body.Text("errorCode", line.code)
	body.Close()
	return edge.Send(c, line.status, edge.JSONType, body.Buf)
}
