package commands

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/views"
)

func (t *terminal) price() *cli.Command {
	whose := []cli.Flag{
		&cli.StringFlag{Name: "business", Usage: "`ID` of the business"},
		&cli.BoolFlag{Name: "operator", Usage: "your own list instead, for businesses that have no price of their own"},
	}
	return &cli.Command{
		Name: "price", Usage: "what a business pays per answer",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "give a business a price of its own, now or from a day on",
				Description: "What is held already keeps the price that it was held for. A price that was set earlier stays in the list.",
				Flags: append(whose,
					&cli.StringFlag{Name: "product", Value: string(billing.Phone), Usage: "phone or phone_advanced"},
					&cli.StringFlag{Name: "outcome", Value: string(models.OutcomeFound), Usage: "found or not_found; found_recent or not_found_recent of an answer that is given again"},
					&cli.Int64Flag{Name: "amount", Required: true, Usage: "price in `KOBO`; 0 = free"},
					&cli.StringFlag{Name: "from", Usage: "it holds from this `TIME` on (YYYY-MM-DD in UTC, or RFC 3339); now unless it is said"},
					&cli.StringSliceFlag{Name: "tier", Usage: "`ABOVE:KOBO`: what further answers of a month cost behind so many; once for each tier"},
				),
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					id, p, err := priceAsked(c)
					if err != nil {
						return err
					}
					if err := a.Businesses.SetPrice(ctx, id, p); err != nil {
						return err
					}
					return t.sayPrices(ctx, c, a)
				}),
			},
			{
				Name: "list", Usage: "list a business's prices, and those that are to come",
				Flags:  whose,
				Action: t.with(t.sayPrices),
			},
		},
	}
}

// listOf is whose list is meant.
func listOf(c *cli.Command) (string, error) {
	id := c.String("business")
	if (id == "") != c.Bool("operator") {
		return "", usageError{errors.New("say either --business or --operator")}
	}
	return id, nil
}

func priceAsked(c *cli.Command) (id string, p billing.Price, err error) {
	p = billing.Price{Product: billing.Product(c.String("product")), Outcome: models.Outcome(c.String("outcome")), Amount: c.Int64("amount")}
	if id, err = listOf(c); err != nil {
		return id, p, err
	}
	if text := c.String("from"); text != "" {
		if p.From, err = time.Parse(time.DateOnly, text); err != nil {
			p.From, err = time.Parse(time.RFC3339, text)
		}
		if err != nil {
			return id, p, models.BadField("from", "from must be a day such as 2026-01-31, or an RFC 3339 time")
		}
	}
	for _, text := range c.StringSlice("tier") {
		above, amount, _ := strings.Cut(text, ":")
		t := billing.Tier{}
		t.Above, err = strconv.ParseInt(above, 10, 64)
		if err == nil {
			t.Amount, err = strconv.ParseInt(amount, 10, 64)
		}
		if err != nil {
			return id, p, models.BadField("tier", "a tier must be like 1000:4500: above so many answers of a month, so many kobo")
		}
		p.Tiers = append(p.Tiers, t)
	}
	return id, p, nil
}

func (t *terminal) sayPrices(ctx context.Context, c *cli.Command, a *app.App) error {
	id, err := listOf(c)
	if err != nil {
		return err
	}
	list, err := a.Businesses.PriceList(ctx, id)
	if err != nil {
		return err
	}
	return sayAll(t, c, append(list.Lines(), list.Coming()...), nil, func(p billing.Price) row {
		text := fmt.Sprintf("%-15s %-10s %s", p.Product, p.Outcome, models.NGN(p.Amount))
		for _, tier := range p.Tiers {
			text += fmt.Sprintf(", above %d %s", tier.Above, models.NGN(tier.Amount))
		}
		if p.From.After(list.At) {
			text += " from " + views.Day(p.From)
		}
		return row{views.PriceOf(p), text}
	})
}
