// Package operator answers: what can the operator's own people see and do? A desk of pages and an API with keys, on the private
// listener. The pages themselves are in dashboard.
package operator

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/staff"
	"whoseline/webhooks"
)

// The roots of the pages and of the API.
const (
	root    = "/operator"
	apiRoot = root + "/v1"
)

// Options is what the desk needs.
type Options struct {
	Owner      string // whose the operator's people and their trail are
	Users      *staff.Users
	Trail      *audit.Trail
	Businesses *access.Businesses
	Keys       *access.Keys
	Till       *billing.Till
	Limiter    *access.Limiter
	Sources    Sources
	Verified   func(ctx context.Context) (time.Time, error) // when the books of all were last found true; zero = never
	Money      Money
	Visits     Visits
	Care       Care
	World      models.World
	Log        *slog.Logger
}

// Money is what moves it, with everything that such a move brings along. Who does it is in the context, or in the order.
type Money struct {
	Credit  func(ctx context.Context, businessID, reference string, amount int64) (models.Wallet, error)
	Order   func(ctx context.Context, order billing.CorrectionOrder) (billing.Corrected, *billing.Approval, error)
	Approve func(ctx context.Context, id, by string) (any, error)
}

// Sources is how the live sources do, and which of them somebody has switched off.
type Sources struct {
	Status func() []edge.SourceStatus
	Off    func(ctx context.Context) (map[string]Switched, error)
	Switch func(ctx context.Context, source string, on bool, by, reason string) error
}

// Care is where it is read what is stuck or refused.
type Care struct {
	Lookups  *lookup.Service
	Webhooks *webhooks.Service
	Codes    *possession.Service
}

// Visits is how the operator's people see a business's console.
type Visits struct {
	Start   func(ctx context.Context, businessID string, who staff.User) (token string, err error)
	Console func(r *http.Request) (*http.Response, error) // asks the console within the process
}

// Switched is who switched a source off, when and why.
type Switched struct {
	At         time.Time
	By, Reason string
}

// desk is the pages and the API. Both are one table of routes: what a page shows the API tells, and what a form does it does too.
type desk struct{ Options }

// Route is something that can be asked of the desk, as a page at /operator and in JSON at /operator/v1.
type Route struct {
	Method, Path string
	Act          staff.Act
	do           func(c *call) (any, error)
	page, title  string // of GET: the template; of POST: where the browser goes on to, and what it says there
}

// Routes gives all that can be asked of the desk.
func Routes() []Route { return (&desk{}).routes() }

// routes is the table. Each names the act of staff that a role must be permitted.
func (d *desk) routes() []Route {
	return []Route{
		{"GET", "/", staff.Look, d.today, "today", "Today"},
		{"GET", "/businesses", staff.Look, d.businesses, "businesses", "Businesses"},
		{"POST", "/businesses", staff.RunBusinesses, d.createBusiness, "/businesses", "The business is made."},
		{"GET", "/businesses/{id}", staff.Look, d.business, "business", "Business"},
		{"GET", "/businesses/{id}/stuck", staff.Look, d.work, "work", "Stuck and refused"},
		{"POST", "/businesses/{id}/suspend", staff.RunBusinesses, d.suspend, "/businesses/{id}", "The business is suspended: its callers are refused."},
		{"POST", "/businesses/{id}/resume", staff.RunBusinesses, d.resume, "/businesses/{id}", "The business's callers are served again."},
		{"POST", "/businesses/{id}/keys/{key}/revoke", staff.RevokeKeys, d.revokeKey, "/businesses/{id}", "The key is revoked."},
		{"POST", "/businesses/{id}/credit", staff.MoveMoney, d.credit, "/businesses/{id}", "The wallet is credited, once for this reference."},
		{"POST", "/businesses/{id}/refund", staff.MoveMoney, d.refund, "/businesses/{id}", "The refund is carried out, or waits for another operator."},
		{"POST", "/businesses/{id}/adjust", staff.MoveMoney, d.adjust, "/businesses/{id}", "The adjustment is carried out, or waits for another operator."},
		{"GET", "/approvals", staff.Look, d.approvals, "approvals", "Approvals"},
		{"POST", "/approvals/{id}/approve", staff.ApproveMoney, d.approve, "/approvals", "It is approved and carried out."},
		{"GET", "/sources", staff.Look, d.sources, "sources", "Sources"},
		{"POST", "/sources/{source}/off", staff.SwitchSources, d.switchOff, "/sources", "The source is switched off: no gateway asks it within seconds."},
		{"POST", "/sources/{source}/on", staff.SwitchSources, d.switchOn, "/sources", "The source is switched on."},
		{"GET", "/trail", staff.SeeTrail, d.trail, "trail", "Operators’ trail"},
	}
}

// The bounds of a call.
const (
	patience = 15 * time.Second // for everything that one reads or does
	rate     = 20               // calls a second of one session or key
	maxBody  = 16 << 10
)

// New gives the handler of everything below /operator, and of the console for those who visit it from there.
func New(o Options) http.Handler {
	d := &desk{o}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"/assets/{name}", asset)
	mux.HandleFunc("GET "+root+"/sign-in", d.signInPage)
	mux.HandleFunc("POST "+root+"/sign-in", d.signIn)
	mux.HandleFunc("POST "+root+"/sign-out", d.signOut)
	mux.HandleFunc("GET "+root+"/second-factor", d.factorPage)
	mux.HandleFunc("POST "+root+"/second-factor/offer", d.offerFactor)
	mux.HandleFunc("POST "+root+"/second-factor/accept", d.acceptFactor)
	mux.HandleFunc("POST "+root+"/businesses/{id}/visit", d.startVisit)
	mux.HandleFunc("/console", d.visited)
	mux.HandleFunc("/console/", d.visited)
	for _, r := range d.routes() {
		path := r.Path
		if path == "/" {
			path = ""
			mux.HandleFunc("GET "+root+"/{$}", d.visit(r))
			mux.HandleFunc("GET "+apiRoot+"/{$}", d.ask(r))
		}
		mux.HandleFunc(r.Method+" "+root+path, d.visit(r))
		mux.HandleFunc(r.Method+" "+apiRoot+path, d.ask(r))
	}
	mux.HandleFunc(apiRoot+"/", func(w http.ResponseWriter, _ *http.Request) {
		d.refuseAPI(w, models.Fail(models.NotFound, "there is nothing at this path, or not with this method"))
	})
	mux.HandleFunc(root+"/", func(w http.ResponseWriter, r *http.Request) {
		d.refusePage(w, r, models.Fail(models.NotFound, "there is nothing here"))
	})
	return http.TimeoutHandler(guarded(mux), 2*patience, "this takes too long: try again")
}

// guarded has the browser distrust what is not ours, and keeps nothing.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
			"form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// permitted refuses what the role of whoever calls does not allow, and calls that come too fast.
func (d *desk) permitted(v staff.Visitor, a staff.Act) error {
	if allowed := d.Limiter.Allow("desk "+v.SessionID, rate); !allowed.Allowed {
		return &models.Error{Code: models.TooManyRequests, Message: "that was too fast", RetryAfter: allowed.RetryAfter}
	}
	if !v.Role.Can(a) {
		return models.Fail(models.NotPermitted, "the role "+string(v.Role)+" does not allow this")
	}
	return nil
}
