package simulation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"
)

// identityIn reads one lookup's answer.
func (w *world) identityIn(h heard) identity {
	var envelope struct{ Data identity }
	if err := json.Unmarshal(h.body, &envelope); err != nil {
		w.violated("answer", "a 200 that cannot be read: %s", h)
	}
	return envelope.Data
}

// prices are what a found number may have cost: an operator may have changed it meanwhile.
func (w *world) costs(r row) bool {
	biz := slices.IndexFunc(roster[:], func(b business) bool { return b.id == r.BusinessID })
	switch r.Status {
	case "found":
		return r.Charged == priceFound || w.repriced[biz] && r.Charged == priceChanged
	case "not_found":
		return r.Charged == priceNotFound || w.repriced[biz] && r.Charged == priceChanged
	}
	return r.Charged == 0
}

// judgeMoney wants each answer paid once, everything else not at all, and all money accounted for.
func (w *world) judgeMoney(stored []row) {
	spent := map[string]int64{}
	for _, r := range stored {
		if !w.costs(r) || r.Captured != r.Charged {
			w.violated("money", "lookup %s (%s) was charged %d", r.ID, r.Status, r.Charged)
		}
		spent[r.BusinessID] += r.Captured
	}
	for i, b := range roster {
		w.judgeWallet(i, b, spent[b.id])
	}
	w.judgeAnswered(stored)
}

// judgeWallet wants what was paid in to be what was spent and what is left.
func (w *world) judgeWallet(biz int, b business, spent int64) {
	var wallet struct{ Available, Held, Messages, Sent int64 }
	w.read(&wallet, `SELECT available, held,
		(SELECT coalesce(sum(amount), 0) FROM charges c WHERE c.business_id = w.business_id AND status = 'captured') AS messages,
		(SELECT count(*) FROM charges c WHERE c.business_id = w.business_id AND status = 'captured') AS sent
		FROM wallets w WHERE business_id = ?`, b.id)
	paid := b.topUp
	for _, t := range w.topping {
		var times int64
		w.read(&times, "SELECT count(*) FROM transfers WHERE business_id = ? AND kind = 'top_up' AND reference = ?", b.id, t.reference)
		if t.biz == biz && (t.done && times != 1) || times > 1 {
			w.violated("money", "top-up %s is in the books %d times", t.reference, times)
		}
		paid += times * topUpAmount
	}
	if wallet.Available+spent+wallet.Messages != paid {
		w.violated("money", "business %s paid in %d, spent %d and %d, has %d", b.id, paid, spent, wallet.Messages, wallet.Available)
	}
	if biz == bound && wallet.Sent > int64(w.sends) {
		w.violated("money", "%d messages were paid, %d were sent", wallet.Sent, w.sends)
	}
}

// judgeAnswered wants no answer charged that no vendor gave and that nobody asked for.
func (w *world) judgeAnswered(stored []row) {
	charged := map[[2]int]int{}
	for id, a := range w.numbers() {
		for _, r := range stored {
			if r.ID == id && final(r.Status) {
				charged[[2]int{a.step.biz, a.step.num}]++
			}
		}
	}
	given := map[string]int{}
	for _, q := range w.questions {
		if q.answered {
			given[q.national]++
		}
	}
	for num := range people {
		fresh := 0
		for biz := range roster {
			n := charged[[2]int{biz, num}]
			if biz != cached {
				fresh += n
			}
			if most := w.asksOf(biz, num); n > most {
				w.violated("one key, one effect", "%s asked %d times about n%d and has %d answers", roster[biz].id, most, num, n)
			}
		}
		if fresh > given[people[num].national] {
			w.violated("truth", "n%d: %d answers were charged, vendors gave %d", num, fresh, given[people[num].national])
		}
	}
}

// numbers gives what is known of which lookup is about which number: by what callers saw.
func (w *world) numbers() map[string]seen {
	known := map[string]seen{}
	for _, a := range w.answers {
		if a.said.ID != "" {
			known[a.said.ID] = a
		}
	}
	return known
}

