package console

import (
	"fmt"
	"time"
)

// The chart's size in the units of its SVG, which is stretched to its place.
const (
	chartWidth  = 600.0
	chartHeight = 200.0
)

// series are what a bar is made of, from its foot up.
var series = []struct{ class, word string }{
	{"f-found", "found"}, {"f-none", "not found"}, {"f-pending", "pending"}, {"f-failed", "failed"}, {"f-erased", "erased"},
}

// bars is a chart of the same numbers as the table beneath it.
type bars struct {
	Label  string
	Steps  []string // along the upright axis, from above
	Lines  []float64
	Days   []bar
	Dates  []string
	Legend []legend
}

type bar struct {
	Title string
	Parts []part
}

type part struct {
	Class      string
	X, Y, W, H float64
}

type legend struct {
	Class, Word string
	Sum         int64
}

// draw makes the chart of some days, oldest first.
func draw(days []dayRow, label string) bars {
	b := bars{Label: label}
	highest := int64(0)
	for _, d := range days {
		highest = max(highest, d.Total())
	}
	top := ceiling(highest)
	for i := range 5 {
		b.Steps = append(b.Steps, count(top*int64(4-i)/4))
		b.Lines = append(b.Lines, chartHeight*float64(i)/4)
	}
	width := chartWidth / float64(max(len(days), 1))
	for i, s := range series {
		l := legend{Class: s.class, Word: capital(s.word)}
		for _, d := range days {
			l.Sum += d.values()[i]
		}
		if l.Sum > 0 || s.class != "f-erased" {
			b.Legend = append(b.Legend, l)
		}
	}
	for i, d := range days {
		b.Days = append(b.Days, d.bar(width*(float64(i)+0.16), width*0.68, top))
	}
	for i := range min(6, len(days)) {
		at := i * (len(days) - 1) / max(min(6, len(days))-1, 1)
		b.Dates = append(b.Dates, days[at].Short)
	}
	return b
}

// ceiling gives a round number of at least four that is not below n.
func ceiling(n int64) int64 {
	for step := int64(4); ; step *= 10 {
		for _, times := range []int64{1, 2, 3, 5, 8} {
			if step*times >= n {
				return step * times
			}
		}
	}
}

func (d dayRow) values() [5]int64 {
	return [5]int64{d.Found, d.NotFound, d.Pending, d.Failed, d.Erased}
}

// Total is all lookups of the day.
func (d dayRow) Total() int64 { return d.Found + d.NotFound + d.Pending + d.Failed + d.Erased }

func (d dayRow) bar(x, width float64, top int64) bar {
	b := bar{Title: fmt.Sprintf("%s: %s found, %s not found, %s pending, %s failed", d.Day, count(d.Found), count(d.NotFound), count(d.Pending), count(d.Failed))}
	if d.Erased > 0 {
		b.Title += ", " + count(d.Erased) + " erased"
	}
	foot := chartHeight
	for i, n := range d.values() {
		if n == 0 {
			continue
		}
		height := chartHeight * float64(n) / float64(top)
		foot -= height
		b.Parts = append(b.Parts, part{series[i].class, tenth(x), tenth(foot), tenth(width), tenth(height)})
	}
	return b
}

func tenth(x float64) float64 { return float64(int64(x*10+0.5)) / 10 }

// dayRow is how the lookups of a day, or of an hour, came out.
type dayRow struct {
	Day, Short, Date                 string // Date as a filter of the list takes it
	Found, NotFound, Pending, Failed int64
	Erased                           int64 // before they had ended
	Charged                          int64
	At                               time.Time
}
