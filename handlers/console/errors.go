package console

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// forbidden is what a role does not allow, and what another site asked for. Only the console knows it: a caller of the
// API who may not is told that there is no such thing.
const forbidden models.Code = "forbidden"

// statusWords are titles and explanations of what the console refuses.
var statusWords = map[int][2]string{
	fiber.StatusBadRequest:                  {"That cannot be understood", "Something in the request is missing or wrong."},
	fiber.StatusUnauthorized:                {"Please sign in", "Your session has ended."},
	fiber.StatusForbidden:                   {"Not allowed", "You may not do this."},
	fiber.StatusNotFound:                    {"Not found", "There is nothing here, or it is not yours."},
	fiber.StatusMethodNotAllowed:            {"That is not how it works", "This page cannot be asked for in that way."},
	fiber.StatusConflict:                    {"That is taken", "Something stands in the way of this."},
	fiber.StatusRequestEntityTooLarge:       {"Too large", "That is more than this page takes."},
	fiber.StatusRequestHeaderFieldsTooLarge: {"Too large", "The browser sent more headers than this page takes."},
	fiber.StatusUnsupportedMediaType:        {"Not a form", "This page takes forms only."},
	fiber.StatusUnprocessableEntity:         {"That does not work", "The request was understood and cannot be done."},
	fiber.StatusTooManyRequests:             {"Too fast", "Too many requests came from here."},
	fiber.StatusServiceUnavailable:          {"Busy", "The gateway is busy."},
	fiber.StatusInternalServerError:         {"Something failed on our side", "It was written down, and trying again may help."},
}

// statusOf is the status of a refusal: as on our own API, and that of what only the console knows.
func statusOf(code models.Code) int {
	if code == forbidden {
		return fiber.StatusForbidden
	}
	if status := edge.ProblemStatus[code]; status != 0 && statusWords[status][0] != "" {
		return status
	}
	return fiber.StatusInternalServerError
}

// refuse shows an error as a page, to whoever has signed in within the frame of all pages, also where no page was asked for.
func (k *console) refuse(c *fiber.Ctx, err *models.Error) error {
	if signedIn(c) == nil && sessionToken(c) != "" {
		if v, unknown := k.Users.Visitor(c.UserContext(), sessionToken(c)); unknown == nil {
			c.Locals(signedInKey, &v)
			_ = k.furnish(c.UserContext(), c, v) // without it the page has times in UTC
		}
	}
	return refuse(c, err)
}

// refuse shows an error as a page.
func refuse(c *fiber.Ctx, err *models.Error) error {
	status := statusOf(err.Code)
	words := statusWords[status]
	body := struct{ Words string }{words[1]}
	if err.Message != "" && status != fiber.StatusInternalServerError {
		body.Words = sentence(err.Message)
	}
	if err.RetryAfter > 0 {
		body.Words += " Try again in " + wait(err.RetryAfter) + "."
	}
	c.Status(status)
	c.Locals(problemKey, "")
	return show(c, "error", words[0], body)
}

// wait is a span as people say it.
func wait(span time.Duration) string {
	switch n := edge.Seconds(span); {
	case n == 1:
		return "a second"
	case n <= 120:
		return strconv.Itoa(n) + " seconds"
	default:
		return strconv.Itoa((n+59)/60) + " minutes"
	}
}
