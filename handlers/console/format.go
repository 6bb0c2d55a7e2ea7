package console

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// naira writes kobo as people read them: ₦2,481,350.00.
func naira(kobo int64) string {
	sign, amount := "", uint64(kobo)
	if kobo < 0 {
		sign, amount = "−", -amount
	}
	return fmt.Sprintf("%s₦%s.%02d", sign, grouped(amount/100), amount%100)
}

// signed writes a movement of money with its direction. What did not move has none.
func signed(kobo int64) string {
	if kobo > 0 {
		return "+" + naira(kobo)
	}
	return naira(kobo)
}

// count writes a whole number with its thousands apart.
func count(n int64) string {
	if n < 0 {
		return "−" + grouped(-uint64(n))
	}
	return grouped(uint64(n))
}

func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// span writes how long something takes or took.
func span(d time.Duration) string {
	day := 24 * time.Hour
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(d, 0).Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", float64(d.Truncate(100*time.Millisecond))/float64(time.Second))
	case d < time.Hour:
		return twoUnits(d, time.Minute, "min", time.Second, "s")
	case d < day:
		return twoUnits(d, time.Hour, "h", time.Minute, "min")
	case d < 2*day:
		return twoUnits(d, day, "day", time.Hour, "h")
	default:
		return twoUnits(d, day, "days", time.Hour, "h")
	}
}

// twoUnits writes a span in a unit and the one below it, which is left out where it is none.
func twoUnits(d, unit time.Duration, name string, below time.Duration, belowName string) string {
	text := fmt.Sprintf("%d %s", d/unit, name)
	if rest := d % unit / below; rest > 0 {
		text += fmt.Sprintf(" %d %s", rest, belowName)
	}
	return text
}

// zoneName names a time zone once for a page: Lagos (UTC+1).
func zoneName(at time.Time) string {
	city := path.Base(at.Location().String())
	_, seconds := at.Zone()
	offset := "UTC"
	if seconds != 0 {
		offset += fmt.Sprintf("%+d", seconds/3600)
		if minutes := seconds / 60 % 60; minutes != 0 {
			offset += fmt.Sprintf(":%02d", max(minutes, -minutes))
		}
	}
	if city == "UTC" {
		return offset
	}
	return strings.ReplaceAll(city, "_", " ") + " (" + offset + ")"
}

// The ways in which a time is written, in the zone that it is in.
const (
	dayForm    = "Monday 2 January 2006"
	clockForm  = "15:04:05"
	momentForm = "2 Jan 2006, 15:04"
)

// group is the part of a list that happened on one day.
type group[T any] struct {
	Day  string
	Rows []T
}

// byDay parts a list that is in the order of time into its days.
func byDay[T any](zone *time.Location, rows []T, at func(T) time.Time) (groups []group[T]) {
	for _, row := range rows {
		day := at(row).In(zone).Format(dayForm)
		if n := len(groups); n == 0 || groups[n-1].Day != day {
			groups = append(groups, group[T]{Day: day})
		}
		last := &groups[len(groups)-1]
		last.Rows = append(last.Rows, row)
	}
	return groups
}

// spanned tells from when to when the rows of a page are, whichever of the two times is later.
func spanned(zone *time.Location, from, to time.Time) string {
	if to.Before(from) {
		from, to = to, from
	}
	from, to = from.In(zone), to.In(zone)
	first, last := from.Format(momentForm), to.Format(momentForm)
	if from.Format(dayForm) == to.Format(dayForm) {
		last = to.Format("15:04")
	}
	if first == to.Format(momentForm) {
		return first
	}
	return first + " to " + last
}
