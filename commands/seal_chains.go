package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/billing"
)

func (t *terminal) sealChains() *cli.Command {
	return &cli.Command{
		Name: "chains", Usage: "seal what a gateway of an older version wrote beside newer ones, such as transfers and keys",
		Description: "The upgrade seals them by itself. This is for what an older gateway wrote beside newer ones afterwards, until it was\n" +
			"stopped. It believes those transfers if they follow from each other, which somebody who can write to the\n" +
			"database can bring about: first see what it would seal. The audit trail tells of each business.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "business", Usage: "only this `ID`"},
			&cli.BoolFlag{Name: "yes", Usage: "seal them; without it nothing is written"},
		},
		Action: t.with(t.sealUnkeyed),
	}
}

func (t *terminal) sealUnkeyed(ctx context.Context, c *cli.Command, a *app.App) error {
	done, lies, err := a.SealChains(ctx, c.String("business"), !c.Bool("yes"), false)
	if err != nil {
		return err
	}
	consents, err := a.SealConsents(ctx, c.String("business"), !c.Bool("yes"), false)
	if err != nil {
		return err
	}
	free, rows, err := a.SealRest(ctx, c.String("business"), !c.Bool("yes"))
	if err != nil {
		return err
	}
	view := map[string]any{"consents": consents, "freeLookups": free, "rows": rows, "sealed": c.Bool("yes"), "histories": done, "lies": lies}
	if done == nil {
		view["histories"] = []billing.Sealed{}
	}
	if c.Bool("json") {
		return errors.Join(t.sayJSON(view), failed(lies))
	}
	t.listUnkeyed(done, unkeyed{int64(consents), free, int64(rows)})
	for _, l := range lies {
		fmt.Fprintf(t.Out, "business %s: %s %s; nothing of it is sealed\n", l.BusinessID, l.Row, l.What)
	}
	switch {
	case len(done) == 0 && consents == 0 && free == 0 && rows == 0:
		fmt.Fprintln(t.Out, "Everything that can be believed is keyed or sealed already.")
	case !c.Bool("yes"):
		fmt.Fprintln(t.Out, "Nothing is sealed yet: --yes does it.")
	default:
		fmt.Fprintf(t.Out, "Sealed the histories of %d businesses.\n", len(done))
	}
	return failed(lies)
}

// failed makes the command fail where something was found that is not true.
func failed(lies []billing.Lie) error {
	if len(lies) > 0 {
		return errSaid
	}
	return nil
}

// unkeyed is how much there is beside transfers.
type unkeyed struct{ consents, free, rows int64 }

func (t *terminal) listUnkeyed(done []billing.Sealed, rest unkeyed) {
	for _, s := range done {
		fmt.Fprintf(t.Out, "business %s: transfers %d to %d\n", s.BusinessID, s.From, s.Through)
	}
	for _, found := range []struct {
		n    int64
		what string
	}{{rest.consents, "consent events"}, {rest.free, "free lookups"}, {rest.rows, "rows of keys, prices, settings and staff"}} {
		if found.n > 0 {
			fmt.Fprintf(t.Out, "%d %s\n", found.n, found.what)
		}
	}
}
