package console

import (
	"bufio"
	"context"
	"encoding/csv"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/views"
)

// The bounds of a downloaded statement.
const (
	maxStatementDays  = 366
	maxStatementRows  = 100_000
	statementPatience = 2 * time.Minute
	statementBatch    = 500
)

// statement answers GET /console/wallet.csv: the transfers of a span of days, newest first. It is read while it is sent,
// so that what fails on the way can be told in the file only.
func (k *console) statement(c *fiber.Ctx) error {
	p := billing.Page{BusinessID: signedIn(c).BusinessID, Limit: statementBatch}
	var err error
	if p.From, p.To, err = days(c.Query("from"), c.Query("to"), zone(c)); err != nil {
		return err
	}
	if p.From.IsZero() || p.To.IsZero() || p.To.Sub(p.From) > (maxStatementDays*24+1)*time.Hour {
		return models.BadField("from", "choose a first and a last day, at most "+strconv.Itoa(maxStatementDays)+" days apart")
	}
	first, more, err := k.Till.Statement(c.UserContext(), p)
	if err != nil {
		return err
	}
	guardPage(c)
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="wallet-`+c.Query("from")+`-`+c.Query("to")+`.csv"`)
	c.Context().SetBodyStreamWriter(func(to *bufio.Writer) {
		k.writeStatement(to, p, first, more)
	})
	return nil
}

var statementColumns = []string{"entry", "at", "kind", "reference", "debit", "credit", "amount_kobo", "currency", "available_kobo"}

// writeStatement writes a page that was read and those that follow it. A caller that went away ends it.
func (k *console) writeStatement(to *bufio.Writer, p billing.Page, rows []models.Transfer, more bool) {
	ctx, cancel := context.WithTimeout(context.Background(), statementPatience)
	defer cancel()
	out := csv.NewWriter(to)
	_ = out.Write(statementColumns) // its error stays until the flush
	for written := 0; ; {
		for _, t := range rows {
			_ = out.Write(statementRow(t))
		}
		written += len(rows)
		out.Flush()
		if out.Error() != nil || to.Flush() != nil || !more {
			return
		}
		if written >= maxStatementRows {
			_ = out.Write([]string{"incomplete: there are more transfers, choose fewer days"})
			out.Flush()
			return
		}
		p.Before = rows[len(rows)-1].Seq
		var err error
		if rows, more, err = k.Till.Statement(ctx, p); err != nil {
			k.Log.Error("statement broke off", "err", err)
			_ = out.Write([]string{"incomplete: reading broke off, download it again"})
			out.Flush()
			return
		}
	}
}

func statementRow(t models.Transfer) []string {
	return []string{
		strconv.FormatInt(t.Seq, 10), t.CreatedAt.UTC().Format(time.RFC3339Nano), string(t.Kind), views.Cell(t.Reference),
		string(t.Debit), string(t.Credit), strconv.FormatInt(t.Amount, 10), models.Naira, strconv.FormatInt(t.Balance, 10),
	}
}
