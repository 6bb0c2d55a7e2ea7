package console

import (
	"fmt"
	"testing"
	"time"
)

func TestMoneyNumbersAndSpansAreWrittenAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		naira(248_135_000): "₦2,481,350.00", naira(5): "₦0.05", naira(-12_050): "−₦120.50", naira(0): "₦0.00",
		naira(-1 << 63): "−₦92,233,720,368,547,758.08", signed(100): "+₦1.00", signed(-100): "−₦1.00", signed(0): "₦0.00",
		count(42_691): "42,691", count(999): "999", count(-1000): "−1,000", count(1_000_000): "1,000,000",
		span(840 * time.Millisecond): "840 ms", span(2150 * time.Millisecond): "2.1 s", span(190 * time.Second): "3 min 10 s",
		span(2*time.Hour + 10*time.Minute): "2 h 10 min", span(26 * time.Hour): "1 day 2 h", span(49 * time.Hour): "2 days 1 h",
		span(60 * time.Second): "1 min", span(-time.Second): "0 ms",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAZoneIsNamedWithItsDistanceFromUTC(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Africa/Lagos": "Lagos (UTC+1)", "UTC": "UTC", "Asia/Kolkata": "Kolkata (UTC+5:30)", "America/New_York": "New York (UTC-5)",
		"America/St_Johns": "St Johns (UTC-3:30)",
	} {
		at, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := zoneName(day.In(at)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAListIsPartedIntoTheDaysOfItsZone(t *testing.T) {
	t.Parallel()
	lagos := time.FixedZone("Lagos", 3600)
	at := func(hour int) time.Time { return time.Date(2026, 1, 31, hour, 30, 0, 0, time.UTC) }
	groups := byDay(lagos, []time.Time{at(23), at(22), at(1)}, func(t time.Time) time.Time { return t })
	if got := fmt.Sprintf("%d %s %d %s %d", len(groups), groups[0].Day, len(groups[0].Rows), groups[1].Day, len(groups[1].Rows)); got != "2 Sunday 1 February 2026 1 Saturday 31 January 2026 2" {
		t.Error(got)
	}
	for got, want := range map[string]string{
		spanned(lagos, at(22), at(1)): "31 Jan 2026, 02:30 to 23:30", spanned(lagos, at(23), at(1)): "31 Jan 2026, 02:30 to 1 Feb 2026, 00:30",
		spanned(lagos, at(1), at(1)): "31 Jan 2026, 02:30",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAChartShowsTheNumbersOfItsTable(t *testing.T) {
	t.Parallel()
	b := draw([]dayRow{{Day: "Friday"}, {Day: "Saturday", Short: "31 Jan", Found: 50, NotFound: 25, Pending: 13, Failed: 12}}, "")
	sums := map[string]int64{}
	for _, l := range b.Legend {
		sums[l.Word] = l.Sum
	}
	if fmt.Sprint(sums) != "map[Failed:12 Found:50 Not found:25 Pending:13]" || b.Steps[0] != "120" || len(b.Days[0].Parts) != 0 {
		t.Errorf("%v %v", sums, b.Steps)
	}
	height := 0.0
	for _, p := range b.Days[1].Parts {
		height += p.H
	}
	if height < 166 || height > 167 || b.Days[1].Title != "Saturday: 50 found, 25 not found, 13 pending, 12 failed" {
		t.Errorf("%v %q", height, b.Days[1].Title)
	}
}
