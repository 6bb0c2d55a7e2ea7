package app

import (
	"context"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/handlers/console"
	"whoseline/lookup"
	"whoseline/staff"
)

// buildStaff makes the rooms of those who may sign in to the console, and at the operator's desk.
func (a *App) buildStaff() {
	a.Users = staff.NewUsers(staff.Options{
		DB: a.DB.Gorm, Read: a.DB.Read, World: a.World, Vault: a.Keyring, Trail: a.Trail,
		Idle: a.Config.Console.SessionIdle, Life: a.Config.Console.SessionLife, Log: a.log,
	})
	a.Users.Register(a.registry)
	a.Operators = staff.NewUsers(staff.Options{
		DB: a.DB.Gorm, World: a.World, Vault: a.Keyring, Trail: a.Trail, House: access.OperatorTrail,
		Idle: a.Config.Console.SessionIdle, Life: a.Config.Console.SessionLife, Log: a.log,
	})
	a.Operators.Register(a.registry)
}

// consoleOptions is what the console needs, nil where the operator has switched it off.
func (a *App) consoleOptions() *console.Staff {
	if !a.Config.Console.Enabled {
		return nil
	}
	return &console.Staff{
		Users: a.Users, Trail: a.Trail, Businesses: a.Businesses, NewPassword: staff.StrongPassword, Payments: a.Payments, Batches: a.Batches,
		Review: a.review,
		Threshold: func(ctx context.Context, businessID string, threshold *int64) error {
			_, err := a.SetThreshold(ctx, businessID, threshold)
			return err
		},
	}
}

// review notes what somebody of a business did about a dispute, in its trail too; what the note says stands in no trail.
func (a *App) review(ctx context.Context, sandbox bool, v lookup.Review) error {
	return a.Lookups.Review(ctx, sandbox, v, func(tx *gorm.DB) error {
		return a.Trail.NoteWith(tx, audit.Event{
			BusinessID: v.BusinessID, Actor: v.Actor, Action: "lookup.reviewed", Target: v.LookupID,
			Detail: audit.Details(map[string]any{"assignee": v.Assignee, "stands": v.Stands, "note": v.Text != ""}),
		})
	})
}
