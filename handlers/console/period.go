package console

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/lookup"
	"whoseline/models"
)

// period is the time that an overview is about, and so long a time before it is what it is compared with.
type period struct {
	name     string // 24h, 7d or 30d; "" = days that somebody chose
	from, to time.Time
}

// periods are those that are a press away.
var periods = []struct {
	name, text string
	days       int
}{{"24h", "24 hours", 0}, {"7d", "7 days", 7}, {"30d", "30 days", 30}}

// maxPeriod is the longest time that can be chosen.
const maxPeriod = 366

// periodOf reads the time that is asked for. What is wrong is told beside the usual time.
func (k *console) periodOf(c *fiber.Ctx) (p period, err error) {
	now := k.World.Now().In(zone(c))
	tomorrow := startOfDay(now).AddDate(0, 0, 1)
	usual := period{"30d", tomorrow.AddDate(0, 0, -30), tomorrow}
	if c.Query("from") != "" || c.Query("to") != "" {
		p.from, p.to, err = days(c.Query("from"), c.Query("to"), zone(c))
		if err == nil && (p.from.IsZero() || p.to.IsZero() || p.to.After(p.from.AddDate(0, 0, maxPeriod))) {
			err = models.BadField("from", "choose a first and a last day, at most "+strconv.Itoa(maxPeriod)+" days apart")
		}
		if err != nil {
			return usual, err
		}
		return p, nil
	}
	switch c.Query("range") {
	case "24h":
		return period{"24h", now.Truncate(time.Hour).Add(-23 * time.Hour), now.Truncate(time.Hour).Add(time.Hour)}, nil
	case "7d":
		return period{"7d", tomorrow.AddDate(0, 0, -7), tomorrow}, nil
	case "", "30d":
		return usual, nil
	default:
		return usual, models.BadField("range", "range must be 24h, 7d or 30d")
	}
}

func startOfDay(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
}

func (p period) step() string {
	if p.name == "24h" {
		return "hour"
	}
	return "day"
}

func (p period) firstDay() string { return p.from.Format(time.DateOnly) }

func (p period) lastDay() string { return p.to.Add(-time.Second).Format(time.DateOnly) }

// days is how many days the time has.
func (p period) days() float64 { return p.to.Sub(p.from).Hours() / 24 }

func (p period) lead() string {
	if p.name == "24h" {
		return "The last 24 hours, compared with the 24 before."
	}
	last := p.to.Add(-time.Second)
	return fmt.Sprintf("%s to %s, compared with as many days before.", p.from.Format("2 Jan 2006"), last.Format("2 Jan 2006"))
}

func (p period) ranges(sandbox bool) (links []link) {
	for _, r := range periods {
		href := root + "?range=" + r.name
		if sandbox {
			href += "&env=sandbox"
		}
		links = append(links, link{r.text, href, r.name == p.name})
	}
	return links
}

// rows puts hours into the bars of a chart: hours or days, those without lookups among them.
func (p period) rows(hours []lookup.Hour) (rows []dayRow) {
	for at := p.from; at.Before(p.to); {
		next, row := at.AddDate(0, 0, 1), dayRow{Day: at.Format(dayForm), Short: at.Format("2 Jan"), Date: at.Format(time.DateOnly), At: at}
		if p.step() == "hour" {
			next = at.Add(time.Hour)
			row = dayRow{Day: at.Format(momentForm), Short: at.Format("15:04"), At: at}
		}
		for len(hours) > 0 && hours[0].At.Before(next) {
			row.add(hours[0])
			hours = hours[1:]
		}
		rows, at = append(rows, row), next
	}
	return rows
}

func (d *dayRow) add(h lookup.Hour) {
	d.Found += h.Found
	d.NotFound += h.NotFound
	d.Pending += h.Pending
	d.Failed += h.Failed
	d.Erased += h.Erased
	d.Charged += h.Charged
}

func newestFirst(rows []dayRow) []dayRow {
	turned := slices.Clone(rows)
	slices.Reverse(turned)
	return turned
}

// label tells a chart in one sentence.
func (p period) label(f figures) string {
	sum := f.now.Sum()
	return fmt.Sprintf("Lookups by %s. %s in all: %s found, %s not found, %s pending, %s failed. The table below holds the same numbers.",
		p.step(), count(sum.Total()), count(sum.Found), count(sum.NotFound), count(sum.Pending), count(sum.Failed))
}
