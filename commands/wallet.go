package commands

import (
	"context"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
)

func (t *terminal) wallet() *cli.Command {
	return &cli.Command{
		Name: "wallet", Usage: "a business's money",
		Commands: []*cli.Command{
			{
				Name: "top-up", Usage: "add money, once per reference",
				Flags: []cli.Flag{
					required("business", "`ID` of the business"),
					required("amount", "how much, in `KOBO`"),
					required("reference", "your `REFERENCE` of the payment: the same one again adds nothing"),
				},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					amount, err := models.ParseMinor(c.String("amount"))
					if err != nil {
						return err
					}
					w, err := a.Till.TopUp(ctx, c.String("business"), c.String("reference"), amount)
					if err != nil {
						return err
					}
					return t.sayWallet(c, w)
				}),
			},
			{
				Name: "show", Usage: "show what is available and what is held",
				Flags: []cli.Flag{required("business", "`ID` of the business")},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					w, err := a.Till.Wallet(ctx, c.String("business"))
					if err != nil {
						return err
					}
					return t.sayWallet(c, w)
				}),
			},
		},
	}
}

func (t *terminal) sayWallet(c *cli.Command, w models.Wallet) error {
	return t.say(c, w, "available %s, held %s", models.NGN(w.Available), models.NGN(w.Held))
}
