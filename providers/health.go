package providers

import (
	"sync"
	"time"

	"whoseline/models"
	"whoseline/providers/gate"
)

// SourceHealth is the state of a source since the process started, judged by real traffic.
type SourceHealth struct {
	Name        string         `json:"name"`
	State       string         `json:"state"` // closed, half-open, open; none without a breaker
	Successes   uint64         `json:"successes"`
	Failures    uint64         `json:"failures"`
	LastOutcome models.Outcome `json:"lastOutcome,omitempty"`
	LastAt      time.Time      `json:"lastAt,omitzero"` // when the last exchange ended

	Data     string         `json:"data,omitempty"`     // what the source itself asks, when it is known
	Rate     float64        `json:"rate"`               // share of the last judged exchanges that went well
	Judged   int            `json:"judged"`             // number of judged exchanges, at most 200
	Disabled models.Outcome `json:"disabled,omitempty"` // why our account with its vendor is not used: wallet_empty or credentials
	RetryAt  time.Time      `json:"retryAt,omitzero"`   // when it may be asked again; zero = now
}

// Health tells how each source does, in the order in which they are asked. It is empty when none is configured.
func (r *Router) Health() []SourceHealth {
	all := make([]SourceHealth, 0, len(r.routes))
	for _, t := range r.routes {
		all = append(all, t.health(r.now()))
	}
	return all
}

func (t *route) health(now time.Time) SourceHealth {
	h := t.tally.health()
	h.Name, h.Data, h.State = t.Name, t.Data, "none"
	if t.Breaker != nil {
		h.State = t.state().String()
	}
	c := t.history.all.counts()
	h.Judged = c.judged
	if c.judged > 0 {
		h.Rate = float64(c.good) / float64(c.judged)
	}
	held := t.account.look()
	if held.reason != "" && now.Before(held.until) {
		h.Disabled, h.RetryAt = held.reason, held.until
	}
	if until := later(held.paused, t.opensAt()); until.After(now) {
		h.RetryAt = later(h.RetryAt, until)
	}
	return h
}

// state is that of the breakers before the source: the worse one.
func (t *route) state() gate.State {
	state := t.Breaker.State()
	if t.data != nil {
		state = max(state, t.data.Breaker.State())
	}
	return state
}

// tally is our own count: the breaker clears its numbers whenever its state changes.
type tally struct {
	mu   sync.Mutex
	seen SourceHealth
}

func (t *tally) count(outcome models.Outcome, at time.Time) {
	r := rules[outcome]
	if r.Unasked {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen.LastOutcome, t.seen.LastAt = outcome, at
	switch {
	case r.Final:
		t.seen.Successes++
	case r.Fault:
		t.seen.Failures++
	}
}

func (t *tally) health() SourceHealth {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen
}
