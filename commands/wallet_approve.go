package commands

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/views"
)

func (t *terminal) walletApprovals() *cli.Command {
	return &cli.Command{
		Name: "approvals", Usage: "list the corrections that wait for a second operator",
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			list, err := a.Till.Waiting(ctx)
			return sayAll(t, c, list, err, func(p billing.Approval) row {
				return row{p, p.ID + "  " + p.BusinessID + "  " + p.Kind + " of " + models.NGN(p.Amount).String() + ", asked by " + p.AskedBy + ", until " +
					views.Day(p.ExpiresAt) + "  " + p.Wish}
			})
		}),
	}
}

func (t *terminal) walletApprove() *cli.Command {
	return &cli.Command{
		Name: "approve", Usage: "carry out a correction that another operator asked for", ArgsUsage: "ID",
		Flags: []cli.Flag{required("as", "`WHO` approves: somebody else than whoever asked")},
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			if c.Args().Len() != 1 {
				return usageError{errors.New("name the approval")}
			}
			done, err := a.Approve(ctx, c.Args().First(), c.String("as"))
			switch {
			case err != nil:
				return err
			case done.Refunds != nil:
				return t.sayRefunds(c, *done.Refunds)
			}
			return t.sayCorrected(c, *done.Corrected)
		}),
	}
}

func (t *terminal) refundBadHour(ctx context.Context, c *cli.Command, a *app.App) (err error) {
	if c.IsSet("lookup") || c.IsSet("amount") {
		return usageError{errors.New("--source goes without --lookup and --amount")}
	}
	h := billing.BadHour{
		BusinessID: c.String("business"), Source: c.String("source"), Outcome: c.String("outcome"), Reason: c.String("reason"),
		Note: c.String("note"), Reference: c.String("reference"),
	}
	if h.From, err = time.Parse(time.RFC3339, c.String("from")); err == nil {
		h.To, err = time.Parse(time.RFC3339, c.String("to"))
	}
	if err != nil {
		return models.BadField("from", "from and to must be times such as 2026-01-31T14:00:00Z")
	}
	r, err := a.RefundBadHour(ctx, h, c.String("as"), c.Bool("dry-run"))
	switch {
	case err != nil:
		return err
	case r.Approval != nil:
		return t.sayWaits(c, *r.Approval)
	}
	return t.sayRefunds(c, r)
}

func (t *terminal) sayRefunds(c *cli.Command, r app.Refunds) error {
	how := ""
	if r.Dry {
		how = " (nothing was written: --dry-run)"
	}
	return t.say(c, r, "%d lookups, %s given back%s", r.Lookups, models.NGN(r.Amount), how)
}
