package simulation

import (
	"net/http"
	"time"
)

// unfinished is what must not be left when the world has come to rest.
const unfinished = `
SELECT 'lookup ' || id || ' is ' || status AS what FROM lookups WHERE status IN ('open', 'pending')
UNION ALL SELECT 'charge ' || id || ' is held' FROM charges WHERE status = 'held'
UNION ALL SELECT 'business ' || business_id || ' has held money' FROM wallets WHERE held <> 0
UNION ALL SELECT 'event ' || event_id || ' waits' FROM webhook_deliveries WHERE state NOT IN ('delivered', 'dead')`

// leaps are what the clocks jump by, one after another, until nothing is unfinished. Together they are longer than anything
// may take.
var leaps = []time.Duration{
	0, 20 * time.Second, 12 * time.Minute, time.Hour, 3 * time.Hour, 7 * time.Hour, 13 * time.Hour,
	25 * time.Hour, 25 * time.Hour, 40 * time.Hour, 40 * time.Hour,
}

// rest lets everything work again and the world come to an end of what it has begun.
func (w *world) rest() {
	for _, leap := range []time.Duration{20 * time.Second, 12 * time.Minute} { // with all that still may go wrong
		w.jumped.Add(int64(leap))
		time.Sleep(700 * time.Millisecond)
	}
	w.armed.Store(false)
	w.tell("everything works again")
	time.Sleep(500 * time.Millisecond) // for who died a moment ago
	w.mu.Lock()
	stalled := time.Until(w.stalled)
	w.mu.Unlock()
	time.Sleep(stalled)
	for via := range w.gateways {
		for w.at(via) == nil {
			time.Sleep(100 * time.Millisecond)
		}
	}
	for _, leap := range leaps {
		w.jumped.Add(int64(leap))
		time.Sleep(700 * time.Millisecond)
		if w.left() == nil {
			w.report.step("came to rest")
			break
		}
	}
	w.closing.Wait()
	for _, what := range w.left() {
		w.violated("liveness", "%s, after everything", what)
	}
}

func (w *world) left() (left []string) {
	w.read(&left, unfinished)
	return left
}

// judgeAll holds everything that was seen against what the store says in the end.
func (w *world) judgeAll() {
	var stored []row
	w.read(&stored, rowsQuery)
	byID := map[string]row{}
	for _, r := range stored {
		byID[r.ID] = r
	}
	for _, a := range w.answers {
		w.judgeLasting(a, byID)
	}
	w.judgeMoney(stored)
	w.judgeAsking()
	w.judgeCalm()
	w.judgeEvents(byID)
	w.judgeReadings(stored)
	w.judgeSealed()
	w.judgeDoors()
	if w.plan.seed%4 == 0 { // the service's own word, which costs more than all others
		w.judgeChains()
	}
	w.report.lookups(stored)
	w.report.awaited(w.counts)
}

// judgeLasting wants an answer that was given to stay what it was.
func (w *world) judgeLasting(a seen, byID map[string]row) {
	if a.status != http.StatusOK {
		return
	}
	r, there := byID[a.said.ID]
	if !there || final(a.said.Status) && r.Status != a.said.Status {
		w.violated("durable", "#%d heard %s of lookup %s, which is %q in the end", a.step.id, a.said.Status, a.said.ID, r.Status)
	}
}

// asksOf counts how many answers a business can have asked for about a number: one for each key, and one for each request
// without.
func (w *world) asksOf(biz, num int) (most int) {
	keys := map[string]bool{}
	for _, s := range w.plan.steps {
		if s.do != asks || s.biz != biz || s.num != num {
			continue
		}
		if s.key == "" {
			most += s.tries + 1
			continue
		}
		keys[s.key] = true
	}
	return most + len(keys)
}
