package simulation

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// row is a lookup as the store has it.
type row struct {
	BusinessID string
	ID         string
	Status     string
	Held       int64
	Charged    int64
	Erased     bool
	Captured   int64 // by the transfers
}

const rowsQuery = `SELECT l.business_id, l.id, l.status, l.held, l.charged, l.data_key IS NULL AS erased,
	coalesce((SELECT sum(amount) FROM transfers t WHERE t.business_id = l.business_id AND t.reference = l.id AND t.kind = 'capture'), 0) AS captured
	FROM lookups l`

// read asks the store beside the gateways.
func (w *world) read(into any, query string, args ...any) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.watch.Read.WithContext(ctx).Raw(query, args...).Scan(into).Error; err != nil {
		w.violated("simulation", "the store cannot be read: %v", err)
	}
}

func (w *world) lookup(id string) (found row, there bool) {
	var all []row
	w.read(&all, rowsQuery+" WHERE l.id = ?", id)
	if len(all) != 1 {
		return row{}, false
	}
	return all[0], true
}

func final(status string) bool { return status == "found" || status == "not_found" }

// judge holds an answer, the moment it is there, against the truth and the store: it must be durable already.
func (w *world) judge(s seen) {
	switch s.status {
	case http.StatusOK:
		w.judgeAnswer(s)
	case http.StatusPaymentRequired:
		if s.step.biz != poor {
			w.violated("money", "#%d: no money, where there is plenty: %s", s.step.id, s.heard)
		}
	case http.StatusInternalServerError:
		w.mu.Lock()
		harmed := w.harmed
		w.mu.Unlock()
		if !harmed {
			w.violated("answer", "#%d: a 500, though nothing was wrong: %s", s.step.id, s.heard)
		}
	case http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusUnauthorized:
		w.violated("answer", "#%d: a good question is refused: %s", s.step.id, s.heard)
	}
}

func (w *world) judgeAnswer(s seen) {
	who := &people[s.step.num]
	w.judgeTruth(s.step.biz, who, s.said)
	stored, there := w.lookup(s.said.ID)
	switch {
	case !there || stored.BusinessID != roster[s.step.biz].id:
		w.violated("durable", "#%d hears of lookup %s, which the store does not have", s.step.id, s.said.ID)
	case final(s.said.Status) && (stored.Status != s.said.Status || stored.Charged != stored.Captured):
		w.violated("durable", "#%d hears %s of lookup %s, the store says %+v", s.step.id, s.said.Status, s.said.ID, stored)
	}
	w.judgeKey(s)
	w.judgeWithdrawn(s)
}

// judgeTruth holds what is said of a person against the truth.
func (w *world) judgeTruth(biz int, who *person, said identity) {
	names := said.names()
	switch {
	case said.BusinessID != roster[biz].id:
		w.violated("tenants apart", "business %s hears of %s's lookup %s", roster[biz].id, said.BusinessID, said.ID)
	case said.Status == "found" && !who.found, said.Status == "not_found" && who.found:
		w.violated("truth", "lookup %s: %s is not true", said.ID, said.Status)
	}
	for i := range people {
		if strings.Contains(names, people[i].name) && (&people[i] != who || said.Status != "found") {
			w.violated("truth", "lookup %s, %s, names who is not asked about", said.ID, said.Status)
		}
	}
}

// judgeKey holds an answer against the other answers under the same idempotency key.
func (w *world) judgeKey(s seen) {
	if s.step.key == "" {
		return
	}
	w.mu.Lock()
	first := slices.IndexFunc(w.answers, func(o seen) bool {
		return o.status == http.StatusOK && o.step.key == s.step.key && o.step.biz == s.step.biz
	})
	earlier := w.answers[first]
	w.mu.Unlock()
	if earlier.said.ID != s.said.ID || string(earlier.body) != string(s.body) {
		w.violated("one key, one effect", "%s is answered with lookup %s and with %s:\n%s\n%s", s.step.key, earlier.said.ID, s.said.ID, earlier.body, s.body)
	}
}

// judgeWithdrawn wants no new answer about who had withdrawn the consent when it was asked for.
func (w *world) judgeWithdrawn(s seen) {
	if s.header.Get("Idempotent-Replayed") != "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, x := range w.withdrawn {
		if x.biz == s.step.biz && x.num == s.step.num && x.status == http.StatusOK && x.ended.Before(s.began) {
			w.wrong = append(w.wrong, violation{"consent", "an answer after the withdrawal: lookup " + s.said.ID})
		}
	}
}

