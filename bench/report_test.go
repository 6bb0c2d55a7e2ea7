//go:build linux

package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReplaceMarkedKeepsTheRestOfTheDocument(t *testing.T) {
	t.Parallel()
	const before = "# Speed\n\n" + beginMark + "\nold\n" + endMark + "\n\nEnd.\n"
	const after = "# Speed\n\n" + beginMark + "\nnew\n" + endMark + "\n\nEnd.\n"
	for range 2 {
		got, err := replaceMarked([]byte(before), "new\n")
		if err != nil || string(got) != after {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestReplaceMarkedWantsBothMarks(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", beginMark, endMark, endMark + beginMark} {
		if _, err := replaceMarked([]byte(text), "new"); !errors.Is(err, errMarks) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestReportShowsGoalsAndFigures(t *testing.T) {
	t.Parallel()
	opts, err := parseOptions([]string{"--only", "G8"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	r := results{opts: opts}
	r.goals, r.variants, r.slowed = opts.chosen()
	r.plain = []round{{"gateway_hot_1": {PerSecond: 900, Bad: 7}, "two_hot_1": {PerSecond: 1000}}}
	text := r.markdown()
	for _, want := range []string{
		"| G8 | one connection ÷ two_hot c=1 | ≥ 0.75 | 0.5 | **0.90** | 0.90–0.90 | reached |",
		"| Whoseline, one wallet | 1 | 900 |", "| 7 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from:\n%s", want, text)
		}
	}
}

func TestOptionsRefuseWhatCannotBeMeasured(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--duration", "1500ms"}, {"--rounds", "0"}, {"--only", "G99"}, {"--run", "nothing"}, {"G1"},
	} {
		if _, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
