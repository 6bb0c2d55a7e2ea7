package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"
)

func (t *terminal) verify() *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "recompute every balance, the chain of every wallet and every audit trail",
		Description: "Replays all transfers and checks numbering, balances, the hash chain and the record of every transfer; then the chain\n" +
			"of every audit trail, and that it tells of every person who was erased. Exit code 1 and the first row of each business that does not follow from the others, if there is one.",
		Flags:  []cli.Flag{&cli.StringFlag{Name: "business", Usage: "only this `ID`"}},
		Action: t.with(t.verifyBooks),
	}
}

func (t *terminal) verifyBooks(ctx context.Context, c *cli.Command, a *App) error {
	shown := int64(0)
	audit, err := a.Till.Verify(ctx, c.String("business"), func(transfers int64) {
		if transfers-shown >= 100_000 {
			shown = transfers
			fmt.Fprintf(t.Err, "\r%d transfers", transfers)
		}
	})
	if shown > 0 {
		fmt.Fprintln(t.Err)
	}
	if err != nil {
		return err
	}
	events, lies, err := a.verifyTrails(ctx, c.String("business"), audit.Lies)
	if err != nil {
		return err
	}
	if audit.Lies, err = a.verifyErasures(ctx, c.String("business"), lies); err != nil {
		return err
	}
	view := map[string]any{
		"ok": len(audit.Lies) == 0, "businesses": audit.Businesses, "transfers": audit.Transfers,
		"lookups": audit.Lookups, "events": events, "lies": audit.Lies,
	}
	if len(audit.Lies) == 0 {
		return t.say(c, view, "The books are true: %d businesses, %d transfers, %d lookups.\nSo are the audit trails: %d events.",
			audit.Businesses, audit.Transfers, audit.Lookups, events)
	}
	if c.Bool("json") {
		return errors.Join(t.sayJSON(view), errSaid)
	}
	for _, l := range audit.Lies {
		fmt.Fprintf(t.Out, "business %s: %s %s\n", l.BusinessID, l.Row, l.What)
	}
	return errSaid
}

func (t *terminal) seal() *cli.Command {
	return &cli.Command{
		Name: "seal", Usage: "the keys under which personal data is sealed",
		Commands: []*cli.Command{
			{
				Name: "rotate", Usage: "make new keys, used from now on; what is sealed already stays readable",
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					if err := a.Keyring.Rotate(ctx); err != nil {
						return err
					}
					return t.say(c, map[string]bool{"rotated": true}, "Made new keys. `whoseline seal rewrap` puts old records under them.")
				}),
			},
			{
				Name: "rewrap", Usage: "put every record under the newest keys and delete those that are no longer needed",
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					result, err := a.Keyring.Rewrap(ctx, func(done int64) { fmt.Fprintf(t.Err, "\r%d rows", done) })
					fmt.Fprintln(t.Err)
					if err != nil {
						return err
					}
					return t.say(c, map[string]int64{"rows": result.Rows, "deletedKeys": int64(result.Deleted), "keptKeys": int64(result.Kept)},
						"Sealed %d rows anew and deleted %d old keys; %d may still be in use, run it again later for them.",
						result.Rows, result.Deleted, result.Kept)
				}),
			},
			{
				Name: "rekey", Usage: "seal the keys under a new master key",
				Description: "Run it with the old master key configured. Then set security.master_key to the new one and restart.",
				Flags:       []cli.Flag{required("new-master-key", "32 bytes in `BASE64`: openssl rand -base64 32")},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *App) error {
					master, err := base64.StdEncoding.DecodeString(c.String("new-master-key"))
					if err != nil || len(master) != 32 {
						return usageError{errors.New("--new-master-key must be 32 bytes in base64")}
					}
					if err := a.Keyring.Rekey(ctx, master); err != nil {
						return err
					}
					return t.say(c, map[string]bool{"rekeyed": true}, "The keys are sealed under the new master key. Set security.master_key to it and restart.")
				}),
			},
		},
	}
}
