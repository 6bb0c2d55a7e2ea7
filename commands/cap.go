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

func (t *terminal) cap() *cli.Command {
	business := required("business", "`ID` of the business")
	return &cli.Command{
		Name: "cap", Usage: "what a business or a key may spend in a day or a month",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "set or change a cap; without a bound it is taken away",
				Description: "A lookup or a message above it is refused until the day or the month of the business's zone is over. What was spent\n" +
					"before in the same day or month counts. Gateways know of a first cap within a second.",
				Flags: []cli.Flag{
					business,
					&cli.StringFlag{Name: "key", Usage: "`ID` of the key; of the whole business unless it is said"},
					required("period", "day or month"),
					&cli.Int64Flag{Name: "money", Usage: "at most so many `KOBO`"},
					&cli.Int64Flag{Name: "lookups", Usage: "at most so many `LOOKUPS`; one that fails does not count"},
				},
				Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
					err := a.Businesses.SetCap(ctx, billing.Cap{
						BusinessID: c.String("business"), Owner: c.String("key"), Period: billing.Period(c.String("period")),
						Money: boundOf(c, "money"), Lookups: boundOf(c, "lookups"),
					})
					if err != nil {
						return err
					}
					return t.listCaps(ctx, c, a)
				}),
			},
			{
				Name: "list", Usage: "list a business's caps, and what is used of them",
				Flags: []cli.Flag{business}, Action: t.with(t.listCaps),
			},
		},
	}
}

func boundOf(c *cli.Command, flag string) *int64 {
	if !c.IsSet(flag) {
		return nil
	}
	return new(c.Int64(flag))
}

func (t *terminal) listCaps(ctx context.Context, c *cli.Command, a *app.App) error {
	b, err := a.Businesses.Get(ctx, c.String("business"))
	if err != nil {
		return err
	}
	caps, err := a.Till.Caps(ctx, b.ID)
	if err != nil {
		return err
	}
	now, zone := a.World.Now(), b.Settings.Location()
	for _, one := range caps {
		v := views.CapOf(one, now, zone)
		if err := t.say(c, v, "%s", capText(v)); err != nil {
			return err
		}
	}
	if len(caps) == 0 && !c.Bool("json") {
		return t.say(c, nil, "No cap is set.")
	}
	return nil
}

func capText(v views.Cap) string {
	text := "business"
	if v.Key != "" {
		text = "key " + v.Key
	}
	text += ", a " + string(v.Period) + ":"
	if v.Money != nil {
		text += fmt.Sprintf(" %s of %s", models.NGN(v.Spent), models.NGN(*v.Money))
	}
	if v.Lookups != nil {
		text += fmt.Sprintf(" %d of %d lookups", v.LookupsUsed, *v.Lookups)
	}
	return text
}

// capFlags are those by which a new key gets its caps.
func capFlags() []cli.Flag {
	return []cli.Flag{
		&cli.Int64Flag{Name: "daily-cap", Usage: "it may spend at most so many `KOBO` a day"},
		&cli.Int64Flag{Name: "monthly-cap", Usage: "it may spend at most so many `KOBO` a month"},
		&cli.Int64Flag{Name: "daily-lookups", Usage: "it may ask at most so many `LOOKUPS` a day"},
		&cli.Int64Flag{Name: "monthly-lookups", Usage: "it may ask at most so many `LOOKUPS` a month"},
	}
}

func capsAsked(c *cli.Command) (caps []billing.Cap) {
	for _, one := range []billing.Cap{
		{Period: billing.Daily, Money: boundOf(c, "daily-cap"), Lookups: boundOf(c, "daily-lookups")},
		{Period: billing.Monthly, Money: boundOf(c, "monthly-cap"), Lookups: boundOf(c, "monthly-lookups")},
	} {
		if one.Money != nil || one.Lookups != nil {
			caps = append(caps, one)
		}
	}
	return caps
}
