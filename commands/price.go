package commands

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/views"
)

func (t *terminal) price() *cli.Command {
	return &cli.Command{
		Name: "price", Usage: "what a business pays per answer",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "give a business a price of its own",
				Flags: []cli.Flag{
					required("business", "`ID` of the business"),
					&cli.StringFlag{Name: "product", Value: string(billing.Phone), Usage: "phone or phone_advanced"},
					&cli.StringFlag{Name: "outcome", Value: string(models.OutcomeFound), Usage: "found or not_found; found_recent or not_found_recent of an answer that is given again"},
					&cli.Int64Flag{Name: "amount", Required: true, Usage: "price in `KOBO`; 0 = free"},
				},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					p := billing.Price{Product: billing.Product(c.String("product")), Outcome: models.Outcome(c.String("outcome")), Amount: c.Int64("amount")}
					if err := a.Businesses.SetPrice(ctx, c.String("business"), p); err != nil {
						return err
					}
					return t.sayPrices(ctx, c, a)
				}),
			},
			{
				Name: "list", Usage: "list a business's prices",
				Flags:  []cli.Flag{required("business", "`ID` of the business")},
				Action: t.with(t.sayPrices),
			},
		},
	}
}

func (t *terminal) sayPrices(ctx context.Context, c *cli.Command, a *app.App) error {
	list, err := a.Businesses.Prices(ctx, c.String("business"))
	return sayAll(t, c, list, err, func(p billing.Price) row {
		return row{views.PriceOf(p), fmt.Sprintf("%-15s %-10s %s", p.Product, p.Outcome, models.NGN(p.Amount))}
	})
}
