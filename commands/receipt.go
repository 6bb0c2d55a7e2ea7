package commands

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/billing"
	"whoseline/models"
)

func (t *terminal) receipt() *cli.Command {
	return &cli.Command{
		Name: "receipt", Usage: "what proves that a lookup or a payment is in the books",
		Commands: []*cli.Command{
			{
				Name: "show", Usage: "give the receipt of a lookup, as /v1/lookups/{id}/receipt does, or of a payment into the wallet",
				Flags: []cli.Flag{
					required("business", "`ID` of the business"),
					&cli.StringFlag{Name: "lookup", Usage: "`ID` of the lookup"},
					&cli.StringFlag{Name: "top-up", Usage: "`ID` of the payment, where it is no lookup"},
					&cli.IntFlag{Name: "part", Value: 1, Usage: "`WHICH` part of a payment that came in several"},
				},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					p, err := receiptOf(ctx, c, a)
					if err != nil {
						return err
					}
					return t.sayJSON(p)
				}),
			},
			{
				Name: "verify", Usage: "check a receipt without any gateway or database", ArgsUsage: "FILE",
				Description: "Prints the fingerprint of the key that signed it. Without --key it is the key that the receipt brings along: compare the\n" +
					"fingerprint with one that you have from elsewhere.",
				Flags:  []cli.Flag{&cli.StringFlag{Name: "key", Usage: "the public key, base64, is in this `FILE`"}},
				Action: t.verifyReceipt,
			},
		},
	}
}

func receiptOf(ctx context.Context, c *cli.Command, a *app.App) (billing.Proof, error) {
	lookup, id := c.String("lookup"), c.String("top-up")
	switch {
	case (lookup == "") == (id == ""):
		return billing.Proof{}, models.Fail(models.Invalid, "name a lookup or a top-up")
	case lookup != "":
		return a.Till.ProofFor(ctx, c.String("business"), lookup)
	}
	up, err := a.Payments.Get(ctx, c.String("business"), id)
	if err != nil {
		return billing.Proof{}, err
	}
	return a.Till.ProofOfTopUp(ctx, up.BusinessID, c.Int("part"), up.TransferReference)
}

// maxReceipt is how large a receipt may be.
const maxReceipt = 1 << 20

func (t *terminal) verifyReceipt(_ context.Context, c *cli.Command) error {
	if c.Args().Len() != 1 {
		return usageError{errors.New("name the file of the receipt")}
	}
	content, err := readSmall(c.Args().First())
	if err != nil {
		return err
	}
	var public []byte
	if file := c.String("key"); file != "" {
		text, err := readSmall(file)
		if err != nil {
			return err
		}
		if public, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(text))); err != nil || len(public) == 0 {
			return models.BadField("key", "the file of the key must hold a public key in base64")
		}
	}
	p, err := billing.CheckProof(content, public)
	if err != nil {
		return err
	}
	return t.say(c, p, "true: entry %d of business %s is a %s of %s for %s\nsigned in checkpoint %d at %s\nby the key %s", p.Entry, p.BusinessID,
		p.Kind, models.NGN(p.Amount), p.Reference, p.Checkpoint, p.At, p.Fingerprint)
}

func readSmall(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxReceipt {
		return nil, fmt.Errorf("%s is larger than a megabyte", name)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

func (t *terminal) checkpoint() *cli.Command {
	return &cli.Command{
		Name: "checkpoint", Usage: "sign the state of all wallets",
		Commands: []*cli.Command{
			{
				Name: "publish", Usage: "sign it now; gateways do it once a day",
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error { return t.sign(ctx, c, a, false) }),
			},
			{
				Name: "rotate-key", Usage: "sign it now, and tell of a new key that signs from the next one on",
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error { return t.sign(ctx, c, a, true) }),
			},
		},
	}
}

func (t *terminal) sign(ctx context.Context, c *cli.Command, a *app.App, rotate bool) error {
	made, err := a.Checkpoint(ctx, true, rotate)
	switch {
	case err != nil:
		return err
	case made == nil:
		return t.say(c, map[string]any{"number": nil}, "no money has moved since the last checkpoint")
	}
	view := map[string]any{"number": made.Number, "businesses": made.Size, "fingerprint": made.KeyID, "next": nil}
	if made.NextKey != nil {
		view["next"] = billing.Fingerprint(made.NextKey)
	}
	return t.say(c, view, "checkpoint %d of %d businesses, signed by the key %s", made.Number, made.Size, made.KeyID)
}
