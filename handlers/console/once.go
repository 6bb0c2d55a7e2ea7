package console

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"whoseline/models"
)

// onceKey is where the page's own mark lies until a form of it takes it along.
const onceKey = "once"

// saidKey is where what came of a form lies until the page says it.
const saidKey = "said"

// shownOnce is what a form made that a page shows once.
type shownOnce struct {
	Secret   *secretView `json:",omitempty"`
	Offer    *offerView  `json:",omitempty"`
	Said     string      `json:",omitempty"` // what came of it, in words
	Revealed string      `json:",omitempty"` // the lookup whose personal data is shown
}

// once does what a form asks for, and leads to a page that shows what came of it, once. The same form sent again, by a second press or
// a reload, does nothing and leads to the same page: whichever of the answers the browser follows, nothing is lost.
func (k *console) once(c *fiber.Ctx, path string, page fiber.Handler, do func() (shownOnce, error)) error {
	ctx, v := c.UserContext(), *signedIn(c)
	id, first, err := k.Users.Submit(ctx, v, formOf(c).Get(onceKey))
	if err != nil {
		return again(c, err, page)
	}
	to := root + path + "?shown=" + id
	if !first {
		return seeOther(c, to)
	}
	made, err := do()
	if err != nil {
		if failed := k.Users.Abandon(ctx, v, id); failed != nil {
			return failed
		}
		return again(c, err, page)
	}
	text, err := json.Marshal(made)
	if err != nil {
		return models.Fault(err)
	}
	if err := k.Users.Answer(ctx, v, id, text); err != nil {
		return err
	}
	return seeOther(c, to)
}

// shown gives what a form made, if the page is one that shows it. Where it was shown already, or is still being made, the page says so.
func (k *console) shown(c *fiber.Ctx) (made shownOnce, err error) {
	id := c.Query("shown")
	if c.Method() != fiber.MethodGet || id == "" {
		return made, nil
	}
	text, err := k.Users.Shown(c.UserContext(), *signedIn(c), id)
	switch models.CodeOf(err) {
	case "":
		if err = json.Unmarshal(text, &made); made.Said != "" {
			c.Locals(saidKey, made.Said)
		}
		return made, err
	case models.NotFound:
		c.Locals(problemKey, "This was done once. What is shown once was shown already, or too long ago.")
		return made, nil
	case models.InProgress:
		c.Locals(problemKey, "This is still being done. Load this page again.")
		return made, nil
	}
	return made, err
}
