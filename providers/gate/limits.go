package gate

import (
	"math/rand/v2"
	"time"
)

// Limits protect a source from us and us from the source. A zero field stands for its default.
type Limits struct {
	Timeout     time.Duration // of one exchange; default 4 s
	MaxInflight int           // questions with the source at one time; default 64
	Rate        float64       // questions per second; 0 = no limit
}

// WithDefaults fills in what is not set.
func (l Limits) WithDefaults() Limits {
	if l.Timeout <= 0 {
		l.Timeout = 4 * time.Second
	}
	if l.MaxInflight <= 0 {
		l.MaxInflight = 64
	}
	return l
}

// DefaultBulkheadWait is the wait for a place when the operator sets none.
const DefaultBulkheadWait = 50 * time.Millisecond

// Options are what gates are made of. The zero value of every field is a sensible default.
type Options struct {
	BulkheadWait time.Duration    // how long a question queues for a place; 0 = DefaultBulkheadWait, below 0 = not at all
	Breakerless  bool             // without breakers
	Now          func() time.Time // UTC; nil = the machine's clock
	Chance       func() float64   // from 0 up to 1, spreads pauses; nil = the machine's chance
}

// WithDefaults fills in what is not set.
func (o Options) WithDefaults() Options {
	if o.BulkheadWait == 0 {
		o.BulkheadWait = DefaultBulkheadWait
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Now().UTC() }
	}
	if o.Chance == nil {
		o.Chance = rand.Float64
	}
	return o
}
