package commands

import (
	"context"
	"errors"
	"fmt"

	"whoseline/app"

	"github.com/urfave/cli/v3"
)

func (t *terminal) verify() *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "recompute every balance, the chain of every wallet and every audit trail",
		Description: "Replays all transfers and checks numbering, balances, the hash chain and the record of every transfer, and the same of\n" +
			"free lookups; then the chain of every audit trail, that keys, prices, settings and staff stand as it tells, and that it\n" +
			"tells of every person who was erased. Exit code 1 and the first row of each business that does not follow from the others, if there is one.",
		Flags:  []cli.Flag{&cli.StringFlag{Name: "business", Usage: "only this `ID`"}},
		Action: t.with(t.verifyBooks),
	}
}

func (t *terminal) verifyBooks(ctx context.Context, c *cli.Command, a *app.App) error {
	p := t.progress()
	audit, err := a.Verify(ctx, c.String("business"), func(transfers int64) { p.say("%d transfers", transfers) })
	p.end()
	if err != nil {
		return err
	}
	view := map[string]any{
		"ok": len(audit.Lies) == 0, "businesses": audit.Businesses, "transfers": audit.Transfers,
		"lookups": audit.Lookups, "free": audit.Free, "events": audit.Events, "consents": audit.Consents, "checkpoints": audit.Checkpoints,
		"lies": audit.Lies,
	}
	if len(audit.Lies) == 0 {
		return t.say(c, view, "The books are true: %d businesses, %d transfers, %d lookups.\nSo are the free lookups: %d.\n"+
			"So are the audit trails: %d events.\nSo are the consents: %d refused or withdrawn.\nSo are the checkpoints: %d.",
			audit.Businesses, audit.Transfers, audit.Lookups, audit.Free, audit.Events, audit.Consents, audit.Checkpoints)
	}
	if c.Bool("json") {
		return errors.Join(t.sayJSON(view), errSaid)
	}
	for _, l := range audit.Lies {
		if l.BusinessID != "" {
			fmt.Fprintf(t.Out, "business %s: ", l.BusinessID)
		}
		fmt.Fprintf(t.Out, "%s %s\n", l.Row, l.What)
	}
	return errSaid
}
