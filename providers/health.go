package providers

import (
	"sync"
	"time"

	"whoseline/models"
)

// SourceHealth is how a source has been doing since the process started, as real traffic saw it.
type SourceHealth struct {
	Name        string         `json:"name"`
	State       string         `json:"state"` // closed, half-open, open; none without a breaker
	Successes   uint64         `json:"successes"`
	Failures    uint64         `json:"failures"`
	LastOutcome models.Outcome `json:"lastOutcome,omitempty"`
	LastAt      time.Time      `json:"lastAt,omitzero"` // when the last exchange ended
}

// Health tells how each source does, in the order in which they are asked. It is empty when none is configured.
func (r *Router) Health() []SourceHealth {
	all := make([]SourceHealth, 0, len(r.routes))
	for _, t := range r.routes {
		h := t.tally.health()
		h.Name, h.State = t.Name, "none"
		if t.breaker != nil {
			h.State = t.breaker.state().String()
		}
		all = append(all, h)
	}
	return all
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
