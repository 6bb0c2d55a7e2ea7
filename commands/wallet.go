package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/views"
)

func (t *terminal) wallet() *cli.Command {
	business := &cli.StringFlag{Name: "business", Usage: "`ID` of the business; the demo's, with --dir"}
	dir := &cli.StringFlag{Name: "dir", Usage: "of the demo in this `FOLDER`, which may be running"}
	return &cli.Command{
		Name: "wallet", Usage: "a business's money",
		Commands: []*cli.Command{
			t.walletRefund(), t.walletAdjust(), t.walletApprovals(), t.walletApprove(), t.walletThreshold(), t.walletTopUps(),
			{
				Name: "top-up", Usage: "add money, once per reference",
				Flags: []cli.Flag{
					business, dir,
					required("amount", "how much, in `KOBO`"),
					required("reference", "your `REFERENCE` of the payment: the same one again adds nothing"),
				},
				Action: t.under(t.demoOrSettings, func(ctx context.Context, c *cli.Command, a *app.App) error {
					id, err := businessOrDemo(c)
					if err != nil {
						return err
					}
					amount, err := models.ParseMinor(c.String("amount"))
					if err != nil {
						return err
					}
					w, err := a.Credit(ctx, id, c.String("reference"), amount)
					if err != nil {
						return err
					}
					return t.sayWallet(ctx, c, a, w)
				}),
			},
			{
				Name: "show", Usage: "show what is available and what is held",
				Flags: []cli.Flag{business, dir},
				Action: t.under(t.demoOrSettings, func(ctx context.Context, c *cli.Command, a *app.App) error {
					id, err := businessOrDemo(c)
					if err != nil {
						return err
					}
					w, err := a.Till.Wallet(ctx, id)
					if err != nil {
						return err
					}
					return t.sayWallet(ctx, c, a, w)
				}),
			},
		},
	}
}

// businessOrDemo is the business that is named, or that of the demo in a folder.
func businessOrDemo(c *cli.Command) (string, error) {
	id, dir := c.String("business"), c.String("dir")
	switch {
	case id != "":
		return id, nil
	case dir == "":
		return "", usageError{errors.New("the business is missing: name it by --business, or the demo by --dir")}
	}
	state, err := readDemo(dir)
	return state.BusinessID, err
}

func (t *terminal) sayWallet(ctx context.Context, c *cli.Command, a *app.App, w models.Wallet) error {
	prices, err := a.Businesses.Pays(ctx, w.BusinessID)
	if err != nil {
		return err
	}
	v, text := views.WalletOf(w, prices), fmt.Sprintf("available %s, held %s", models.NGN(w.Available), models.NGN(w.Held))
	if v.DaysLeft, err = a.DaysLeft(ctx, w.BusinessID, w.Available); err != nil {
		return err
	}
	if v.DaysLeft != nil {
		text += fmt.Sprintf(", enough for %d days as the last week was", *v.DaysLeft)
	}
	if w.Threshold != nil {
		text += fmt.Sprintf("; warned below %s: %s", models.NGN(*w.Threshold), w.Level)
	}
	return t.say(c, v, "%s", text)
}
