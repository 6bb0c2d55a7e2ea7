package handlers

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/settings"
)

// youverify speaks the dialect of Youverify's phone lookup, as docs/dialects/youverify.md has it. History and search are
// ours: decisions Y12 and Y13.
type youverify struct {
	*edge
	lookups *lookup.Service
}

const youverifyRoot = "/v2/api/"

// newYouverify makes the dialect.
func newYouverify(e *edge, lookups *lookup.Service) Dialect {
	y := &youverify{e, lookups}
	return Dialect{Roots: []string{youverifyRoot}, Refuse: refuseYouverify, Route: y.route}
}

func (y *youverify) route(app *fiber.App) {
	identity, door := app.Group(youverifyRoot+"identity"), y.door(tokenHeader)
	identity.Post("/ng/phone", y.charge, door, mediaType, y.phone)
	identity.Post("/search", door, mediaType, y.search)
	identity.Get("/:id", door, y.get)
	identity.Get("/", door, y.list)
}

// phone answers POST /v2/api/identity/ng/phone.
func (y *youverify) phone(c *fiber.Ctx) error {
	who := callerOf(c)
	q, err := phoneQuery(c.BodyRaw(), c.Request().Header.PeekAll("Idempotency-Key"))
	if err != nil {
		return err
	}
	q.BusinessID, q.KeyID, q.Sandbox, q.Requester = who.Business.ID, who.Key.ID, who.Key.Sandbox, who.Key.Requester
	q.Price = lookup.Price{
		Found:    who.Prices.For(q.Advanced, models.OutcomeFound),
		NotFound: who.Prices.For(q.Advanced, models.OutcomeNotFound),
	}
	apply(&q, who)
	q.At, q.Window, q.Scope = y.World.Now(), who.Settings.Window, "POST ng/phone"
	q.Confirm = who.Settings.Policy == settings.OTPRequired
	q.Render = func(r *lookup.Record) []byte { return renderOne(r, who.Business.ParentID, successMessage) }
	result, err := y.lookups.Find(c.UserContext(), q)
	if result.Receipt != nil {
		receipt(c, *result.Receipt)
	}
	if err != nil {
		return err
	}
	if result.Replayed {
		c.Set("Idempotent-Replayed", "true")
	}
	return send(c, fiber.StatusOK, jsonType, result.Body)
}

// get answers GET /v2/api/identity/:id, free of charge.
func (y *youverify) get(c *fiber.Ctx) error {
	who, id := callerOf(c), c.Params("id")
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
	withhold(who, r)
	return send(c, fiber.StatusOK, jsonType, Identity(r, who.Business.ParentID))
}

// list answers GET /v2/api/identity: the business's lookups, newest first.
func (y *youverify) list(c *fiber.Ctx) error {
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
		href := youverifyRoot + "identity?limit=" + strconv.Itoa(s.Limit) + "&cursor=" + cursor
		if len(next) > 0 {
			href += "&" + next.Encode()
		}
		return href
	})
}

// search answers POST /v2/api/identity/search: the same, asked in a body so that nothing personal stands in a URL.
func (y *youverify) search(c *fiber.Ctx) error {
	s, err := bodySearch(c.BodyRaw())
	if err != nil {
		return err
	}
	return y.page(c, s, func(string) string { return youverifyRoot + "identity/search" })
}

func (y *youverify) page(c *fiber.Ctx, s identitySearch, next func(cursor string) string) error {
	who := callerOf(c)
	s.BusinessID, s.Sandbox = who.Business.ID, who.Key.Sandbox
	var records []*lookup.Record
	var more bool
	if !s.Nothing {
		var err error
		if records, more, err = y.lookups.List(c.UserContext(), s.Search); err != nil {
			return err
		}
	}
	withhold(who, records...)
	cursor, href := "", ""
	if more {
		cursor = encodeCursor(records[len(records)-1].ID)
		href = next(cursor)
	}
	return send(c, fiber.StatusOK, jsonType, renderPage(records, who.Business.ParentID, pageOf{s.Limit, cursor, href}))
}

// apply puts a business's settings into its question. What it has been promised about sources is about live ones: the
// sandbox has none of them.
func apply(q *lookup.Query, who *access.Caller) {
	s := &who.Settings
	q.Release, q.CrossCheck = s.Release, s.CrossCheck
	if !q.Sandbox {
		q.Routing = s.Routing
	}
	if s.Cache.TTL > 0 {
		q.Cache = s.Cache
		q.Price.Recent = lookup.Recent{
			Found:    who.Prices.Recent(q.Advanced, models.OutcomeFound),
			NotFound: who.Prices.Recent(q.Advanced, models.OutcomeNotFound),
		}
	}
}
