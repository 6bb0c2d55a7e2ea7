package commands

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/dashboard"
	"whoseline/lookup"
	"whoseline/models"
)

func (t *terminal) evidence() *cli.Command {
	return &cli.Command{
		Name: "evidence", Usage: "what an authority is shown about a business's processing",
		Description: "The processors by the definitions in force, and counts, each with the query that recomputes it. With --key, --person or --source: whose\n" +
			"records one of them saw; --numbers writes the numbers into a file, sealed.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "business", Usage: "`ID` of the business"},
			&cli.StringFlag{Name: "from", Usage: "from this `DAY` on (YYYY-MM-DD, UTC)"},
			&cli.StringFlag{Name: "to", Usage: "to this `DAY`, which is included"},
			&cli.StringFlag{Name: "format", Value: "json", Usage: "json, csv or html"},
			&cli.StringFlag{Name: "key", Usage: "only what the key `ID` saw"},
			&cli.StringFlag{Name: "person", Usage: "only what the person `ID` of the staff revealed"},
			&cli.StringFlag{Name: "source", Usage: "only what the source `NAME` answered"},
			&cli.StringFlag{Name: "numbers", Usage: "write the numbers of these records into this `FILE`, sealed"},
		},
		Action: t.with(t.sayEvidence),
		Commands: []*cli.Command{
			{
				Name: "subject", Usage: "all that a business's lookups hold about a number",
				Flags: append(personal("number", "the `NUMBER`, such as 08031234567"),
					required("business", "`ID` of the business"),
					&cli.StringFlag{Name: "format", Value: "json", Usage: "json or html"}),
				Action: t.with(t.saySubject),
			},
			{
				Name: "open", Usage: "read what --numbers has sealed", ArgsUsage: "FILE",
				Flags:  []cli.Flag{required("business", "`ID` of the business")},
				Action: t.with(t.openNumbers),
			},
		},
	}
}

func (t *terminal) sayEvidence(ctx context.Context, c *cli.Command, a *app.App) error {
	span, err := lookup.Days(c.String("from"), c.String("to"))
	if err != nil {
		return err
	}
	if c.Args().Present() {
		return usageError{fmt.Errorf("evidence takes no argument such as %q", c.Args().First())}
	}
	if c.String("business") == "" || span.From.IsZero() || span.To.IsZero() {
		return usageError{errors.New("evidence needs --business, --from and --to")}
	}
	s := app.Scope{BusinessID: c.String("business"), Key: c.String("key"), Person: c.String("person"), Source: c.String("source"), Span: span}
	e, err := a.Evidence(ctx, s)
	if err != nil {
		return err
	}
	if name := c.String("numbers"); name != "" {
		sealed, n, err := a.SeenNumbers(ctx, s)
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, sealed, 0o600); err != nil {
			return err
		}
		fmt.Fprintf(t.Err, "%d numbers are sealed in %s\n", n, name)
	}
	switch c.String("format") {
	case "json":
		return e.WriteJSON(t.Out)
	case "csv":
		return e.WriteCSV(t.Out)
	case "html":
		return dashboard.Print(t.Out, "evidence", e)
	}
	return usageError{errors.New("--format must be json, csv or html")}
}

func (t *terminal) saySubject(ctx context.Context, c *cli.Command, a *app.App) error {
	phone, err := t.number(c)
	if err != nil {
		return usageError{err}
	}
	h, err := a.Held(ctx, c.String("business"), phone)
	if err != nil {
		return err
	}
	switch c.String("format") {
	case "json":
		return t.sayJSON(h)
	case "html":
		return dashboard.Print(t.Out, "subject", h)
	}
	return usageError{errors.New("--format must be json or html")}
}

func (t *terminal) openNumbers(ctx context.Context, c *cli.Command, a *app.App) error {
	if c.Args().Len() != 1 {
		return usageError{errors.New("name the file")}
	}
	if _, err := a.Businesses.Get(ctx, c.String("business")); err != nil {
		return err
	}
	sealed, err := os.ReadFile(c.Args().First())
	if err != nil {
		return err
	}
	list, err := a.OpenNumbers(ctx, c.String("business"), sealed)
	if err != nil {
		return models.BadField("file", err.Error())
	}
	_, err = t.Out.Write(list)
	return err
}
