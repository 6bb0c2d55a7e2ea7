package console

import "github.com/gofiber/fiber/v2"

// doneCookie carries what was done from the answer to a form to the page that it leads to, which says it once. An address carries
// none of it: nobody can have a page say what did not happen.
const doneCookie = "wl_done"

// doneWords are all that can be said.
var doneWords = map[string]string{
	"revoked":         "The key is revoked.",
	"removed":         "The endpoint is removed.",
	"webhook-enabled": "The endpoint is told of events again.",
	"webhook-paused":  "The endpoint is told of nothing until you resume it.",
	"webhook-tested":  "A test event is on its way.",
	"top-up":          "The payment is started: pay it on the page of the payment vendor.",
	"batch":           "The file is good: its rows are being asked.",
	"batch-turned":    "The batch is changed.",
	"threshold":       "The threshold is set.",
	"cap":             "The cap is set.",
	"replayed":        "The event is on its way again.",
	"role":            "The role is changed.",
	"factor":          "The second factor is taken away.",
	"disabled":        "That person is shut out.",
	"enabled":         "That person may sign in again.",
	"dropped":         "You sign in without a second factor now.",
	"review":          "It is noted.",
	"sessions":        "What you named is signed out.",
	"password":        "Your password is changed, and your other sessions have ended.",
	"ended":           "Your session has ended. Sign in to go on where you were.",
}

// done leads back to a page, which then says what was done: one of doneWords.
func done(c *fiber.Ctx, path, what string) error {
	say(c, what)
	return seeOther(c, root+path)
}

// say has the next page of this browser say one of doneWords.
func say(c *fiber.Ctx, what string) {
	keepCookie(c, doneCookie, what)
}

// takeDone gives what was just done, in words, once.
func takeDone(c *fiber.Ctx) string {
	what := cookieOf(c, doneCookie)
	if what == "" {
		return ""
	}
	keepCookie(c, doneCookie, "")
	return doneWords[what]
}
