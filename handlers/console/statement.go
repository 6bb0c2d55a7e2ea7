package console

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/models"
)

// statementPage is the statement of a month, as finance keeps it.
type statementPage struct {
	billing.MonthStatement
	Month          string // such as 2026-12
	Name           string // such as December 2026
	Business       string
	First, Last    string // its days
	Spent          int64  // what was charged, as a loss
	Earlier, Later string // the months beside it; "" = that one has not begun
	Products, Keys []spendRow
}

// spendRow is what was charged, less what was given back, for one product and outcome, or for one key.
type spendRow struct {
	What, Outcome string
	Count, Amount int64
}

const monthForm = "2006-01"

// monthStatement answers GET /console/statements/:month, as a page or with format=csv.
func (k *console) monthStatement(c *fiber.Ctx) error {
	who := signedIn(c)
	from, to, err := billing.ParseMonth(c.Params("month"), zone(c))
	if err != nil {
		return err
	}
	now := k.World.Now()
	if from.After(now) {
		return models.BadField("month", "that month has not begun")
	}
	m, err := k.Till.Month(c.UserContext(), who.BusinessID, from, to)
	if err != nil {
		return err
	}
	switch c.Query("format", "page") {
	case "csv":
		return k.monthFile(c, m)
	case "page":
	default:
		return models.BadField("format", "format must be page or csv")
	}
	names, err := k.keyNames(c.UserContext(), who.BusinessID)
	if err != nil {
		return err
	}
	view := statementPage{
		MonthStatement: m, Month: from.Format(monthForm), Name: from.Format("January 2006"), Business: who.BusinessName,
		First: from.Format(time.DateOnly), Last: to.AddDate(0, 0, -1).Format(time.DateOnly), Spent: -m.Captured, Earlier: from.AddDate(0, -1, 0).Format(monthForm),
		Products: spentOn(m.Lines, func(l billing.MonthLine) spendRow {
			return spendRow{What: productWords[l.Product], Outcome: plain(l.Outcome)}
		}),
		Keys: spentOn(m.Lines, func(l billing.MonthLine) spendRow { return spendRow{What: names[l.KeyID]} }),
	}
	if !to.After(now) {
		view.Later = to.Format(monthForm)
	}
	return show(c, "statement", "Statement of "+view.Name, view)
}

func (k *console) monthFile(c *fiber.Ctx, m billing.MonthStatement) error {
	var text bytes.Buffer
	if err := m.WriteCSV(&text); err != nil {
		return models.Fault(err)
	}
	guardPage(c)
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="statement-`+m.From.Format(monthForm)+`.csv"`)
	return c.Send(text.Bytes())
}

// keyNames gives the names of a business's keys by their ids, and what stands for no key.
func (k *console) keyNames(ctx context.Context, businessID string) (map[string]string, error) {
	keys, _, err := k.Keys.List(ctx, businessID, models.Page{Limit: maxNamedKeys})
	names := map[string]string{"": "No key: messages and what staff asked"}
	for _, key := range keys {
		names[key.ID] = key.Name
	}
	return names, err
}

// spentOn adds up lines under a row of their own, in the order in which the rows first come.
func spentOn(lines []billing.MonthLine, of func(billing.MonthLine) spendRow) (rows []spendRow) {
	at := map[spendRow]int{}
	for _, l := range lines {
		row := of(l)
		if row.What == "" {
			row.What = strings.TrimSpace("Key " + l.KeyID)
		}
		i, known := at[row]
		if !known {
			i = len(rows)
			at[row], rows = i, append(rows, row)
		}
		if l.Kind == models.Refund {
			rows[i].Amount += l.Amount
			continue
		}
		rows[i].Count, rows[i].Amount = rows[i].Count+l.Count, rows[i].Amount-l.Amount
	}
	return rows
}
