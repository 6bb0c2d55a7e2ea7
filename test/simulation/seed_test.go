package simulation

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// numbersAtMost is how many numbers a history has. What is true of a number follows from its place.
const numbersAtMost = 8

// span is how long a history's steps are spread.
const span = 2500 * time.Millisecond

// planOf makes the history of a seed.
func planOf(seed uint64) plan {
	r := chance(seed, 1)
	p := plan{seed: seed, terms: termsOf(r)}
	for range 1 + r.IntN(5) {
		p.ask(r)
	}
	if r.IntN(8) > 0 {
		for range r.IntN(4) {
			p.disturb(r)
		}
		for range r.IntN(9) {
			p.harm(r)
		}
	}
	slices.SortStableFunc(p.steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	return p
}

func termsOf(r *rand.Rand) terms {
	t := terms{order: []string{"youverify", "sourceid"}, lease: 8 * time.Second, attempt: 600 * time.Millisecond, total: 1500 * time.Millisecond}
	if r.IntN(2) == 0 {
		slices.Reverse(t.order)
	}
	if r.IntN(4) == 0 {
		t.lease = 3 * time.Second // hardly longer than what the sources may take
	}
	if r.IntN(4) == 0 {
		t.skew = time.Duration(r.IntN(3000)) * time.Millisecond
	}
	return t
}

func moment(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(span))) }

// ask adds a question and what follows it: repetitions that race, readings, codes.
func (p *plan) ask(r *rand.Rand) {
	first := step{
		id: len(p.steps) + 1, at: moment(r), do: asks, biz: pick(r, rich, rich, poor, poor, bound, bound, checked, cached),
		num: r.IntN(numbersAtMost), via: r.IntN(2), tries: r.IntN(3), leave: r.IntN(6) == 0,
	}
	if r.IntN(3) > 0 {
		first.key = fmt.Sprintf("order-%d", first.id)
	}
	p.steps = append(p.steps, first)
	if first.key != "" && r.IntN(3) == 0 {
		for range 1 + r.IntN(3) {
			again := first
			again.id, again.via, again.at = len(p.steps)+1, r.IntN(2), first.at+time.Duration(r.IntN(400))*time.Millisecond*time.Duration(r.IntN(2))
			p.steps = append(p.steps, again)
		}
	}
	for range r.IntN(3) {
		p.follow(r, first)
	}
	if first.biz == bound && r.IntN(5) > 0 {
		at := first.at + time.Duration(150+r.IntN(1500))*time.Millisecond
		for range 1 + r.IntN(2) {
			p.steps = append(p.steps, step{id: len(p.steps) + 1, at: at, do: confirms, biz: first.biz, via: r.IntN(2), of: first.id, right: r.IntN(5) > 0})
			at += time.Duration(r.IntN(2)*r.IntN(800)) * time.Millisecond
		}
	}
}

func (p *plan) follow(r *rand.Rand, first step) {
	s := step{
		id: len(p.steps) + 1, at: first.at + time.Duration(r.IntN(2000))*time.Millisecond, biz: first.biz, num: first.num,
		do: pick(r, reads, reads, pries, resends, confirms, forges, erases, withdraws), via: r.IntN(2), of: first.id, right: r.IntN(2) == 0,
	}
	p.steps = append(p.steps, s)
}

// disturb adds something that somebody else does meanwhile.
func (p *plan) disturb(r *rand.Rand) {
	p.steps = append(p.steps, step{
		id: len(p.steps) + 1, at: moment(r), biz: r.IntN(len(roster)), num: r.IntN(numbersAtMost), via: r.IntN(2),
		do: pick(r, erases, withdraws, lists, reprices, tops, revokes, jumps, restarts, crashes, crashes, rotates, replays),
		by: pick(r, time.Second, 5*time.Second, time.Minute, 11*time.Minute, 7*time.Hour, 25*time.Hour, -2*time.Second),
	})
}

// harm adds something that goes wrong. An answer that is owed matters only if the next vendor has none either.
func (p *plan) harm(r *rand.Rand) {
	f := faultOf(r)
	p.faults = append(p.faults, f)
	if f.what == pending && r.IntN(4) > 0 {
		next := fault{at: onVendor, nth: f.nth + 1, what: pick(r, pending, broken, unreachable, garbled)}
		p.faults = append(p.faults, next.dressed(r))
	}
}

func faultOf(r *rand.Rand) fault {
	f := fault{via: r.IntN(2), at: pick(r, onWrite, onWrite, onCommit, onCommit, onRead, onVendor, onVendor, onVendor, onVendor, onVendor, onChannel, onReceive)}
	switch f.at {
	case onRead:
		f.nth, f.what = 1+r.IntN(80), pick(r, refused, odd, stalled, before, after)
	case onWrite:
		f.nth, f.what = 1+r.IntN(60), pick(r, refused, odd, lost, stalled, before, after)
	case onCommit:
		f.nth, f.what = 1+r.IntN(9), pick(r, refused, lost, lost, doubted, doubted, stalled, before, after)
	case onVendor:
		f.nth, f.what = 1+r.IntN(4), pick(r, slow, hangs, late, broken, garbled, busy, unreachable, cut, denied, pending, pending, pending, pending, before, after)
	case onChannel:
		f.nth, f.what = 1+r.IntN(3), pick(r, slow, hangs, late, broken, garbled, busy, unreachable, cut, denied, before, after)
	case onReceive:
		f.nth, f.what = 1+r.IntN(2), pick(r, slow, hangs, late, broken, busy, unreachable, cut, before, after)
	}
	return f.dressed(r)
}

// dressed says how long a fault takes, and how an answer that is owed is brought.
func (f fault) dressed(r *rand.Rand) fault {
	f.long = lengthOf(r, f.what)
	if f.what == pending {
		f.bring = bring{
			early: r.IntN(4) == 0, after: time.Duration(r.IntN(pick(r, 60, 600, 3000))) * time.Millisecond, times: 1 + r.IntN(3), via: r.IntN(2),
			fails: r.IntN(6) == 0, silent: r.IntN(4) == 0,
		}
	}
	return f
}

func lengthOf(r *rand.Rand, what harm) time.Duration {
	switch what {
	case slow:
		return time.Duration(100+r.IntN(450)) * time.Millisecond
	case late:
		return time.Duration(700+r.IntN(1500)) * time.Millisecond
	case stalled:
		return pick(r, 300*time.Millisecond, 2*time.Second, 8*time.Second, 12*time.Second)
	}
	return 0
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
