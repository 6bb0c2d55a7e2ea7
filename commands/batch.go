package commands

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"whoseline/app"
	"whoseline/audit"
	"whoseline/batches"
	"whoseline/models"
	"whoseline/views"
)

func (t *terminal) batch() *cli.Command {
	whose := []cli.Flag{required("business", "`ID` of the business"), required("batch", "`ID` of the batch")}
	turn := func(name, usage string, do func(*app.App) batches.Turn) *cli.Command {
		return &cli.Command{Name: name, Usage: usage, Flags: whose, Action: t.with(func(ctx context.Context, c *cli.Command, a *app.App) error {
			if err := do(a)(ctx, c.String("business"), c.String("batch")); err != nil {
				return err
			}
			return t.showBatch(ctx, c, a)
		})}
	}
	return &cli.Command{
		Name: "batch", Usage: "files of numbers that are asked one after the other",
		Commands: []*cli.Command{
			t.createBatch(),
			{Name: "list", Usage: "list a business's batches, the newest first", Flags: []cli.Flag{
				required("business", "`ID` of the business"), &cli.BoolFlag{Name: "sandbox", Usage: "those of sandbox keys"},
			}, Action: t.with(t.listBatches)},
			{Name: "show", Usage: "show how far a batch is", Flags: append(whose, &cli.BoolFlag{Name: "wait", Usage: "until it has ended, with its progress"}), Action: t.with(t.showBatch)},
			turn("pause", "let a batch rest", func(a *app.App) batches.Turn { return a.Batches.Pause }),
			turn("resume", "let a paused batch go on", func(a *app.App) batches.Turn { return a.Batches.Resume }),
			turn("stop", "end a batch: what was not asked stays so", func(a *app.App) batches.Turn { return a.Batches.Stop }),
			{
				Name: "result", Usage: "what became of each row, with numbers and names; the audit trail tells of it",
				Flags: append(whose, required("as", "`WHO` reads it"), &cli.StringFlag{Name: "format", Value: "csv", Usage: "csv or jsonl"}), Action: t.with(t.batchResult),
			},
		},
	}
}

func (t *terminal) createBatch() *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "check a file and have its rows asked, in the name of a key", ArgsUsage: "FILE",
		Description: "FILE is CSV with a header, or JSON Lines with a lookup's body a line (.jsonl), of at most 100,000 rows. Columns: number, firstName,\n" +
			"lastName, dateOfBirth, advanceSearch, isSubjectConsent, purpose, metadata (JSON) and metadata.NAME. A bad line is named by its number, and\n" +
			"then nothing is stored. Gateways that run ask the rows.",
		Flags: []cli.Flag{
			required("business", "`ID` of the business"), required("key", "`ID` of the key that asks"),
			&cli.StringFlag{Name: "name", Usage: "what it is for"},
			&cli.BoolFlag{Name: "consent", Usage: "every person of the file has agreed, where their row says nothing"},
			&cli.StringFlag{Name: "purpose", Usage: "to this `PURPOSE`"},
			&cli.Int64Flag{Name: "budget", Usage: "never spend more than `KOBO` on its lookups"},
			&cli.StringFlag{Name: "format", Usage: "csv or jsonl; by the file's name unless it is said"},
			&cli.BoolFlag{Name: "dry-run", Usage: "only check the file and say what it would cost at most"},
			&cli.BoolFlag{Name: "wait", Usage: "until it has ended, with its progress"},
		},
		Action: t.with(t.makeBatch),
	}
}

// maxBatchFile is how many bytes a file may have.
const maxBatchFile = 256 << 20

func (t *terminal) makeBatch(ctx context.Context, c *cli.Command, a *app.App) error {
	if c.Args().Len() != 1 {
		return usageError{errors.New("name one file")}
	}
	name := c.Args().First()
	file, err := readBounded(name, maxBatchFile)
	if err != nil {
		return err
	}
	key, err := a.Keys.Holder(ctx, c.String("business"), c.String("key"))
	if err != nil {
		return err
	}
	format := batches.Format(c.String("format"))
	if format == "" {
		format = batches.CSV
		if ext := filepath.Ext(name); ext == ".jsonl" || ext == ".ndjson" {
			format = batches.JSONLines
		}
	}
	b, err := a.Batches.Create(audit.By(ctx, audit.Operator), batches.Order{
		BusinessID: c.String("business"), KeyID: c.String("key"), Sandbox: key.Key.Sandbox, Name: c.String("name"), Format: format, File: file,
		Statement: batches.Statement{Consent: c.Bool("consent"), Purpose: c.String("purpose")}, Budget: boundOf(c, "budget"), Dry: c.Bool("dry-run"),
	})
	if told := (*models.Error)(nil); errors.As(err, &told) && len(told.Lines) > 0 {
		return t.badLines(c, told)
	}
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		most := b.Rows * max(key.Prices().Max(false), key.Prices().Max(true))
		if b.Sandbox {
			most = 0
		}
		return t.say(c, map[string]any{"rows": b.Rows, "most": most, "currency": models.Naira}, "%d rows, at most %s (nothing was stored: --dry-run)", b.Rows, models.NGN(most))
	}
	return t.followBatch(ctx, c, a, b)
}