// judgeEvents wants each end of a pending lookup told once under one id, with the facts, and no other.
func (w *world) judgeEvents(byID map[string]row) {
	ids, times := map[string]string{}, map[string]int{}
	for _, e := range w.told {
		if earlier, again := ids[e.said.ID]; again && earlier != e.id {
			w.violated("events", "lookup %s is told of by two events", e.said.ID)
		}
		ids[e.said.ID] = e.id
		times[e.said.ID]++
		if r := byID[e.said.ID]; r.Status != e.said.Status {
			w.violated("events", "an event said %s of lookup %s, which is %s", e.said.Status, e.said.ID, r.Status)
		}
	}
	pended := map[string]bool{}
	for _, a := range w.answers {
		pended[a.said.ID] = pended[a.said.ID] || a.said.Status == "pending"
	}
	for id, a := range w.numbers() {
		switch told := times[id] > 0; {
		case !roster[a.step.biz].receives && told:
			w.violated("events", "business %s is told, and has no endpoint", roster[a.step.biz].id)
		case roster[a.step.biz].receives && pended[id] && !told && len(w.erasing[a.step.biz][a.step.num]) == 0:
			w.violated("events", "nobody was told how lookup %s ended", id)
		case !pended[id] && told:
			w.violated("events", "lookup %s was answered at once, and an event tells of it", id)
		}
	}
}

// judgeReadings reads every lookup again, as its business would.
func (w *world) judgeReadings(stored []row) {
	known := w.numbers()
	for _, r := range stored {
		a, seen := known[r.ID]
		if !seen {
			continue
		}
		h := w.call(0, http.MethodGet, "/v2/api/identity/"+r.ID, w.token(a.step.biz), "")
		if h.status != http.StatusOK {
			w.violated("durable", "lookup %s cannot be read: %s", r.ID, h)
			continue
		}
		said := w.identityIn(h)
		w.judgeTruth(a.step.biz, &people[a.step.num], said)
		gone := w.erasedBefore(a.step.biz, a.step.num, r.ID, time.Now())
		switch {
		case said.Status != r.Status:
			w.violated("durable", "lookup %s is %s in the store and read as %s", r.ID, r.Status, said.Status)
		case gone && (said.names() != "" || !r.Erased):
			w.violated("erasure", "lookup %s still knows who was erased", r.ID)
		case r.Status == "found" && said.names() == "" && len(w.erasing[a.step.biz][a.step.num]) == 0:
			w.violated("durable", "lookup %s was paid for, and its answer is not there", r.ID)
		}
		w.judgeConfirmed(a, r)
	}
}

// judgeConfirmed wants no answer about a number that has not confirmed.
func (w *world) judgeConfirmed(a seen, r row) {
	if a.step.biz != bound || !final(r.Status) {
		return
	}
	if !slices.ContainsFunc(w.typed, func(t typing) bool { return t.lookup == r.ID && t.right }) {
		w.violated("consent", "lookup %s was answered, and its number has not confirmed", r.ID)
	}
}

// judgeSealed looks for what is personal in the bytes of the store and in the log.
func (w *world) judgeSealed() {
	w.log.mu.Lock()
	texts := map[string][]byte{"log": w.log.text.Bytes()}
	w.log.mu.Unlock()
	for _, end := range []string{"", "-wal"} {
		if text, err := os.ReadFile(w.path + end); err == nil {
			texts["store"+end] = text
		}
	}
	for where, text := range texts {
		for _, who := range people {
			for _, personal := range []string{who.name, who.national, who.national[1:]} {
				if bytes.Contains(text, []byte(personal)) {
					w.violated("sealed", "%s is readable in the %s", personal, where)
				}
			}
		}
	}
}

// judgeDoors wants keys that were taken away to open nothing.
func (w *world) judgeDoors() {
	for _, r := range w.revoked {
		for via := range w.gateways {
			h := w.call(via, http.MethodGet, "/v1/wallet", map[string]string{"token": r.token}, "")
			if h.status == http.StatusOK {
				w.violated("doors", "a key that was revoked still opens g%d", via)
			}
		}
	}
}

// judgeChains has the service verify its own chains: they must hold too.
func (w *world) judgeChains() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	audit, err := w.at(0).Verify(ctx, "", func(int64) {})
	if err != nil {
		w.violated("chains", "they cannot be verified: %v", err)
	}
	for _, l := range audit.Lies {
		w.violated("chains", "%s", fmt.Sprint(l))
	}
}
