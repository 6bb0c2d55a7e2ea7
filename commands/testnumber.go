package commands

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/views"
)

func (t *terminal) testNumber() *cli.Command {
	business, number := required("business", "`ID` of the business"), personal("number", "the `NUMBER`, such as +2348012345678", "phone")
	return &cli.Command{
		Name: "testnumber", Usage: "numbers with a fixed code, which nothing is sent to; sandbox keys only",
		Commands: []*cli.Command{
			{
				Name: "set", Usage: "make a number a test number",
				Flags: append(slices.Concat(number, personal("code", "its six `DIGITS`")), business,
					&cli.TimestampFlag{
						Name: "until", Usage: "when that ends, such as 2026-12-31 or 2026-12-31T12:00:00Z (default: never)",
						Config: cli.TimestampConfig{Layouts: []string{time.RFC3339, time.DateOnly}, Timezone: time.UTC},
					},
				),
				Action: t.with(t.setTestNumber),
			},
			{Name: "list", Usage: "list a business's test numbers", Flags: []cli.Flag{business}, Action: t.with(t.listTestNumbers)},
			{Name: "delete", Usage: "make it a number like all others", Flags: append(number[:2:2], business), Action: t.with(t.deleteTestNumber)},
		},
	}
}

// numberFlag reads the number in the way of the world, or as a Nigerian dials it.
func (t *terminal) numberFlag(c *cli.Command) (models.Phone, error) {
	text, err := t.readPersonal(c, "number")
	if err != nil {
		return models.Phone{}, err
	}
	p, err := possession.ParseInternational(text, "NG")
	if err != nil {
		return p, usageError{models.BadField("number", "number is not a valid phone number")}
	}
	return p, nil
}

func (t *terminal) setTestNumber(ctx context.Context, c *cli.Command, a *app.App) error {
	p, err := t.numberFlag(c)
	if err != nil {
		return err
	}
	code, err := t.readPersonal(c, "code")
	if err != nil {
		return err
	}
	if _, err := a.Businesses.Get(ctx, c.String("business")); err != nil {
		return err
	}
	n := possession.TestNumber{BusinessID: c.String("business"), Phone: p, Code: code, Until: c.Timestamp("until").UTC()}
	if err := a.Possession.SetTestNumber(ctx, n); err != nil {
		return err
	}
	return t.say(c, views.TestNumberOf(n), "%s has the code %s for sandbox keys of business %s.", p.E164(), n.Code, n.BusinessID)
}

func (t *terminal) listTestNumbers(ctx context.Context, c *cli.Command, a *app.App) error {
	list, err := a.Possession.TestNumbers(ctx, c.String("business"))
	return sayAll(t, c, list, err, func(n possession.TestNumber) row {
		until := "for ever"
		if !n.Until.IsZero() {
			until = "until " + n.Until.Format(time.RFC3339)
		}
		return row{views.TestNumberOf(n), fmt.Sprintf("%-16s %s  %s", n.Phone.E164(), n.Code, until)}
	})
}

func (t *terminal) deleteTestNumber(ctx context.Context, c *cli.Command, a *app.App) error {
	p, err := t.numberFlag(c)
	if err != nil {
		return err
	}
	if err := a.Possession.DeleteTestNumber(ctx, c.String("business"), p); err != nil {
		return err
	}
	return t.say(c, map[string]any{"phoneNumber": p.E164(), "deleted": true}, "%s is a number like all others.", p.E164())
}
