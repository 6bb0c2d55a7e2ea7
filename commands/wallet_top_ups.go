package commands

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/payments"
	"whoseline/views"
)

func (t *terminal) walletTopUps() *cli.Command {
	return &cli.Command{
		Name: "top-ups", Usage: "list a business's payments into its wallet, the newest first",
		Flags: []cli.Flag{required("business", "`ID` of the business")},
		Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			return sayPages(t, c, func(after string) ([]payments.TopUp, string, error) {
				list, more, err := a.Payments.List(ctx, c.String("business"), after, pageSize)
				if err != nil || !more {
					return list, "", err
				}
				return list, list[len(list)-1].ID, nil
			}, func(up payments.TopUp) row {
				text := fmt.Sprintf("%s  %-9s  %s asked, %s credited  %s", up.ID, up.State, models.NGN(up.Amount), models.NGN(up.Credited), up.Reference)
				if up.Why != "" {
					text += "  " + up.Why
				}
				return row{views.TopUpOf(up), text}
			})
		}),
	}
}
