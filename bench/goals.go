//go:build linux

package main

import (
	"math"
	"slices"
)

// figure is what one variant came to in one round.
type figure struct {
	PerSecond float64 // paid lookups, or codes that were sent and typed back
	P50, P99  float64 // milliseconds; a script's P50 is its average, its P99 unknown
	Server    float64 // CPU microseconds of PostgreSQL per lookup
	Gateway   float64 // CPU microseconds of the server under load per lookup
	Load      float64 // CPU microseconds of the load generator per lookup
	Syncs     float64 // fsyncs of the log per lookup
	Bad       int     // answers that were no 2xx, and broken connections
}

// round is one figure for every variant, taken one after the other.
type round map[string]figure

// goal is a ratio that is promised.
type goal struct {
	id, text    string
	goal, floor float64
	lower       bool // less is better
	slowDisk    bool // taken under the preload shim
	unit        string
	needs       []string // variants
	of          func(round) float64
}

// The variants of which the best counts as the obvious design at its best.
var twoHot = []string{"two_hot_4", "two_hot_8", "two_hot_16", "two_hot_64"}

var goals = []goal{
	ratio("G1", "hot wallet, 64 connections ÷ pgbench two_hot c=64", 10, 6, "gateway_hot_64", "two_hot_64"),
	ratio("G2", "the same ÷ two_hot at its best c", 3, 2, "gateway_hot_64", twoHot...),
	ratio("G3", "1,000 wallets, 64 connections ÷ two_uni c=64", 2.5, 1.7, "gateway_uniform_64", "two_uni_64"),
	ratio("G4", "hot wallet ÷ a typical GORM handler", 10, 6, "gateway_hot_64", "naive_hot_64"),
	ratio("G4", "1,000 wallets ÷ a typical GORM handler", 5, 3, "gateway_uniform_64", "naive_uniform_64"),
	ratio("G5", "hot wallet ÷ 1,000 wallets, 64 connections", 0.95, 0.8, "gateway_hot_64", "gateway_uniform_64"),
	ratio("G6", "hot wallet, 256 ÷ 64 connections", 1.1, 0.9, "gateway_hot_256", "gateway_hot_64"),
	slowDisk(ratio("G7", "1 ms more per fsync: hot wallet, 64 connections ÷ two_hot c=64", 14, 8, "gateway_hot_64", "two_hot_64")),
	ratio("G8", "one connection ÷ two_hot c=1", 0.75, 0.5, "gateway_hot_1", "two_hot_1"),
	{
		id: "G9", text: "source of 50 ms, 64 connections: p50 − 50 ms", goal: 3, floor: 6, lower: true, unit: " ms",
		needs: []string{"slow_source_hot_64"}, of: func(r round) float64 { return r["slow_source_hot_64"].P50 - 50 },
	},
	{
		id: "G9", text: "source of 50 ms, 64 connections: p99 − 50 ms", goal: 10, floor: 25, lower: true, unit: " ms",
		needs: []string{"slow_source_hot_64"}, of: func(r round) float64 { return r["slow_source_hot_64"].P99 - 50 },
	},
	ratio("G10", "source of 50 ms, 1,024 connections ÷ the naive design", 6, 4, "slow_source_hot_1024", "naive_slow_source_hot_1024"),
	{
		id: "G11", text: "PostgreSQL CPU per lookup: hot wallet, 64 connections ÷ two_uni c=8", goal: 0.20, floor: 0.30, lower: true,
		needs: []string{"gateway_hot_64", "two_uni_8"},
		of:    func(r round) float64 { return r["gateway_hot_64"].Server / r["two_uni_8"].Server },
	},
	{
		id: "G15", text: "fsyncs per lookup, hot wallet, 64 connections", goal: 0.08, floor: 0.15, lower: true,
		needs: []string{"gateway_hot_64"}, of: func(r round) float64 { return r["gateway_hot_64"].Syncs },
	},
	ratio("G20", "codes sent and typed back, 64 connections ÷ two_uni c=64", 6, 4, "gateway_codes_64", "two_uni_64"),
	ratio("G20", "the same ÷ an obvious design in Fiber and GORM", 3, 2, "gateway_codes_64", "naive_codes_64"),
}

// ratio is a goal on the throughput of one variant over the best of some others.
func ratio(id, text string, want, floor float64, above string, below ...string) goal {
	return goal{
		id: id, text: text, goal: want, floor: floor, needs: append([]string{above}, below...),
		of: func(r round) float64 {
			best := 0.0
			for _, name := range below {
				best = max(best, r[name].PerSecond)
			}
			return r[above].PerSecond / best
		},
	}
}

func slowDisk(g goal) goal {
	g.slowDisk = true
	return g
}

// outcome is what a goal came to over all rounds.
type outcome struct {
	goal
	median, least, most float64
}

// over tells the outcome of a goal over rounds; ok is false when no round has its variants.
func (g goal) over(rounds []round) (o outcome, ok bool) {
	var values []float64
	for _, r := range rounds {
		if v := g.of(r); !math.IsNaN(v) && !math.IsInf(v, 0) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return outcome{}, false
	}
	return outcome{goal: g, median: median(values), least: slices.Min(values), most: slices.Max(values)}, true
}

// missed tells whether the median is beyond the floor.
func (o outcome) missed() bool { return o.beyond(o.floor) }

func (o outcome) beyond(limit float64) bool {
	if o.lower {
		return o.median > limit
	}
	return o.median < limit
}

func (o outcome) verdict() string {
	switch {
	case o.missed():
		return "**missed**"
	case o.beyond(o.goal.goal):
		return "within the floor"
	default:
		return "reached"
	}
}

// median is the middle of the values, or the mean of the two in the middle; NaN of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
