package v1

import (
	"math"
	"strings"

	"whoseline/handlers/edge"

	"github.com/gofiber/fiber/v2"
)

type sourceView struct {
	Name           string        `json:"name"`
	State          string        `json:"state"`
	SuccessRate    *float64      `json:"successRate"`
	LastOutcome    *string       `json:"lastOutcome"`
	LastAt         *edge.Instant `json:"lastAt"`
	DisabledReason *string       `json:"disabledReason"`
	RetryAt        *edge.Instant `json:"retryAt"`
}

// sources answers GET /v1/status/providers.
func (a *api) sources(c *fiber.Ctx) error {
	views := []sourceView{}
	for _, s := range a.Sources() {
		views = append(views, viewSource(s))
	}
	return edge.Answer(c, map[string][]sourceView{"data": views})
}

func viewSource(s edge.SourceStatus) sourceView {
	v := sourceView{Name: s.Name, State: strings.ReplaceAll(s.State, "-", "_")}
	if s.SuccessRate != nil {
		rate := math.Round(*s.SuccessRate*1000) / 1000
		v.SuccessRate = &rate
	}
	if !s.LastAt.IsZero() {
		at := edge.Instant(s.LastAt)
		v.LastOutcome, v.LastAt = &s.LastOutcome, &at
	}
	if s.Disabled != "" {
		v.DisabledReason = &s.Disabled
	}
	if !s.RetryAt.IsZero() {
		at := edge.Instant(s.RetryAt)
		v.RetryAt = &at
	}
	return v
}
