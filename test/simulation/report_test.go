package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// report counts what many histories have reached.
type report struct {
	awaits int64 // only touched by one world at a time

	mu     sync.Mutex
	cells  map[string]int64
	counts map[string]int64
	orders map[uint64]bool
	ran    atomic.Int64
}

func newReport() *report {
	return &report{cells: map[string]int64{}, counts: map[string]int64{}, orders: map[uint64]bool{}}
}

// lived hears of a cell of the table of lookup/life.go.
func (r *report) lived(state, event string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cells[state+" | "+event]++
}

// awaited counts how often a class of awaits came.
func (r *report) awaited(counts map[string]int) {
	for name, n := range counts {
		r.mu.Lock()
		r.counts["await: "+name] += int64(n)
		r.mu.Unlock()
	}
}

func (r *report) count(what string) { r.step(verb(what)) }

func (r *report) step(what verb) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[string(what)]++
}

// lookups counts how lookups ended.
func (r *report) lookups(stored []row) {
	for _, l := range stored {
		r.count("lookups " + l.Status)
	}
}

// add takes in the report of one history.
func (r *report) add(o *report, history []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.awaits += o.awaits
	for name, n := range o.cells {
		r.cells[name] += n
	}
	for name, n := range o.counts {
		r.counts[name] += n
	}
	order := uint64(14695981039346656037)
	for _, line := range history {
		_, what, _ := strings.Cut(line, "s  ")
		for i := range len(what) {
			order = (order ^ uint64(what[i])) * 1099511628211
		}
	}
	r.orders[order] = true
}

// String is the report in words.
func (r *report) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d histories, %d different ones, %d awaits\n", r.ran.Load(), len(r.orders), r.awaits)
	for _, name := range slices.Sorted(maps.Keys(r.counts)) {
		fmt.Fprintf(&text, "  %9d  %s\n", r.counts[name], name)
	}
	fmt.Fprintf(&text, "cells of lookup/life.go: %d\n", len(r.cells))
	for _, name := range slices.Sorted(maps.Keys(r.cells)) {
		fmt.Fprintf(&text, "  %9d  %s\n", r.cells[name], name)
	}
	return text.String()
}
