package v1

import (
	"bufio"
	"context"
	"encoding/csv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/batches"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

const (
	resultPage     = 500
	resultPatience = 10 * time.Minute
)

// batchResult answers GET /v1/batches/:id/result: what became of each row, as JSON Lines or CSV. It is read while it is sent, so that what
// fails on the way can be told in the file only.
func (a *api) batchResult(c *fiber.Ctx) error {
	format := batches.Format(c.Query("format", string(batches.JSONLines)))
	if format != batches.CSV && format != batches.JSONLines {
		return models.BadField("format", "format must be csv or jsonl")
	}
	b, err := a.ownBatch(c)
	if err != nil {
		return err
	}
	who := edge.CallerOf(c)
	first, err := a.resultRows(c.UserContext(), who, b, 0)
	if err != nil {
		return err
	}
	kind, write := "application/x-ndjson", writeJSONRow
	if format == batches.CSV {
		kind, write = "text/csv; charset=utf-8", writeCSVRow
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="batch-`+b.ID+`.`+string(format)+`"`)
	c.Context().SetBodyStreamWriter(func(to *bufio.Writer) {
		ctx, cancel := context.WithTimeout(context.Background(), resultPatience)
		defer cancel()
		if format == batches.CSV {
			writeCells(to, views.BatchColumns())
		}
		for rows, err := first, error(nil); len(rows) > 0; rows, err = a.resultRows(ctx, who, b, rows[len(rows)-1].Row) {
			if err != nil {
				a.Log.Error("a batch's result broke off", "err", err)
				write(to, views.BatchRow{Status: "incomplete", Why: "reading broke off, download it again"})
				return
			}
			for _, r := range rows {
				write(to, r)
			}
			if to.Flush() != nil {
				return // the caller went away
			}
		}
	})
	return nil
}

func writeJSONRow(to *bufio.Writer, r views.BatchRow) {
	_, _ = to.Write(edge.Encode(r)) // its error stays until the flush
	_ = to.WriteByte('\n')
}

func writeCSVRow(to *bufio.Writer, r views.BatchRow) { writeCells(to, r.Cells()) }

func writeCells(to *bufio.Writer, cells []string) {
	out := csv.NewWriter(to)
	_ = out.Write(cells)
	out.Flush()
}

// resultRows reads rows behind a number, with what their lookups say.
func (a *api) resultRows(ctx context.Context, who *access.Caller, b batches.Batch, after int64) ([]views.BatchRow, error) {
	return a.BatchRows(ctx, b, who.Settings.Release, after, resultPage)
}
