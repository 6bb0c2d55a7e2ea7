package commands

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/lookup"
	"whoseline/models"
)

func (t *terminal) bill() *cli.Command {
	column := func(name, is, what string) cli.Flag {
		return &cli.StringFlag{Name: name, Value: is, Usage: "the `COLUMN` with " + what}
	}
	return &cli.Command{
		Name: "bill", Usage: "what vendors bill you",
		Commands: []*cli.Command{{
			Name: "import", Usage: "hold a vendor's bill against the exchanges with it", ArgsUsage: "FILE",
			Description: "FILE is CSV with a header. The same file again changes nothing. The margin report counts what was billed from then on.",
			Flags: []cli.Flag{
				required("vendor", "the `NAME` of the source"),
				column("ref", "reference", "the vendor's reference of an exchange"),
				column("ours", "customer_reference", "our lookup's id, if the vendor has it"),
				column("amount", "amount", "what it costs, such as 45.00"),
				&cli.StringFlag{Name: "currency", Value: models.Naira, Usage: "the `COLUMN` with the currency, or the currency of all lines"},
				column("at", "date", "the day"),
				&cli.StringFlag{Name: "from", Usage: "the bill begins with this `DAY` (YYYY-MM-DD, UTC); the first one in it unless it is said"},
				&cli.StringFlag{Name: "to", Usage: "the bill ends with this `DAY`"},
				&cli.StringFlag{Name: "dispute", Usage: "write every difference into this `FILE`, as CSV"},
			},
			Action: t.with(t.importBill),
		}},
	}
}

func (t *terminal) importBill(ctx context.Context, c *cli.Command, a *app.App) (err error) {
	f := lookup.BillFile{
		Source: c.String("vendor"), Ref: c.String("ref"), Ours: c.String("ours"), Amount: c.String("amount"), Currency: c.String("currency"),
		At: c.String("at"),
	}
	if c.Args().Len() != 1 {
		return usageError{errors.New("bill import takes one FILE")}
	}
	if (c.String("from") == "") != (c.String("to") == "") {
		return usageError{errors.New("say both --from and --to, or neither")}
	}
	if f.Days, err = lookup.Days(c.String("from"), c.String("to")); err != nil {
		return err
	}
	file, err := os.Open(c.Args().First())
	if err != nil {
		return err
	}
	defer file.Close()
	b, err := a.Lookups.ImportBill(ctx, file, f)
	if err != nil {
		return err
	}
	if name := c.String("dispute"); name != "" {
		if err := writeDispute(ctx, a, b, name); err != nil {
			return err
		}
	}
	if c.Bool("json") {
		return t.sayJSON(b)
	}
	fmt.Fprintf(t.Out, "bill %s of %s: %d lines, %d of them new; billed %s, expected %s\n", b.Bill, b.Source, b.Lines, b.New, models.NGN(b.Billed), models.NGN(b.Expected))
	for _, d := range b.Differences {
		fmt.Fprintf(t.Out, "%-17s %6d  %s\n", d.What, d.Count, models.NGN(d.Amount))
	}
	return nil
}

func writeDispute(ctx context.Context, a *app.App, b lookup.Bill, name string) (err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := csv.NewWriter(file)
	if err := w.Write([]string{"what", "line", "reference", "lookup", "billed", "expected", "currency"}); err != nil {
		return err
	}
	err = a.Lookups.Dispute(ctx, b, func(d lookup.BillDifference) error {
		return w.Write([]string{
			d.What, strconv.FormatInt(d.Line, 10), d.Ref, d.LookupID, strconv.FormatInt(d.Amount, 10), strconv.FormatInt(d.Expected, 10), d.Currency,
		})
	})
	w.Flush()
	return errors.Join(err, w.Error())
}
