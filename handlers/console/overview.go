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
	Available, Held int64
	Days            []dayRow // newest first
	Total           string
	TooMany         bool
	Chart           string
	Sources         []sourceRow
}

type dayRow struct {
	Day                              string
	Found, NotFound, Pending, Failed int64
	Erased                           int64
	More                             string // "+" where not all were counted
}

type sourceRow struct {
	Name, Success, LastOutcome string
	State                      tag
	LastAt                     time.Time
}

// overview answers GET /console.
func (k *console) overview(c *fiber.Ctx) error {
	v := signedIn(c)
	w, err := k.Till.Wallet(c.UserContext(), v.BusinessID)
	if err != nil {
		return err
	}
	days, err := k.Lookups.Daily(c.UserContext(), lookup.Count{BusinessID: v.BusinessID, Days: overviewDays, Most: overviewMost})
	if err != nil {
		return err
	}
	view := viewDays(days)
	view.Available, view.Held = w.Available, w.Held
	for _, s := range k.Sources() {
		view.Sources = append(view.Sources, viewSourceRow(s))
	}
	return show(c, "overview", "Overview", view)
}

// chartData is what the chart draws: the table's figures, oldest first.
type chartData struct {
	At       []int64 `json:"at"`
	Found    []int64 `json:"found"`
	NotFound []int64 `json:"notFound"`
	Failed   []int64 `json:"failed"`
}

func viewDays(days []lookup.Day) (v overviewView) {
	var chart chartData
	var total int64
	for _, d := range days {
		total += d.Found + d.NotFound + d.Pending + d.Failed + d.Erased
		v.TooMany = v.TooMany || d.More
		chart.At, chart.Found = append(chart.At, d.At.Unix()), append(chart.Found, d.Found)
		chart.NotFound, chart.Failed = append(chart.NotFound, d.NotFound), append(chart.Failed, d.Failed)
		row := dayRow{Day: d.At.Format(time.DateOnly), Found: d.Found, NotFound: d.NotFound, Pending: d.Pending, Failed: d.Failed, Erased: d.Erased}
		if d.More {
			row.More = "+"
		}
		v.Days = append([]dayRow{row}, v.Days...)
	}
	v.Chart, v.Total = string(edge.Encode(chart)), strconv.FormatInt(total, 10)
	if v.TooMany {
		v.Total += "+"
	}
	return v
}

func viewSourceRow(s edge.SourceStatus) sourceRow {
	row := sourceRow{Name: s.Name, LastOutcome: plain(s.LastOutcome), LastAt: s.LastAt, Success: "–"}
	switch {
	case s.Disabled != "":
		row.State = tag{"off: " + plain(s.Disabled), "bad"}
	case s.State == "open":
		row.State = tag{"resting", "bad"}
	case s.State == "half-open":
		row.State = tag{"being tried", "warn"}
	default:
		row.State = tag{"working", "good"}
	}
	if s.SuccessRate != nil {
		row.Success = strconv.FormatFloat(*s.SuccessRate*100, 'f', 1, 64) + " %"
	}
	return row
}