// judgeReading holds a reading against the truth and what was erased.
func (w *world) judgeReading(s step, id string, h heard) {
	w.tell("#%d reads %s: %d", s.id, id, h.status)
	if h.status != http.StatusOK {
		if h.status == http.StatusNotFound && s.do == reads {
			w.violated("durable", "lookup %s cannot be read any more", id)
		}
		return
	}
	said := w.identityIn(h)
	if said.ID != id {
		w.violated("answer", "asked for lookup %s, got %s", id, said.ID)
	}
	w.judgeTruth(s.biz, &people[s.num], said)
	if w.erasedBefore(s.biz, s.num, id, h.began) && said.names() != "" {
		w.violated("erasure", "lookup %s still names who was erased", id)
	}
}

// erasedBefore tells whether a lookup that a caller knew of was erased before a moment.
func (w *world) erasedBefore(biz, num int, id string, at time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.erasing[biz][num] {
		if e.status != http.StatusOK || !e.ended.Before(at) {
			continue
		}
		for _, a := range w.answers {
			if a.said.ID == id && a.ended.Before(e.began) {
				return true
			}
		}
	}
	return false
}

// judgeEvent holds an event, the moment it comes, against the store.
func (w *world) judgeEvent(biz int, said identity) {
	stored, there := w.lookup(said.ID)
	if !there || stored.Status != said.Status || stored.BusinessID != roster[biz].id {
		w.violated("events", "the event about lookup %s says %s, the store %+v", said.ID, said.Status, stored)
	}
	if who := personOf(said.IDNumber); who != nil {
		w.judgeTruth(biz, who, said)
	}
}

// committed holds the books against themselves after a commit that moved money.
func (w *world) committed() {
	if !w.armed.Load() {
		return
	}
	var bad []struct{ BusinessID, What string }
	w.read(&bad, booksQuery)
	for _, b := range bad {
		w.violated("money", "the books of %s: %s", b.BusinessID, b.What)
	}
	w.report.step("books checked")
}

// booksQuery gives what contradicts itself in the books.
const booksQuery = `
WITH moved AS (
	SELECT business_id,
		sum(CASE kind WHEN 'top_up' THEN amount WHEN 'hold' THEN -amount WHEN 'release' THEN amount ELSE 0 END) AS available,
		sum(CASE kind WHEN 'hold' THEN amount WHEN 'capture' THEN -amount WHEN 'release' THEN -amount ELSE 0 END) AS held
	FROM transfers GROUP BY business_id
), by_reference AS (
	SELECT business_id, reference,
		sum(CASE kind WHEN 'hold' THEN amount ELSE 0 END) AS held, sum(CASE kind WHEN 'capture' THEN amount ELSE 0 END) AS captured,
		sum(CASE kind WHEN 'release' THEN amount ELSE 0 END) AS released
	FROM transfers WHERE kind <> 'top_up' GROUP BY business_id, reference
)
SELECT w.business_id, 'the wallet is not the sum of its transfers' AS what FROM wallets w JOIN moved m ON m.business_id = w.business_id
	WHERE w.available <> m.available OR w.held <> m.held OR w.available < 0 OR w.held < 0
UNION ALL SELECT l.business_id, 'lookup ' || l.id || ' (' || l.status || ') is not what its money says'
	FROM lookups l LEFT JOIN by_reference r ON r.business_id = l.business_id AND r.reference = l.id
	WHERE l.held <> coalesce(r.held, 0) OR l.charged <> coalesce(r.captured, 0)
		OR coalesce(r.released, 0) <> (CASE WHEN l.status IN ('open', 'pending') THEN 0 ELSE l.held - l.charged END)
UNION ALL SELECT r.business_id, 'money moved for ' || r.reference || ', which is not there'
	FROM by_reference r WHERE NOT EXISTS (SELECT 1 FROM lookups l WHERE l.business_id = r.business_id AND l.id = r.reference)
		AND NOT EXISTS (SELECT 1 FROM charges c WHERE c.business_id = r.business_id AND c.id = r.reference)`
