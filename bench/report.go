//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
)

// results is everything that a run has found out.
type results struct {
	facts       facts
	opts        options
	goals       []goal
	plain, slow []round
	variants    []variant
	slowed      []variant
}

// outcomes are the goals that could be measured.
func (r results) outcomes() []outcome {
	var all []outcome
	for _, g := range r.goals {
		rounds := r.plain
		if g.slowDisk {
			rounds = r.slow
		}
		if o, ok := g.over(rounds); ok {
			all = append(all, o)
		}
	}
	return all
}

// markdown is the report.
func (r results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", r.facts)
	fmt.Fprintf(&b, "Rounds: %d, each variant %s a round, all variants one after the other in each; generator, gateway and "+
		"PostgreSQL\nshare the cores. PostgreSQL: %s.\n", r.opts.rounds, r.opts.duration, strings.Join(settings[:5], ", "))
	if all := r.outcomes(); len(all) > 0 {
		b.WriteString("\n| goal | ratio | goal | floor | median | min–max | verdict |\n|---|---|---|---|---|---|---|\n")
		for _, o := range all {
			sign := "≥"
			if o.lower {
				sign = "≤"
			}
			fmt.Fprintf(&b, "| %s | %s | %s %g%s | %g%s | **%.2f%s** | %.2f–%.2f | %s |\n",
				o.id, o.text, sign, o.goal.goal, o.unit, o.floor, o.unit, o.median, o.unit, o.least, o.most, o.verdict())
		}
	}
	if len(r.slowed) > 0 && len(r.slow) == 0 {
		b.WriteString("\nG7 was not measured: it needs gcc.\n")
	}
	b.WriteString("\nMedians of what each variant came to. CPU and fsyncs are per paid lookup, or per code that was sent and typed back; *other* counts answers " +
		"that were no 2xx and\nbroken connections. A script's p50 is pgbench's average.\n\n")
	b.WriteString("| variant | conns | per second | p50 ms | p99 ms | PostgreSQL µs | server µs | generator µs | fsyncs | other |\n" +
		"|---|---|---|---|---|---|---|---|---|---|\n")
	for _, v := range r.variants {
		b.WriteString(row(v, "", r.plain))
	}
	for _, v := range r.slowed {
		b.WriteString(row(v, ", 1 ms more per fsync", r.slow))
	}
	return b.String()
}

// row is the line of one variant.
func row(v variant, more string, rounds []round) string {
	of := func(get func(figure) float64, digits int) string {
		var values []float64
		for _, r := range rounds {
			if f, ok := r[v.name]; ok {
				values = append(values, get(f))
			}
		}
		m := median(values)
		if math.IsNaN(m) {
			return "–"
		}
		return fmt.Sprintf("%.*f", digits, m)
	}
	bad := 0
	for _, r := range rounds {
		bad += r[v.name].Bad
	}
	return fmt.Sprintf("| %s%s | %d | %s | %s | %s | %s | %s | %s | %s | %d |\n", v.what, more, v.conns,
		of(func(f figure) float64 { return f.PerSecond }, 0),
		of(func(f figure) float64 { return f.P50 }, 2), of(func(f figure) float64 { return f.P99 }, 2),
		of(func(f figure) float64 { return f.Server }, 0), of(func(f figure) float64 { return f.Gateway }, 0),
		of(func(f figure) float64 { return f.Load }, 1), of(func(f figure) float64 { return f.Syncs }, 3), bad)
}

// The marks between which a document carries the report.
const (
	beginMark = "<!-- bench:begin -->"
	endMark   = "<!-- bench:end -->"
)

var errMarks = errors.New("the file lacks the lines " + beginMark + " and " + endMark)

// replaceMarked puts text between the marks of a document.
func replaceMarked(document []byte, text string) ([]byte, error) {
	begin, end := bytes.Index(document, []byte(beginMark)), bytes.Index(document, []byte(endMark))
	if begin < 0 || end < begin {
		return nil, errMarks
	}
	var b bytes.Buffer
	b.Write(document[:begin+len(beginMark)])
	b.WriteString("\n" + strings.TrimSpace(text) + "\n")
	b.Write(document[end:])
	return b.Bytes(), nil
}

// rewrite puts the report into a file.
func rewrite(path, text string) error {
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if document, err = replaceMarked(document, text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, document, 0o600) // it exists: its mode stays
}
