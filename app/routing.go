package app

import (
	"whoseline/config"
	"whoseline/handlers/edge"
	"whoseline/providers"
)

// weights turns the operator's percentages into the router's parts of one.
func weights(c config.Routing) providers.Weights {
	part := func(percent int) float64 { return float64(percent) / 100 }
	return providers.Weights{
		Found: part(c.FoundWeight), Cost: part(c.CostWeight), Latency: part(c.LatencyWeight), Explore: part(c.Explore),
	}
}

func thresholds(c config.Routing) providers.Thresholds {
	return providers.Thresholds{Alert: c.BalanceAlert, Floor: c.BalanceFloor}
}

// sourceStatus is what the edge tells of the live sources.
func (a *App) sourceStatus() []edge.SourceStatus {
	var all []edge.SourceStatus
	for _, h := range a.Live.Health() {
		s := edge.SourceStatus{Name: h.Name, State: h.State, Disabled: string(h.Disabled), RetryAt: h.RetryAt}
		if !h.LastAt.IsZero() {
			s.LastOutcome, s.LastAt = string(h.LastOutcome), h.LastAt
		}
		if h.Judged > 0 {
			s.SuccessRate = &h.Rate
		}
		all = append(all, s)
	}
	return all
}
