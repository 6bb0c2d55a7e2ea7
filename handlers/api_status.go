package handlers

import (
	"math"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// SourceStatus is how a source has been doing, as real traffic saw it.
type SourceStatus struct {
	Name        string
	State       string    // of its breaker: closed, half-open, open, or none
	SuccessRate *float64  // of the last exchanges, from 0 to 1; nil = none yet
	LastOutcome string    // of the last one
	LastAt      time.Time // zero = never asked
	Disabled    string    // why the operator's account with it is not used; empty = it is
	RetryAt     time.Time // when it will be asked again; zero = now
}

type sourceView struct {
	Name           string   `json:"name"`
	State          string   `json:"state"`
	SuccessRate    *float64 `json:"successRate"`
	LastOutcome    *string  `json:"lastOutcome"`
	LastAt         *instant `json:"lastAt"`
	DisabledReason *string  `json:"disabledReason"`
	RetryAt        *instant `json:"retryAt"`
}

// sources answers GET /v1/status/providers.
func (a *api) sources(c *fiber.Ctx) error {
	views := []sourceView{}
	for _, s := range a.Sources() {
		views = append(views, viewSource(s))
	}
	return answer(c, map[string][]sourceView{"data": views})
}

func viewSource(s SourceStatus) sourceView {
	v := sourceView{Name: s.Name, State: strings.ReplaceAll(s.State, "-", "_")}
	if s.SuccessRate != nil {
		rate := math.Round(*s.SuccessRate*1000) / 1000
		v.SuccessRate = &rate
	}
	if !s.LastAt.IsZero() {
		at := instant(s.LastAt)
		v.LastOutcome, v.LastAt = &s.LastOutcome, &at
	}
	if s.Disabled != "" {
		v.DisabledReason = &s.Disabled
	}
	if !s.RetryAt.IsZero() {
		at := instant(s.RetryAt)
		v.RetryAt = &at
	}
	return v
}
