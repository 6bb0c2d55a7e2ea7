package simulation

import (
	"net/http"
	"slices"
	"time"
)

// calm tells whether nothing goes wrong in a history, and nobody disturbs it.
func (p plan) calm() bool {
	return len(p.faults) == 0 && !slices.ContainsFunc(p.steps, func(s step) bool {
		return !slices.Contains([]verb{asks, reads, confirms, resends, pries, forges, lists, tops, replays}, s.do)
	})
}

// judgeCalm wants every question answered where nothing went wrong.
func (w *world) judgeCalm() {
	if !w.plan.calm() {
		return
	}
	for _, a := range w.answers {
		fine := a.status == http.StatusOK || a.status == http.StatusPaymentRequired || a.status == http.StatusConflict && a.step.key != "" ||
			a.step.biz == bound && a.status == http.StatusTooManyRequests // a number gets three messages in ten minutes
		if !fine || a.said.Status == "failed" {
			w.violated("answer", "#%d hears %s, though nothing was wrong", a.step.id, a.heard)
		}
	}
}

// lone tells whether a number is asked about by one business under one key.
func (p plan) lone(num int) (by step, yes bool) {
	for _, s := range p.steps {
		if s.do != asks || s.num != num {
			continue
		}
		if yes && (by.biz != s.biz || by.key != s.key) || s.key == "" {
			return by, false
		}
		by, yes = s, true
	}
	return by, yes
}

// judgeAsking wants one gateway at a time to ask about a lookup, and none once its consent was taken back.
func (w *world) judgeAsking() {
	for num := range people {
		by, lone := w.plan.lone(num)
		if !lone {
			continue
		}
		var about []*question
		for _, q := range w.questions {
			if q.national == people[num].national {
				about = append(about, q)
			}
		}
		w.judgeTurns(about)
		for _, x := range w.withdrawn {
			if x.biz == by.biz && x.num == num && x.status == http.StatusOK {
				w.judgeStopped(about, x.ended)
			}
		}
	}
}

// judgeTurns wants no two gateways to ask at once. Clocks that are wrong may end a lease early.
func (w *world) judgeTurns(about []*question) {
	if w.plan.terms.skew > 0 || slices.ContainsFunc(w.plan.steps, func(s step) bool { return s.do == jumps }) {
		return
	}
	for i, one := range about {
		for _, other := range about[:i] {
			if one.by != other.by && !one.ended.IsZero() && !other.ended.IsZero() && one.at.Before(other.ended) && other.at.Before(one.ended) {
				w.violated("one asks at a time", "two gateways ask about %s at once, at %s", one.national, one.at.Sub(w.began))
			}
		}
	}
}

// stopWithin is for what had begun when a withdrawal was stored.
const stopWithin = 2 * time.Second

func (w *world) judgeStopped(about []*question, withdrawn time.Time) {
	for _, q := range about {
		if !q.again && q.at.After(withdrawn.Add(stopWithin)) {
			w.violated("consent", "a vendor is asked about %s, %s after the withdrawal", q.national, q.at.Sub(withdrawn))
		}
	}
}
