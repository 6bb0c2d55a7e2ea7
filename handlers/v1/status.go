package v1

import (
	"math"
	"strings"

	"whoseline/handlers/edge"
	"whoseline/views"

	"github.com/gofiber/fiber/v2"
)

type sourceView struct {
	Name           string         `json:"name"`
	State          string         `json:"state"`
	SuccessRate    *float64       `json:"successRate"`
	LastOutcome    *string        `json:"lastOutcome"`
	LastAt         *views.Instant `json:"lastAt"`
	DisabledReason *string        `json:"disabledReason"`
	RetryAt        *views.Instant `json:"retryAt"`
}

// sources answers GET /v1/status/providers.
func (a *api) sources(c *fiber.Ctx) error {
	shown := []sourceView{}
	for _, s := range a.Sources() {
		shown = append(shown, viewSource(s))
	}
	return edge.Answer(c, map[string][]sourceView{"data": shown})
}

func viewSource(s edge.SourceStatus) sourceView {
	v := sourceView{Name: s.Name, State: strings.ReplaceAll(s.State, "-", "_")}
	if s.SuccessRate != nil {
		rate := math.Round(*s.SuccessRate*1000) / 1000
		v.SuccessRate = &rate
	}
	if !s.LastAt.IsZero() {
		at := views.Instant(s.LastAt)
		v.LastOutcome, v.LastAt = &s.LastOutcome, &at
	}
	if s.Disabled != "" {
		v.DisabledReason = &s.Disabled
	}
	if !s.RetryAt.IsZero() {
		at := views.Instant(s.RetryAt)
		v.RetryAt = &at
	}
	return v
}
