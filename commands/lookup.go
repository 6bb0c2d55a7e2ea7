package commands

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/lookup"
	"whoseline/models"
)

func (t *terminal) lookup() *cli.Command {
	return &cli.Command{
		Name: "lookup", Usage: "what is kept of lookups",
		Commands: append(t.erasures(), &cli.Command{
			Name: "erase", Usage: "erase the person behind a number from a business's lookups, live and sandbox",
			Description: "What was asked and answered cannot be read any more, by anybody; that it was asked, when, and what it cost stays, and\n" +
				"`whoseline verify` finds the books true. Lookups of the number that wait for an answer end without a charge. The\n" +
				"audit trail tells of it. It may be repeated. ",
			Flags: append(personal("number", "the `NUMBER`, such as 08031234567"),
				required("business", "`ID` of the business"),
				&cli.BoolFlag{Name: "number-stdin", Usage: "the same as --number-file -"},
				&cli.StringFlag{Name: "reason", Usage: "`WORD` for the audit trail: subject_request, consent_withdrawn, no_longer_needed, unlawful or other"},
			),
			Action: t.with(t.eraseLookups),
		}),
	}
}

// erasureView is what one environment's erasure came to.
type erasureView struct {
	ID           string    `json:"id"`
	Environment  string    `json:"environment"`
	Erased       int64     `json:"erased"`
	PendingEnded int64     `json:"pendingEnded"`
	At           time.Time `json:"at"`
}

func (t *terminal) eraseLookups(ctx context.Context, c *cli.Command, a *app.App) error {
	phone, err := t.number(c)
	if err != nil {
		return usageError{err}
	}
	b, err := a.Businesses.Get(ctx, c.String("business"))
	if err != nil {
		return err
	}
	for _, sandbox := range []bool{false, true} {
		e, err := a.Lookups.Erase(ctx, lookup.Erasure{BusinessID: b.ID, Sandbox: sandbox, Phone: phone, Reason: c.String("reason")})
		if err != nil {
			return err
		}
		v := erasureView{e.ID, mode(sandbox), e.Lookups, e.PendingEnded, e.At}
		if err := t.say(c, v, "%s: erased the person from %d lookups; %d of them were pending and have ended.", v.Environment, v.Erased, v.PendingEnded); err != nil {
			return err
		}
	}
	return nil
}

// number reads the number that is meant. A mistake is named without what was typed.
func (t *terminal) number(c *cli.Command) (models.Phone, error) {
	read := func() (string, error) { return t.readPersonal(c, "number") }
	if c.Bool("number-stdin") {
		if read = t.typed; c.IsSet("number") || c.IsSet("number-file") {
			return models.Phone{}, errors.New("give one of --number-stdin, --number-file and --number")
		}
	}
	text, err := read()
	if err != nil {
		return models.Phone{}, err
	}
	phone, err := models.ParseNigerian(text)
	if err != nil {
		return phone, errors.New("that is not a Nigerian number")
	}
	return phone, nil
}
