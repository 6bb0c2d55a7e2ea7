package config

import (
	"errors"
	"time"
)

// Routing says how the sources for a question are put in order, and when money with a vendor is little.
type Routing struct {
	FoundWeight   int `koanf:"found_weight" validate:"min=0,max=100"`   // percent: how much the share of numbers that are found counts
	CostWeight    int `koanf:"cost_weight" validate:"min=0,max=100"`    // percent taken off for a source that costs as much as is paid
	LatencyWeight int `koanf:"latency_weight" validate:"min=0,max=100"` // percent taken off for a source as slow as its deadline
	Explore       int `koanf:"explore" validate:"min=0,max=50"`         // percent of questions that try somebody else first

	BalanceEvery time.Duration `koanf:"balance_every" validate:"min=5s,max=24h"`
	BalanceAlert int64         `koanf:"balance_alert" validate:"min=0"` // minor units below which a metric warns
	BalanceFloor int64         `koanf:"balance_floor" validate:"min=0"` // minor units at which a vendor is no longer asked
}

func defaultRouting() Routing {
	return Routing{
		FoundWeight: 30, CostWeight: 10, LatencyWeight: 10, Explore: 2,
		BalanceEvery: time.Minute, BalanceAlert: 1_000_000, BalanceFloor: 50_000,
	}
}

func (r Routing) contradictions() (problems []error) {
	if r.BalanceAlert < r.BalanceFloor {
		problems = append(problems, errors.New("routing.balance_alert must be at least routing.balance_floor"))
	}
	return problems
}
