//go:build linux

package main

import (
	"math"
	"testing"
)

func TestMedianIsTheMiddle(t *testing.T) {
	t.Parallel()
	cases := []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 3, 2}, 2.5},
	}
	for _, c := range cases {
		if got := median(c.values); got != c.want {
			t.Errorf("median of %v is %v, got %v", c.values, c.want, got)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing: got %v", got)
	}
}

func TestRatioIsTheMedianOverTheBestOfEachRound(t *testing.T) {
	t.Parallel()
	g := ratio("G", "a ÷ the better of b and c", 4, 2, "a", "b", "c")
	rounds := []round{
		{"a": {PerSecond: 90}, "b": {PerSecond: 10}, "c": {PerSecond: 30}},  // 3
		{"a": {PerSecond: 100}, "b": {PerSecond: 20}, "c": {PerSecond: 10}}, // 5
		{"a": {PerSecond: 10}, "b": {PerSecond: 10}, "c": {PerSecond: 1}},   // 1
		{"a": {PerSecond: 10}}, // broken off: counts for nothing
	}
	o, ok := g.over(rounds)
	if !ok || o.median != 3 || o.least != 1 || o.most != 5 {
		t.Errorf("got %+v, %v", o, ok)
	}
	if _, ok := g.over(nil); ok {
		t.Error("an outcome of no rounds")
	}
}

func TestVerdictFollowsTheDirectionOfTheGoal(t *testing.T) {
	t.Parallel()
	more, less := goal{goal: 10, floor: 6}, goal{goal: 3, floor: 6, lower: true}
	cases := []struct {
		goal   goal
		median float64
		want   string
	}{
		{more, 10, "reached"},
		{more, 6, "within the floor"},
		{more, 5.99, "**missed**"},
		{less, 3, "reached"},
		{less, 6, "within the floor"},
		{less, 6.01, "**missed**"},
	}
	for _, c := range cases {
		o := outcome{goal: c.goal, median: c.median}
		if got := o.verdict(); got != c.want {
			t.Errorf("%v: got %s, want %s", c.median, got, c.want)
		}
	}
}

func TestEveryGoalNeedsVariantsThatExist(t *testing.T) {
	t.Parallel()
	for _, g := range goals {
		r := round{}
		for _, name := range g.needs {
			if len(choose(map[string]bool{name: true})) != 1 {
				t.Errorf("%s: no variant %s", g.id, name)
			}
			r[name] = figure{PerSecond: 2, P50: 51, P99: 52, Server: 2, Syncs: 1}
		}
		if v := g.of(r); math.IsNaN(v) || math.IsInf(v, 0) || v == 0 {
			t.Errorf("%s (%s): got %v of its variants", g.id, g.text, v)
		}
	}
}
