// Package console answers: what can a business's staff see and do in a browser? The pages themselves are in dashboard.
package console

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/batches"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/payments"
	"whoseline/staff"
	"whoseline/webhooks"
)

// Staff is who may sign in to the console, and where it is kept what they did.
type Staff struct {
	Users       *staff.Users
	Trail       *audit.Trail
	Businesses  *access.Businesses
	NewPassword func() string // to begin with: one that nobody can foresee
	Payments    *payments.Service
	Batches     *batches.Service
	Threshold   func(ctx context.Context, businessID string, threshold *int64) error
	Review      func(ctx context.Context, sandbox bool, v lookup.Review) error
}

// console is the pages on which a business's staff read its history and look after its keys. Whoever has signed in sees
// their own business; what is personal is masked until it is revealed, which leaves a trace.
type console struct {
	*edge.Edge
	Options
}

const root = "/console"

// Options is what the console needs besides.
type Options struct {
	*Staff   // nil: there is no console
	Lookups  *lookup.Service
	Webhooks *webhooks.Service
	Sources  func() []edge.SourceStatus
}

// New makes the console. Its refusals are pages, also where it is switched off.
func New(e *edge.Edge, o Options) edge.Dialect {
	if o.Staff == nil {
		return edge.Dialect{Roots: []string{root}, Refuse: refuse, Route: func(*fiber.App) {}}
	}
	k := &console{e, o}
	return edge.Dialect{Roots: []string{root}, Refuse: k.refuse, Route: k.route}
}

// route names every page. Whatever changes something is a POST that came from a page of ours.
func (k *console) route(app *fiber.App) {
	at := app.Group(root)
	at.Get("/assets/:version/:name", k.asset)
	at.Get("/sign-in", k.signInPage)
	at.Post("/sign-in", k.posted, k.signIn)
	at.Post("/sign-out", k.posted, k.signOut)

	get := func(path string, p staff.Permission, page fiber.Handler) { at.Get(path, k.visit(p), page) }
	post := func(path string, p staff.Permission, do fiber.Handler) {
		at.Post(path, fromHere, k.visit(p), k.posted, do)
	}
	get("/", staff.Read, k.overview)
	get("/lookups", staff.Read, k.lookups)
	post("/lookups", staff.Read, k.narrowLookups)
	post("/find", staff.Read, k.find)
	get("/lookups/:id", staff.Read, k.lookup)
	post("/lookups/:id/reveal", staff.Reveal, k.reveal)
	post("/lookups/:id/review", staff.Review, k.review)
	get("/conflicts", staff.Read, k.conflicts)
	get("/wallet", staff.Read, k.wallet)
	get("/wallet.csv", staff.Read, k.statement)
	get("/statements/:month", staff.Read, k.monthStatement)
	post("/wallet/threshold", staff.ManageMoney, k.setThreshold)
	post("/wallet/caps", staff.ManageMoney, k.setCap)
	post("/wallet/top-ups", staff.ManageMoney, k.startTopUp)
	get("/wallet/top-ups/:id/receipt", staff.Read, k.topUpReceipt)
	get("/keys", staff.ManageKeys, k.keys)
	post("/keys", staff.ManageKeys, k.makeKey)
	post("/keys/:id/rotate", staff.ManageKeys, k.rotateKey)
	post("/keys/:id/revoke", staff.ManageKeys, k.revokeKey)
	get("/batches", staff.Ask, k.batches)
	at.Post("/batches", fromHere, k.visit(staff.Ask), k.uploaded, k.makeBatch)
	post("/batches/:id/pause", staff.Ask, k.turnBatch(k.Batches.Pause))
	post("/batches/:id/resume", staff.Ask, k.turnBatch(k.Batches.Resume))
	post("/batches/:id/stop", staff.Ask, k.turnBatch(k.Batches.Stop))
	get("/webhooks", staff.ManageWebhooks, k.webhooks)
	post("/webhooks", staff.ManageWebhooks, k.addWebhook)
	post("/webhooks/:id/remove", staff.ManageWebhooks, k.removeWebhook)
	post("/webhooks/:id/enable", staff.ManageWebhooks, k.enableWebhook)
	post("/webhooks/:id/pause", staff.ManageWebhooks, k.pauseWebhook)
	post("/webhooks/replay", staff.ManageWebhooks, k.replaySpan)
	post("/webhooks/:id/test", staff.ManageWebhooks, k.tryWebhook)
	post("/webhooks/events/:id/replay", staff.ManageWebhooks, k.replayEvent)
	get("/staff", staff.ManageStaff, k.staff)
	post("/staff", staff.ManageStaff, k.addColleague)
	post("/staff/:id/role", staff.ManageStaff, k.setRole)
	post("/staff/:id/password", staff.ManageStaff, k.resetPassword)
	post("/staff/:id/second-factor", staff.ManageStaff, k.resetFactor)
	post("/staff/:id/disable", staff.ManageStaff, k.disable)
	post("/staff/:id/enable", staff.ManageStaff, k.enable)
	get("/audit", staff.ReadTrail, k.audit)
	get("/account", staff.Read, k.account)
	post("/account/password", staff.Read, k.changePassword)
	post("/account/sessions", staff.Read, k.endSession)
	post("/account/second-factor/offer", staff.Read, k.offerFactor)
	post("/account/second-factor/accept", staff.Read, k.acceptFactor)
	post("/account/second-factor/drop", staff.Read, k.dropFactor)
}

