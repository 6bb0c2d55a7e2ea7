package app

import (
	"context"

	"whoseline/access"
	"whoseline/handlers"
)

// staff is what the console needs, nil where the operator has switched it off.
func (a *App) staff() *handlers.Staff {
	if !a.config.Console.Enabled {
		return nil
	}
	return &handlers.Staff{Users: a.Users, Trail: a.Trail, Businesses: a.Businesses, NewPassword: strongPassword}
}

// demoEmail is who owns the demo's business.
const demoEmail = "owner@demo.example"

// furnishOwner lets somebody sign in to the demo's console.
func furnishOwner(ctx context.Context, a *App, state *demoState) error {
	password := strongPassword()
	_, err := a.Users.Create(access.By(ctx, access.Operator), access.NewUser{
		BusinessID: state.BusinessID, Email: demoEmail, Name: "Demo Owner", Role: access.Owner, Password: password,
	})
	if err != nil {
		return err
	}
	state.Console = demoLogin{demoEmail, password}
	return nil
}
