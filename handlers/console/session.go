package console

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/staff"
)

type signInView struct {
	Email, Next, Refusal string
	Code                 bool // a code is asked for too
}

// signInPage answers GET /console/sign-in.
func (k *console) signInPage(c *fiber.Ctx) error {
	return show(c, "sign-in", "Sign in", signInView{Next: returnPath(c.Query("next"))})
}

// signIn answers POST /console/sign-in.
func (k *console) signIn(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), patience)
	defer cancel()
	form := formOf(c)
	s := staff.SignIn{Email: form.Get("email"), Password: form.Get("password"), Code: form.Get("code"), Address: k.Address(c)}
	view := signInView{Email: s.Email, Next: returnPath(form.Get("next")), Code: form.Has("code")}
	token, err := k.enter(ctx, c, s)
	if err == nil {
		keepSession(c, token)
		return seeOther(c, view.Next)
	}
	refused := edge.Translate(err)
	switch refused.Code {
	case staff.SecondFactorNeeded:
		view.Code = true
		return show(c, "sign-in", "Sign in", view)
	case models.Unauthorized, models.Invalid:
		view.Refusal = "E-mail, password or code is wrong."
	case models.TooManyRequests:
		view.Refusal = "Too many tries. Try again in " + wait(refused.RetryAfter) + "."
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(edge.Seconds(refused.RetryAfter)))
	default:
		return err
	}
	c.Status(statusOf(refused.Code))
	return show(c, "sign-in", "Sign in", view)
}

// signInRate is how many tries a second one network has. More are refused before they cost the database anything: each
// try is counted there, and on SQLite waits its turn with the money.
const signInRate = 10

func (k *console) enter(ctx context.Context, c *fiber.Ctx, s staff.SignIn) (token string, err error) {
	if d := k.Limiter.Allow("sign-in "+k.Network(c), signInRate); !d.Allowed {
		return "", &models.Error{Code: models.TooManyRequests, Message: "that was too fast", RetryAfter: d.RetryAfter}
	}
	token, _, err = k.Users.SignIn(ctx, s)
	return token, err
}

// signOut answers POST /console/sign-out, also for one whose session is over.
func (k *console) signOut(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), patience)
	defer cancel()
	if token := sessionToken(c); token != "" {
		if err := k.Users.SignOut(ctx, token); err != nil {
			return err
		}
	}
	keepSession(c, "")
	return seeOther(c, root+"/sign-in")
}
