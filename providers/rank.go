package providers

import (
	"math"
	"slices"
	"time"

	"whoseline/lookup"
	"whoseline/models"
)

// Weights say how candidates are ranked. Each is between 0 and 1; the zero value ranks by success alone and never
// explores.
type Weights struct {
	Found   float64 // how much the share of numbers that are found counts
	Cost    float64 // taken off for a source that costs as much as the business pays
	Latency float64 // taken off for a source that is as slow as its deadline
	Explore float64 // share of questions that another source than the best is asked first, to learn about it
}

// presumed is the success of a source about which too little is known. It is not perfect, so that a good source in use
// does not lose its place to every new one.
const presumed = 0.95

// step is the least difference of scores that counts, in thousandths. Below it scores are noise, and the operator's
// order stands.
const step = 50

// facts are what a candidate is ranked by.
type facts struct {
	counts
	partial bool          // it knows only some numbers: its misses of others do not count
	cost    float64       // as a part of what the business pays
	pace    time.Duration // of an answer
	timeout time.Duration
}

func (f facts) known() bool { return f.judged >= enough }

// score is success × found − cost − slowness, in thousandths.
func (w Weights) score(f facts) int {
	success, found := presumed, 1.0
	if f.known() {
		success = float64(f.good) / float64(f.judged)
	}
	if told := f.found + f.missed; told >= enough && !f.partial {
		found = float64(f.found) / float64(told)
	}
	slow := min(1, float64(f.pace)/float64(f.timeout))
	value := success*(1-w.Found+w.Found*found) - w.Cost*f.cost - w.Latency*slow
	return int(math.Round(1000 * value))
}

// choice is a candidate for one question.
type choice struct {
	*route
	approach models.Approach
	score    int
	barred   models.Outcome // why it cannot be asked; empty when it can
	until    time.Time      // when it can be asked again, if that is known
}

// plan gives the candidates for a question in the order in which they are to be asked. Only sources that cover the
// question are candidates. Those that are barred keep their place, so that the record shows where they would have been.
func (r *Router) plan(q *lookup.Question, now time.Time) []choice {
	list := r.candidates(q)
	for i := range list {
		c := &list[i]
		c.barred, c.until = c.bars(q, now)
	}
	if len(list) > 1 {
		r.rank(list, q)
	}
	return r.inTurn(list, q)
}

// candidates are the sources that the business may use and that cover the question, in the operator's order. For the
// full record, sources that have only the plain one are left out, unless there are no others. What the operator has switched off is
// none.
func (r *Router) candidates(q *lookup.Question) []choice {
	list := make([]choice, 0, len(r.routes))
	if named := q.Routing.Sources; len(named) > 0 {
		for _, name := range named {
			if t := r.byName[name]; t != nil && !r.isOff(name) && t.covers(q) {
				list = append(list, choice{route: t})
			}
		}
	} else {
		for _, t := range r.routes {
			if !r.isOff(t.Name) && t.covers(q) {
				list = append(list, choice{route: t})
			}
		}
	}
	plain := func(c choice) bool { return c.BasicOnly && !c.MatchOnly }
	full := func(c choice) bool { return !c.BasicOnly && !c.MatchOnly }
	if q.Advanced && slices.ContainsFunc(list, full) {
		list = slices.DeleteFunc(list, plain)
	}
	return list
}

// rank sorts the candidates by what is known about them. Where nothing is known, the operator's order stands.
func (r *Router) rank(list []choice, q *lookup.Question) {
	prefix, known := prefixOf(q.Phone), false
	for i := range list {
		c := &list[i]
		f := c.facts(q, prefix)
		known = known || f.known()
		c.score, c.approach = r.weights.score(f), models.InOrder
	}
	if !known {
		for i := range list {
			list[i].score = 0
		}
		return
	}
	for i := range list {
		list[i].approach = models.Ranked
	}
	slices.SortStableFunc(list, func(a, b choice) int { return rung(b.score) - rung(a.score) })
	r.explore(list)
}

func rung(score int) int { return int(math.Round(float64(score) / step)) }

// explore sometimes moves a candidate to the front that would not be asked.
func (r *Router) explore(list []choice) {
	if r.weights.Explore <= 0 {
		return
	}
	chance := r.chance()
	if chance >= r.weights.Explore {
		return
	}
	first := slices.IndexFunc(list, free)
	if first < 0 {
		return
	}
	others := 0
	for _, c := range list[first+1:] {
		if free(c) {
			others++
		}
	}
	skip := int(chance / r.weights.Explore * float64(others))
	for i := first + 1; i < len(list); i++ {
		if !free(list[i]) {
			continue
		}
		if skip--; skip < 0 {
			chosen := list[i]
			chosen.approach = models.Explored
			copy(list[1:i+1], list[:i])
			list[0] = chosen
			return
		}
	}
}

func free(c choice) bool { return c.barred == "" }
