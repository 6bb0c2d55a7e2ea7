package commands

import (
	"context"
	"errors"
	"strconv"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/views"
)

func correctionFlags(more ...cli.Flag) []cli.Flag {
	return append(more,
		required("reason", "why, as a `CODE` of lower-case letters and underscores, such as wrong_answer"),
		required("reference", "your `REFERENCE` of it: the same one again changes nothing"),
		required("as", "`WHO` does it"),
		&cli.StringFlag{Name: "note", Usage: "a `TEXT` for whoever reads the books; no personal data"},
		&cli.BoolFlag{Name: "dry-run", Usage: "only show what would come of it"},
	)
}

func (t *terminal) walletRefund() *cli.Command {
	return &cli.Command{
		Name: "refund", Usage: "give back what was charged for a lookup, once",
		Description: "The statement, the lookup and the audit trail tell of it, and the business's webhooks as lookup.refunded.",
		Flags: correctionFlags(
			&cli.StringFlag{Name: "business", Usage: "`ID` of the business; with --source all of them unless it is said"},
			&cli.StringFlag{Name: "lookup", Usage: "`ID` of the lookup"},
			&cli.StringFlag{Name: "amount", Usage: "how much, in `KOBO`; all of it unless it is said"},
			&cli.StringFlag{Name: "source", Usage: "instead of a lookup: all that this `SOURCE` answered, each once"},
			&cli.StringFlag{Name: "outcome", Usage: "with --source: found or not_found"},
			&cli.StringFlag{Name: "from", Usage: "with --source: asked from this `TIME` on (RFC 3339)"},
			&cli.StringFlag{Name: "to", Usage: "with --source: asked before this `TIME`"},
		),
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) (err error) {
			if c.String("source") != "" {
				return t.refundBadHour(ctx, c, a)
			}
			order := correctionOrder(c)
			if order.BusinessID == "" {
				return usageError{errors.New("the business is missing")}
			}
			if order.LookupID = c.String("lookup"); order.LookupID == "" {
				return usageError{errors.New("the lookup is missing")}
			}
			if c.IsSet("amount") {
				if order.Amount, err = models.ParseMinor(c.String("amount")); err != nil {
					return err
				}
			}
			return t.correct(ctx, c, a, order)
		}),
	}
}

func (t *terminal) walletAdjust() *cli.Command {
	return &cli.Command{
		Name: "adjust", Usage: "give a business money, or take some, to put its balance right",
		Flags: correctionFlags(required("business", "`ID` of the business"), required("amount", "how much, in `KOBO`, such as +500, or -500 to take it")),
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) (err error) {
			order := correctionOrder(c)
			if order.Amount, err = strconv.ParseInt(c.String("amount"), 10, 64); err != nil {
				return models.BadField("amount", "amount must be a whole number of kobo")
			}
			return t.correct(ctx, c, a, order)
		}),
	}
}

func correctionOrder(c *cli.Command) billing.CorrectionOrder {
	return billing.CorrectionOrder{
		BusinessID: c.String("business"), Reason: c.String("reason"), Note: c.String("note"), Reference: c.String("reference"),
		Actor: c.String("as"), Dry: c.Bool("dry-run"),
	}
}

func (t *terminal) correct(ctx context.Context, c *cli.Command, a *app.App, order billing.CorrectionOrder) error {
	done, approval, err := a.Order(ctx, order)
	if err != nil {
		return err
	}
	if approval != nil {
		return t.sayWaits(c, *approval)
	}
	return t.sayCorrected(c, done)
}

func (t *terminal) sayCorrected(c *cli.Command, done billing.Corrected) error {
	how := ""
	switch {
	case done.Repeated:
		how = " (it was carried out before)"
	case done.Dry:
		how = " (nothing was written: --dry-run)"
	}
	return t.say(c, done, "%s of %s, available %s%s", done.Kind, models.NGN(done.Amount), models.NGN(done.Available), how)
}

func (t *terminal) sayWaits(c *cli.Command, p billing.Approval) error {
	return t.say(c, p, "%s of %s waits until %s for a second operator: whoseline wallet approve %s --as WHO", p.Kind, models.NGN(p.Amount),
		views.Day(p.ExpiresAt), p.ID)
}
