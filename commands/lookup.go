package commands

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
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
		}, &cli.Command{
			Name: "recount", Usage: "make a business's counters, and the index of its metadata, anew from its lookups",
			Description: "For when `whoseline verify` says that counters are wrong. Gateways may serve meanwhile: pages and lists are slower until\n" +
				"it is done.",
			Flags:  []cli.Flag{required("business", "`ID` of the business")},
			Action: t.with(t.recount),
		}),
	}
}

func (t *terminal) recount(ctx context.Context, c *cli.Command, a *app.App) error {
	b, err := a.Businesses.Get(ctx, c.String("business"))
	if err != nil {
		return err
	}
	if err := a.Lookups.Recount(ctx, b.ID); err != nil {
		return err
	}
	return t.say(c, map[string]string{"business": b.ID}, "%s: counted anew.", b.ID)
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
		v := views.ErasureOf(e)
		v.Environment = views.Mode(sandbox)
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
