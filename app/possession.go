package app

import (
	"context"
	"time"

	"whoseline/possession"
)

// possess makes the room that proves who holds a number.
func (a *App) possess(o Options) {
	a.Outbox = possession.Outbox{DB: a.DB.Gorm, Read: a.DB.Read, Box: a.Keyring, World: a.world}
	a.Possession = possession.New(possession.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, Vault: a.Keyring, World: a.world, NewCode: o.NewCode,
		Live: a.Outbox, Sandbox: a.Outbox, Limits: possession.DefaultLimits(), Log: a.log,
	})
}

// How often codes, counters and old messages are cleared away, and how long the outbox keeps a message.
const (
	tidyEvery  = time.Minute
	outboxKeep = 24 * time.Hour
)

// tidyPossession clears away what nobody needs any more until ctx ends.
func (a *App) tidyPossession(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := a.Possession.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("possession: could not be tidied", "err", err)
		}
		if err := a.Outbox.Prune(ctx, a.world.Now().Add(-outboxKeep)); err != nil && ctx.Err() == nil {
			a.log.Error("outbox: could not be tidied", "err", err)
		}
	}
}
