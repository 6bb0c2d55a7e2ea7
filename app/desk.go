package app

import (
	"context"
	"net/http"
	"time"

	"whoseline/access"
	"whoseline/handlers/operator"
)

// visitWithin bounds a page of a console that the operator's people see.
const visitWithin = 15 * time.Second

// desk is the operator's desk, on the private listener.
func (a *App) desk() http.Handler {
	return operator.New(operator.Options{
		Owner: access.OperatorTrail, Users: a.Operators, Trail: a.Trail, Businesses: a.Businesses, Keys: a.Keys, Till: a.Till,
		Limiter: access.NewLimiter(a.World), Sources: operator.Sources{Status: a.sourceStatus, Off: a.switchedOff, Switch: a.SwitchSource}, Verified: a.DB.Verified, World: a.World, Log: a.log,
		Visits: operator.Visits{Start: a.Users.StartVisit, Console: func(r *http.Request) (*http.Response, error) {
			return a.HTTP.Test(r, int(visitWithin.Milliseconds()))
		}},
		Care: operator.Care{Lookups: a.Lookups, Webhooks: a.Webhooks, Codes: a.Possession},
		Money: operator.Money{
			Credit: a.Credit, Order: a.Order,
			Approve: func(ctx context.Context, id, by string) (any, error) { return a.Approve(ctx, id, by) },
		},
	})
}
