package gate

import (
	"math/rand/v2"
	"time"
)

// Limits protect a source from us and us from the source.
type Limits struct {
	Timeout     time.Duration // of one exchange
	MaxInflight int           // questions with the source at one time
	Rate        float64       // questions per second; 0 = no limit
}

// Within gives a source's limits where it has none of its own, or wider ones than the operator allows.
func (l Limits) Within(operator Limits) Limits {
	return Limits{narrower(l.Timeout, operator.Timeout), narrower(l.MaxInflight, operator.MaxInflight), l.Rate}
}

func narrower[T int | time.Duration](own, operator T) T {
	if own > 0 && (operator <= 0 || own < operator) {
		return own
	}
	return operator
}

// Options are what gates are made of.
type Options struct {
	BulkheadWait time.Duration    // how long a question queues for a place; 0 = not at all
	Breakerless  bool             // without breakers
	Now          func() time.Time // UTC; nil = the machine's clock
	Chance       func() float64   // from 0 up to 1, spreads pauses; nil = the machine's chance
}

// WithMachine takes the machine's clock and chance where none is given.
func (o Options) WithMachine() Options {
	if o.Now == nil {
		o.Now = func() time.Time { return time.Now().UTC() }
	}
	if o.Chance == nil {
		o.Chance = rand.Float64
	}
	return o
}
