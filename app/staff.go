package app

import (
	"context"

	"whoseline/access"
	"whoseline/billing"
)

// employ makes the room of those who may sign in to the console.
func (a *App) employ() {
	a.Users = access.NewUsers(access.UsersOptions{
		DB: a.DB.Gorm, Read: a.DB.Read, World: a.world, Vault: a.Keyring, Trail: a.Trail,
		Idle: a.config.Console.SessionIdle, Life: a.config.Console.SessionLife, Log: a.log,
	})
	a.Users.Register(a.registry)
}

// tidyStaff clears away sessions that are over and tries that are forgotten until ctx ends.
func (a *App) tidyStaff(ctx context.Context) {
	repeat(ctx, tidyEvery, func(ctx context.Context) {
		if err := a.Users.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("staff: could not be tidied", "err", err)
		}
	})
}

// verifyTrails adds what the audit trails lie about to what the books do.
func (a *App) verifyTrails(ctx context.Context, businessID string, lies []billing.Lie) (events int64, all []billing.Lie, err error) {
	audit, err := a.Trail.Verify(ctx, businessID)
	if err != nil {
		return 0, lies, err
	}
	for _, l := range audit.Lies {
		lies = append(lies, billing.Lie(l))
	}
	return audit.Events, lies, nil
}
