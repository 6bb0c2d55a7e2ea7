package console

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/staff"
)

// partPatience is how long one part of the overview may take. What takes longer is left out, and the rest is shown.
const partPatience = 4 * time.Second

type overviewView struct {
	Lead          string
	Ranges        []link
	Custom        bool
	From, To      string
	Todo          []todo
	TodoWords     string
	Checks        []check
	ChecksDone    string
	Figures       []figure
	Step, Note    string
	Chart         *bars
	Days          []dayRow // newest first
	Pending       []pendingRow
	PendingBroken bool
	Sources       []sourceRow
}

// todo is something that waits for somebody.
type todo struct {
	State             tag
	Words, Href, Link string
}

// pendingRow is why some lookups have not ended.
type pendingRow struct{ Why, N, Oldest string }

type sourceRow struct {
	Name, Success, LastOutcome string
	State                      tag
	LastAt                     time.Time
}

// overview answers GET /console: is everything all right? A part that cannot be read is left out.
func (k *console) overview(c *fiber.Ctx) error {
	p, err := k.periodOf(c)
	if err != nil {
		c.Locals(problemKey, sentence(edge.Translate(err).Message))
		c.Status(statusOf(edge.Translate(err).Code))
	}
	view := overviewView{Lead: p.lead(), Ranges: p.ranges(sandboxed(c)), Custom: p.name == "", Step: p.step(), From: p.firstDay(), To: p.lastDay()}
	f := figures{period: p, sandbox: sandboxed(c)}
	k.part(c, "lookups", func(ctx context.Context) error { return k.countFigures(ctx, c, &f) })
	k.part(c, "wallet", func(ctx context.Context) error { return k.walletFigures(ctx, c, &f) })
	k.part(c, "webhooks", func(ctx context.Context) error { return k.webhookFigures(c, &f) })
	if f.counted {
		rows := p.rows(f.now.Hours)
		chart := draw(rows, p.label(f))
		view.Chart, view.Days = &chart, newestFirst(rows)
		if f.now.Partly {
			view.Note = "Counting has yet to catch up with what came before: these numbers still grow."
		}
	}
	view.PendingBroken = !k.part(c, "pending", func(ctx context.Context) (err error) {
		view.Pending, err = k.pending(ctx, c)
		return err
	})
	for _, s := range k.Sources() {
		view.Sources = append(view.Sources, viewSourceRow(s))
	}
	view.Figures = f.all()
	view.Todo = f.todo(k.Sources())
	view.TodoWords = todoWords(len(view.Todo))
	if f.counted && f.now.Sum().Total() == 0 && !sandboxed(c) {
		k.part(c, "first steps", func(ctx context.Context) error { return k.firstDay(ctx, c, &view, f) })
	}
	return show(c, "overview", "Overview", view)
}

// part reads a part of a page, and tells whether that went well. If not, it is logged, and the page does without.
func (k *console) part(c *fiber.Ctx, name string, read func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(c.UserContext(), partPatience)
	defer cancel()
	if err := read(ctx); err != nil {
		k.Log.Error("a part of the overview could not be read", "part", name, "request", edge.RequestID(c), "err", err)
		return false
	}
	return true
}

func todoWords(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "One thing needs somebody"
	default:
		return strconv.Itoa(n) + " things need somebody"
	}
}

func (k *console) countFigures(ctx context.Context, c *fiber.Ctx, f *figures) (err error) {
	business := signedIn(c).BusinessID
	if f.now.Counted, err = k.Lookups.Counted(ctx, business, f.sandbox, lookup.Span{From: f.from, To: f.to}); err != nil {
		return err
	}
	f.counted = true
	f.before.Counted, err = k.Lookups.Counted(ctx, business, f.sandbox, lookup.Span{From: f.from.Add(f.from.Sub(f.to)), To: f.from})
	return err
}

func (k *console) walletFigures(ctx context.Context, c *fiber.Ctx, f *figures) error {
	w, err := k.Till.Wallet(ctx, signedIn(c).BusinessID)
	f.wallet = &w
	if err != nil {
		f.wallet = nil
	}
	return err
}

func (k *console) webhookFigures(c *fiber.Ctx, f *figures) (err error) {
	if !signedIn(c).Role.May(staff.ManageWebhooks) {
		return nil
	}
	f.endpoints, err = k.endpointRows(c)
	f.webhooks = err == nil
	return err
}

// pending tells what lookups wait for that have not ended.
func (k *console) pending(ctx context.Context, c *fiber.Ctx) (rows []pendingRow, err error) {
	waiting, err := k.Lookups.Waiting(ctx, signedIn(c).BusinessID, sandboxed(c))
	for _, w := range waiting {
		why := "a source that answers"
		if w.ForCode {
			why = "the code that the number is to confirm"
		}
		rows = append(rows, pendingRow{why, count(w.N), span(k.World.Now().Sub(w.Since).Truncate(time.Second))})
	}
	return rows, err
}

func viewSourceRow(s edge.SourceStatus) sourceRow {
	row := sourceRow{Name: s.Name, LastOutcome: plain(s.LastOutcome), LastAt: s.LastAt, Success: "–"}
	switch {
	case s.Disabled != "":
		row.State = tag{"Off: " + plain(s.Disabled), "bad"}
	case s.State == "open":
		row.State = tag{"Resting", "bad"}
	case s.State == "half-open":
		row.State = tag{"Being tried", "warn"}
	default:
		row.State = tag{"Working", "good"}
	}
	if s.SuccessRate != nil {
		row.Success = fmt.Sprintf("%.1f %%", *s.SuccessRate*100)
	}
	return row
}
