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
				"audit trail tells of it. It may be repeated. Of a number with many lookups, nothing can be read as soon as the command has\n" +
				"begun. It then shows how far the keys are destroyed.",
			Flags: append(personal("number", "the `NUMBER`, such as 08031234567"),
				required("business", "`ID` of the business"),
				&cli.BoolFlag{Name: "number-stdin", Usage: "the same as --number-file -"},
				&cli.BoolFlag{Name: "no-wait", Usage: "leave the rest of an erasure of many lookups to the gateways"},
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
		err := t.eraseIn(ctx, c, a, lookup.Erasure{BusinessID: b.ID, Sandbox: sandbox, Phone: phone, Reason: c.String("reason")})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *terminal) eraseIn(ctx context.Context, c *cli.Command, a *app.App, what lookup.Erasure) error {
	e, err := a.Lookups.Erase(ctx, what)
	if err != nil {
		return err
	}
	if e.GoesOn && c.Bool("no-wait") {
		return t.sayErasing(ctx, c, a, e)
	}
	if err := t.finishErasing(ctx, a, &e); err != nil {
		return err
	}
	v := views.ErasureOf(e)
	v.Environment = views.Mode(e.Sandbox)
	return t.say(c, v, "%s: erased the person from %d lookups; %d of them were pending and have ended.", v.Environment, v.Erased, v.PendingEnded)
}

// sayErasing tells that the gateways go on with an erasure.
func (t *terminal) sayErasing(ctx context.Context, c *cli.Command, a *app.App, e lookup.Erased) error {
	r, err := a.Lookups.Erasing(ctx, e.BusinessID, e.Sandbox, e.ID)
	if err != nil {
		return err
	}
	return t.say(c, views.ErasingOf(r), "%s: nothing of the person can be read any more; erasure %s goes on.", views.Mode(e.Sandbox), r.ID)
}

// finishErasing waits for the end of an erasure that goes on, and shows how far it is.
func (t *terminal) finishErasing(ctx context.Context, a *app.App, e *lookup.Erased) error {
	if !e.GoesOn {
		return nil
	}
	p := t.progress()
	defer p.end()
	r, err := a.FinishErasing(ctx, *e, func(r lookup.Erasing) {
		if r.ID == e.ID && r.Total != nil {
			p.say("erased the person from %d of %d lookups", r.Erased, *r.Total)
		}
	})
	e.Lookups, e.PendingEnded = r.Erased, r.PendingEnded
	return err
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