func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = models.Fail(models.TooLarge, "the file is too large")
	}
	return data, err
}

// badLines names what is wrong with a file.
func (t *terminal) badLines(c *cli.Command, told *models.Error) error {
	if c.Bool("json") {
		if err := t.sayJSON(map[string]any{"faults": told.Faults, "lines": told.Lines}); err != nil {
			return err
		}
		return errSaid
	}
	fmt.Fprintf(t.Err, "whoseline: %s\n", told.Message)
	for _, l := range told.Lines {
		fmt.Fprintf(t.Err, "line %d: %s\n", l.Line, l.Detail)
	}
	if more := told.Faults - len(told.Lines); more > 0 {
		fmt.Fprintf(t.Err, "and %d more\n", more)
	}
	return errSaid
}

func (t *terminal) showBatch(ctx context.Context, c *cli.Command, a *app.App) error {
	b, err := a.Batches.Get(ctx, c.String("business"), c.String("batch"))
	if err != nil {
		return err
	}
	return t.followBatch(ctx, c, a, b)
}

// followBatch shows a batch, with --wait when it has ended or is paused.
func (t *terminal) followBatch(ctx context.Context, c *cli.Command, a *app.App, b batches.Batch) (err error) {
	p, tick := t.progress(), time.NewTicker(time.Second)
	defer tick.Stop()
	for c.Bool("wait") && (b.State == batches.Running || b.State == batches.Loading) {
		p.say("%s", batchText(b))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if b, err = a.Batches.Get(ctx, b.BusinessID, b.ID); err != nil {
			return err
		}
	}
	p.end()
	return t.say(c, views.BatchOf(b, a.Config.Batches.Keep), "%s", batchText(b))
}

func batchText(b batches.Batch) string {
	text := fmt.Sprintf("%s  %s", b.ID, b.State)
	if b.Why != "" {
		text += " (" + strings.ReplaceAll(b.Why, "_", " ") + ")"
	}
	text += fmt.Sprintf("  %d of %d rows, %s spent", b.Rows-b.Waiting(), b.Rows, models.NGN(b.Spent))
	if left := b.Left(); left > 0 {
		text += fmt.Sprintf(", %s left at %.0f rows a second", left.Round(time.Second), b.Pace)
	}
	return text
}

func (t *terminal) listBatches(ctx context.Context, c *cli.Command, a *app.App) error {
	return sayPages(t, c, func(after string) ([]batches.Batch, string, error) {
		list, more, err := a.Batches.List(ctx, c.String("business"), c.Bool("sandbox"), after, pageSize)
		if err != nil || !more {
			return list, "", err
		}
		return list, list[len(list)-1].ID, nil
	}, func(b batches.Batch) row {
		return row{views.BatchOf(b, a.Config.Batches.Keep), batchText(b) + "  " + b.Name}
	})
}

// batchResult writes the result, which names people.
func (t *terminal) batchResult(ctx context.Context, c *cli.Command, a *app.App) error {
	format := c.String("format")
	if format != "csv" && format != "jsonl" {
		return models.BadField("format", "format must be csv or jsonl")
	}
	b, err := a.Batches.Get(ctx, c.String("business"), c.String("batch"))
	if err != nil {
		return err
	}
	terms, err := a.Keys.Terms(ctx, b.BusinessID)
	if err != nil {
		return err
	}
	err = a.Trail.Note(ctx, audit.Event{BusinessID: b.BusinessID, Actor: c.String("as"), Action: "batch.result_read", Target: b.ID, Detail: audit.Details(map[string]any{"rows": b.Rows})})
	if err != nil {
		return err
	}
	out := csv.NewWriter(t.Out)
	if format == "csv" {
		_ = out.Write(views.BatchColumns()) // its error stays until the flush
	}
	for after := int64(0); ; {
		rows, err := a.BatchRows(ctx, b, terms.Settings.Release, after, resultPage)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if after = r.Row; format == "csv" {
				_ = out.Write(r.Cells())
			} else if err := t.sayJSON(r); err != nil {
				return err
			}
		}
		if out.Flush(); out.Error() != nil || len(rows) < resultPage {
			return out.Error()
		}
	}
}

// resultPage is how many rows of a result are read at once.
const resultPage = 500
