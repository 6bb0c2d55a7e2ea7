// Package youverify answers: how does Youverify's phone lookup speak? docs/dialects/youverify.md says what is taken over.
package youverify

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/settings"
)

// dialect is Youverify's phone lookup, as docs/dialects/youverify.md has it. History and search are
// ours: decisions Y12 and Y13.
type dialect struct {
	*edge.Edge
	lookups *lookup.Service
}

const root = "/v2/api/"

// New makes the dialect.
func New(e *edge.Edge, lookups *lookup.Service) edge.Dialect {
	y := &dialect{e, lookups}
	return edge.Dialect{Roots: []string{root}, Refuse: refuse, Route: y.route}
}

func (y *dialect) route(app *fiber.App) {
	identity, history := app.Group(root+"identity"), y.Door(edge.TokenHeader, access.ScopeHistory)
	y.ExpectRoute(root+"identity/ng/phone", fiber.MethodPost)
	identity.Post("/ng/phone", y.WithReceipt, y.Door(edge.TokenHeader, access.ScopeLookup), edge.JSONBody, y.phone)
	identity.Post("/search", history, edge.JSONBody, y.search)
	identity.Get("/:id", history, y.get)
	identity.Get("/", history, y.list)
}

// phone answers POST /v2/api/identity/ng/phone.
func (y *dialect) phone(c *fiber.Ctx) error {
	who := edge.CallerOf(c)
	q, err := phoneQuery(c.BodyRaw(), c.Request().Header.PeekAll("Idempotency-Key"))
	if err != nil {
		return err
	}
	if err := Complete(&q, who); err != nil {
		return err
	}
	q.RequestID = edge.RequestID(c)
	q.At, q.Window, q.Scope = y.World.Now(), who.Settings.Window, lookup.PhoneScope
	q.Render = func(r *lookup.Record) []byte { return renderOne(r, who.Business.ParentID, successMessage) }
	result, err := y.lookups.Find(c.UserContext(), q)
	if result.Receipt != nil {
		edge.WriteReceipt(c, *result.Receipt)
	}
	if err != nil {
		return err
	}
	if result.Replayed {
		c.Set("Idempotent-Replayed", "true")
	}
	return edge.Send(c, fiber.StatusOK, edge.JSONType, result.Body)
}

// get answers GET /v2/api/identity/:id, free of charge.
func (y *dialect) get(c *fiber.Ctx) error {
	who, id := edge.CallerOf(c), c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, identityNotFound)
	}
	r, err := y.lookups.Get(c.UserContext(), who.Business.ID, who.Key.Sandbox, id)
	if models.CodeOf(err) == models.NotFound {
		return models.Fail(models.NotFound, identityNotFound)
	}
	if err != nil {
		return err
	}
	edge.Withhold(who, r)
	return edge.Send(c, fiber.StatusOK, edge.JSONType, Identity(r, who.Business.ParentID))
}

// list answers GET /v2/api/identity: the business's lookups, newest first.
func (y *dialect) list(c *fiber.Ctx) error {
	s, err := listSearch(c.Queries())
	if err != nil {
		return err
	}
	return y.page(c, s, func(cursor string) string {
		next := url.Values{}
		for name, value := range c.Queries() {
			if value != "" && (name == "status" || name == "type" || name == "from" || name == "to") {
				next.Set(name, value)
			}
		}
		href := root + "identity?limit=" + strconv.Itoa(s.Limit) + "&cursor=" + cursor
		if len(next) > 0 {
			href += "&" + next.Encode()
		}
		return href
	})
}

// search answers POST /v2/api/identity/search. It is the list with its filters in a body, so that nothing personal
// stands in a URL.
func (y *dialect) search(c *fiber.Ctx) error {
	s, err := bodySearch(c.BodyRaw())
	if err != nil {
		return err
	}
	return y.page(c, s, func(string) string { return root + "identity/search" })
}

func (y *dialect) page(c *fiber.Ctx, s identitySearch, next func(cursor string) string) error {
	who := edge.CallerOf(c)
	s.BusinessID, s.Sandbox = who.Business.ID, who.Key.Sandbox
	var records []*lookup.Record
	var more bool
	if !s.Nothing {
		var err error
		if records, more, err = y.lookups.List(c.UserContext(), s.Search); err != nil {
			return err
		}
	}
	edge.Withhold(who, records...)
	cursor, href := "", ""
	if more {
		cursor = edge.EncodeCursor(records[len(records)-1].ID)
		href = next(cursor)
	}
	return edge.Send(c, fiber.StatusOK, edge.JSONType, renderPage(records, who.Business.ParentID, pageOf{s.Limit, cursor, href}))
}

// Read reads the body of a phone lookup. Errors: models.Invalid.
func Read(body []byte) (lookup.Query, error) { return phoneQuery(body, nil) }

// Complete puts who asks, and the settings of the business, into a question. What it has been promised about sources is about live
// ones: the sandbox has none of them. Errors: models.NotPermitted for a purpose that the key may not ask for.
func Complete(q *lookup.Query, who *access.Caller) error {
	if err := who.MayAskFor(q.Consent.Purpose); err != nil {
		return err
	}
	q.BusinessID, q.KeyID, q.Sandbox, q.Requester = who.Business.ID, who.Key.ID, who.Key.Sandbox, who.Key.Requester
	q.Confirm = who.Settings.Policy == settings.OTPRequired
	apply(q, who)
	return nil
}

func apply(q *lookup.Query, who *access.Caller) {
	s, prices := &who.Settings, who.Prices()
	q.Price = lookup.Price{
		Found:    prices.For(q.Advanced, models.OutcomeFound),
		NotFound: prices.For(q.Advanced, models.OutcomeNotFound),
	}
	q.Release, q.CrossCheck, q.Messages, q.Under = s.Release, s.CrossCheck, who.Messages(), who.Under()
	if !q.Sandbox {
		q.Routing = s.Routing
	}
	if s.Cache.TTL > 0 {
		q.Cache = s.Cache
		q.Price.Recent = lookup.Recent{
			Found:    prices.Recent(q.Advanced, models.OutcomeFound),
			NotFound: prices.Recent(q.Advanced, models.OutcomeNotFound),
		}
	}
}
