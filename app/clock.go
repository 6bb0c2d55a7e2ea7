package app

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"whoseline/storage"
)

// clock is the time that all gateways of one database share: the database's. A lease that one gateway gives must not be
// over for another one whose machine is ahead. Between two readings it goes on by the machine's, whose steps it ignores.
type clock struct {
	machine func() time.Time
	read    atomic.Pointer[reading] // nil = the machine's own time
}

// reading is what the database's clock said when the machine's said something.
type reading struct{ database, machine time.Time }

func newClock(machine func() time.Time) *clock {
	if machine == nil {
		machine = time.Now
	}
	return &clock{machine: machine}
}

func (c *clock) now() time.Time {
	if r := c.read.Load(); r != nil {
		return r.database.Add(c.machine().Sub(r.machine))
	}
	return c.machine().UTC()
}

// Bounds of reading the database's clock.
const (
	followEvery  = 10 * time.Second
	followWithin = 2 * time.Second
	worstReading = 500 * time.Millisecond // an answer that took longer says too little
	mostSkew     = 5 * time.Second        // by which a machine's clock may be wrong
)

// follow reads the database's clock. An embedded database has none.
func (c *clock) follow(ctx context.Context, db *storage.DB) error {
	if c == nil || db.Engine != storage.Postgres {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, followWithin)
	defer cancel()
	asked := c.machine()
	at, err := db.Clock(ctx)
	if err != nil {
		return err
	}
	took := c.machine().Sub(asked)
	if took > worstReading && c.read.Load() != nil {
		return nil
	}
	c.read.Store(&reading{at.Add(took / 2).UTC(), asked.Add(took)})
	return nil
}

// check tells whether the machine's own clock is good: certificates and what others sign are judged by it.
func (c *clock) check() error {
	if c == nil {
		return nil
	}
	// Rounding drops the monotonic part, so that a step of the machine's clock shows.
	if off := c.machine().Round(0).Sub(c.now()); off.Abs() > mostSkew {
		return fmt.Errorf("the machine's is %s off the database's", off.Round(time.Second))
	}
	return nil
}

// followClock reads the database's clock.
func (a *App) followClock(ctx context.Context) error {
	if a.clock == nil {
		return nil
	}
	return a.clock.follow(ctx, a.DB)
}
