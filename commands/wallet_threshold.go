package commands

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"whoseline/app"
)

func (t *terminal) walletThreshold() *cli.Command {
	return &cli.Command{
		Name: "threshold", Usage: "set the balance below which a business is warned",
		Description: "Its webhooks are told wallet.low below it, wallet.depleted when nothing is left or a lookup is refused for want of money,\n" +
			"and wallet.recovered when the balance is back; each once in an episode.",
		Flags: []cli.Flag{
			required("business", "`ID` of the business"),
			&cli.Int64Flag{Name: "amount", Usage: "the balance, available and held, in `KOBO`; 0 = warn only when it is depleted"},
			&cli.BoolFlag{Name: "off", Usage: "never warn"},
		},
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			if c.Bool("off") == c.IsSet("amount") {
				return usageError{errors.New("say either --amount or --off")}
			}
			w, err := a.SetThreshold(ctx, c.String("business"), boundOf(c, "amount"))
			if err != nil {
				return err
			}
			return t.sayWallet(ctx, c, a, w)
		}),
	}
}