// The bounds of a visit.
const (
	patience = 15 * time.Second // for everything that a page reads or does
	rate     = 20               // pages a second of one session
)

const signedInKey = "visitor"

// visit is the door: it knows the session, or leads to the sign-in page; then the role, and how often it comes.
func (k *console) visit(p staff.Permission) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), patience)
		defer cancel()
		v, err := k.Users.Visitor(ctx, sessionToken(c))
		if models.CodeOf(err) == models.Unauthorized {
			return turnAway(c, err)
		}
		if err != nil {
			return err
		}
		if d := k.Limiter.Allow("console "+v.SessionID, rate); !d.Allowed {
			return &models.Error{Code: models.TooManyRequests, Message: "that was too fast", RetryAfter: d.RetryAfter}
		}
		c.Locals(signedInKey, &v)
		if err := k.furnish(ctx, c, v); err != nil {
			return err
		}
		if !v.Role.May(p) {
			return models.Fail(forbidden, "your role does not allow this")
		}
		c.SetUserContext(audit.By(ctx, v.ID))
		err = c.Next()
		if err != nil && ctx.Err() != nil {
			return &models.Error{Code: models.Busy, Message: "this takes too long: narrow the search, or try again", RetryAfter: time.Second, Err: err}
		}
		return err
	}
}

// furnish keeps what every page of a visitor is shown with.
func (k *console) furnish(ctx context.Context, c *fiber.Ctx, v staff.Visitor) error {
	c.Locals(onceKey, k.Users.NewForm(v))
	c.Locals(nowKey, k.World.Now())
	b, err := k.Businesses.Get(ctx, v.BusinessID)
	if err != nil {
		return err
	}
	c.Locals(businessKey, &b)
	return nil
}

// turnAway leads a browser to the sign-in page, and from there back. What a page fetches by itself gets the refusal: it
// would show the sign-in page in the middle of another one.
func turnAway(c *fiber.Ctx, refusal error) error {
	if inPlace(c) {
		return refusal
	}
	if sessionToken(c) != "" {
		say(c, "ended")
	}
	to := root + "/sign-in"
	if back := returnPath(askedFor(c)); back != root {
		to += "?next=" + url.QueryEscape(back)
	}
	return seeOther(c, to)
}

// askedFor is the page that a request asked for, or the one whose form it sent.
func askedFor(c *fiber.Ctx) string {
	if c.Method() == fiber.MethodGet {
		return c.OriginalURL()
	}
	parts := strings.Split(strings.TrimPrefix(c.Path(), root+"/"), "/")
	if parts[0] == "lookups" && len(parts) > 1 {
		return root + "/lookups/" + parts[1]
	}
	if parts[0] == "find" {
		return root + "/lookups"
	}
	return root + "/" + parts[0]
}

// signedIn gives who has signed in, nil where nobody has.
func signedIn(c *fiber.Ctx) *staff.Visitor {
	v, _ := c.Locals(signedInKey).(*staff.Visitor)
	return v
}

// inPlace tells whether a page asks for a part of itself.
func inPlace(c *fiber.Ctx) bool { return c.Get("HX-Request") == "true" }

func seeOther(c *fiber.Ctx, path string) error {
	guardPage(c)
	if inPlace(c) {
		c.Set("HX-Redirect", path)
		return c.SendStatus(fiber.StatusNoContent)
	}
	c.Set(fiber.HeaderLocation, path)
	return c.SendStatus(fiber.StatusSeeOther)
}
