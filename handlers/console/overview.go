package console

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
)

// How far the overview looks back, and how many lookups of a day it counts.
const (
	overviewDays = 14
	overviewMost = 20_000
)

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
	State      tag
	Words      string
	Href, Link string
}

// check is a step of a business's first day.
type check struct {
	Title, Words, Href, Link string
	Done                     bool
}

// figure is a number, and what it was the period before.
type figure struct{ Name, Value, Unit, Before string }

// pendingRow is why some lookups have not ended.
type pendingRow struct{ Why, N, Oldest string }

type sourceRow struct {
	Name, Success, LastOutcome string
	State                      tag
	LastAt                     time.Time
}

// overview answers GET /console.
func (k *console) overview(c *fiber.Ctx) error {
	v := signedIn(c)
	view := overviewView{Step: "day"}
	w, err := k.Till.Wallet(c.UserContext(), v.BusinessID)
	if err != nil {
		return err
	}
	days, err := k.Lookups.Daily(c.UserContext(), lookup.Count{BusinessID: v.BusinessID, Sandbox: sandboxed(c), Days: overviewDays, Most: overviewMost, Zone: zone(c)})
	if err != nil {
		return err
	}
	view.Figures = []figure{{"Balance", naira(w.Available), "", naira(w.Held) + " held"}}
	var rows []dayRow
	for _, d := range days {
		rows = append(rows, dayRow{Day: d.At.Format(dayForm), Short: d.At.Format("2 Jan"), Date: d.At.Format(time.DateOnly), Found: d.Found, NotFound: d.NotFound, Pending: d.Pending, Failed: d.Failed, Erased: d.Erased, At: d.At})
	}
	chart := draw(rows, "Lookups by day.")
	view.Chart, view.Days = &chart, rows
	for _, s := range k.Sources() {
		view.Sources = append(view.Sources, viewSourceRow(s))
	}
	return show(c, "overview", "Overview", view)
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
		row.Success = strconv.FormatFloat(*s.SuccessRate*100, 'f', 1, 64) + " %"
	}
	return row
}
