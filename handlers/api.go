package handlers

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/lookup"
	"whoseline/models"
)

// api is our own API under /v1: the wallet, its statement and consents. Names are camelCase, amounts are in kobo, lists
// come newest first, errors are RFC 9457 problems. docs/openapi.yaml describes it.
type api struct{ *edge }

func (a *api) route(app *fiber.App) {
	own := app.Group(apiRoot)
	own.Get("/wallet", a.caller, a.wallet)
	own.Get("/wallet/transfers", a.caller, a.transfers)
	own.Post("/consents/withdraw", a.caller, mediaType, a.withdraw)
	own.Get("/consents", a.caller, a.consents)
	own.Get("/consents/:id", a.caller, a.consent)
	own.Post("/lookups/:id/confirm", a.caller, mediaType, a.confirm)
	own.Post("/lookups/:id/resend", a.caller, a.resend)
	own.Get("/lookups/:id", a.caller, a.lookup)
	own.Post("/erasures", a.caller, mediaType, a.erase)
	own.Get("/status/providers", a.caller, a.sources)
	own.Get("/webhooks", a.caller, a.endpoints)
	own.Post("/webhooks", a.caller, mediaType, a.addEndpoint)
	own.Get("/webhooks/events", a.caller, a.events)
	own.Post("/webhooks/events/:id/replay", a.caller, a.replay)
	own.Delete("/webhooks/:id", a.caller, a.removeEndpoint)
	own.Post("/webhooks/:id/enable", a.caller, a.enableEndpoint)
	own.Post("/webhooks/:id/test", a.caller, a.tryEndpoint)
	own.Get("/templates", a.caller, a.templates)
	own.Get("/templates/:language", a.caller, a.template)
	own.Put("/templates/:language", a.caller, mediaType, a.setTemplate)
	own.Delete("/templates/:language", a.caller, a.removeTemplate)
	a.routeSubjects(own)
}

// encode gives JSON without HTML escaping and without a trailing newline.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("handlers: encode: " + err.Error()) // only types of ours, which always encode
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

func answer(c *fiber.Ctx, v any) error { return send(c, fiber.StatusOK, jsonType, encode(v)) }

// instant is a time in the form of every answer.
type instant time.Time

// MarshalJSON writes 2006-01-02T15:04:05.000Z.
func (i instant) MarshalJSON() ([]byte, error) {
	return append(appendTime([]byte{'"'}, time.Time(i)), '"'), nil
}

// paged is a list and where it stands.
type paged[T any] struct {
	Data       []T        `json:"data"`
	Pagination pagination `json:"pagination"`
}

type pagination struct {
	Limit      int     `json:"limit"`
	NextCursor *string `json:"nextCursor"`
	HasMore    bool    `json:"hasMore"`
}

// page puts a list together. cursor is where the next page begins, "" on the last one.
func page[T any](rows []T, limit int, cursor string) paged[T] {
	p := paged[T]{Data: rows, Pagination: pagination{Limit: limit}}
	if rows == nil {
		p.Data = []T{}
	}
	if cursor != "" {
		p.Pagination.NextCursor, p.Pagination.HasMore = &cursor, true
	}
	return p
}

type walletView struct {
	BusinessID string      `json:"businessId"`
	Currency   string      `json:"currency"`
	Available  int64       `json:"available"`
	Held       int64       `json:"held"`
	Prices     []priceView `json:"prices"`
}

type priceView struct {
	Product string `json:"product"`
	Outcome string `json:"outcome"`
	Amount  int64  `json:"amount"`
}

// wallet answers GET /v1/wallet. A sandbox key sees that it has no money.
func (a *api) wallet(c *fiber.Ctx) error {
	who := callerOf(c)
	w, err := models.Wallet{BusinessID: who.Business.ID, Currency: models.Naira}, error(nil)
	if !who.Key.Sandbox {
		w, err = a.Till.Wallet(c.UserContext(), who.Business.ID)
	}
	if err != nil {
		return err
	}
	return answer(c, walletView{w.BusinessID, w.Currency, w.Available, w.Held, prices(who.Prices)})
}

func prices(p billing.Prices) (views []priceView) {
	for _, product := range []struct {
		name     string
		advanced bool
	}{{"phone", false}, {"phone_advanced", true}} {
		for _, outcome := range []models.Outcome{models.OutcomeFound, models.OutcomeNotFound} {
			views = append(views, priceView{product.name, string(outcome), p.For(product.advanced, outcome)})
		}
		for _, outcome := range []models.Outcome{models.OutcomeFound, models.OutcomeNotFound} {
			if again := p.Recent(product.advanced, outcome); again != p.For(product.advanced, outcome) {
				views = append(views, priceView{product.name, string(outcome) + "_recent", again})
			}
		}
	}
	if p.Message() > 0 {
		views = append(views, priceView{string(billing.Message), string(billing.Accepted), p.Message()})
	}
	return views
}

type transferView struct {
	Entry     string              `json:"entry"`
	Kind      models.TransferKind `json:"kind"`
	Reference string              `json:"reference"`
	Debit     models.Account      `json:"debit"`
	Credit    models.Account      `json:"credit"`
	Amount    int64               `json:"amount"`
	Currency  string              `json:"currency"`
	Balance   int64               `json:"balance"`
	CreatedAt instant             `json:"createdAt"`
}

// transfers answers GET /v1/wallet/transfers. With a sandbox key no money ever moved.
func (a *api) transfers(c *fiber.Ctx) error {
	p, err := statementPage(c.Queries())
	if err != nil {
		return err
	}
	p.BusinessID = callerOf(c).Business.ID
	if callerOf(c).Key.Sandbox {
		return answer(c, page[transferView](nil, p.Limit, ""))
	}
	rows, more, err := a.Till.Statement(c.UserContext(), p)
	if err != nil {
		return err
	}
	var views []transferView
	for _, t := range rows {
		views = append(views, transferView{
			strconv.FormatInt(t.Seq, 10), t.Kind, t.Reference, t.Debit, t.Credit, t.Amount,
			models.Naira, t.Balance, instant(t.CreatedAt),
		})
	}
	next := ""
	if more {
		next = views[len(views)-1].Entry
	}
	return answer(c, page(views, p.Limit, next))
}

func statementPage(query map[string]string) (p billing.Page, err error) {
	if p.Limit, err = limit(query); err != nil {
		return p, err
	}
	if text := query["cursor"]; text != "" {
		if p.Before, err = strconv.ParseInt(text, 10, 64); err != nil || p.Before < 1 {
			return p, models.BadField("cursor", "cursor is not valid")
		}
	}
	switch kind := models.TransferKind(query["kind"]); kind {
	case "", models.TopUp, models.Hold, models.Capture, models.Release:
		p.Kind = kind
	default:
		return p, models.BadField("kind", "kind must be one of top_up, hold, capture, release")
	}
	if p.From, err = moment(query, "from"); err != nil {
		return p, err
	}
	p.To, err = moment(query, "to")
	return p, err
}

type eventView struct {
	ID        string                  `json:"id"`
	Kind      models.ConsentEventKind `json:"kind"`
	KeyID     string                  `json:"keyId"`
	Reason    string                  `json:"reason"`
	CreatedAt instant                 `json:"createdAt"`
}

func viewEvent(e models.ConsentEvent) eventView {
	return eventView{e.ID, e.Kind, e.KeyID, e.Reason, instant(e.CreatedAt)}
}

type withdrawalView struct {
	ID        string                  `json:"id"`
	Kind      models.ConsentEventKind `json:"kind"`
	CreatedAt instant                 `json:"createdAt"`
}

// withdraw answers POST /v1/consents/withdraw.
func (a *api) withdraw(c *fiber.Ctx) error {
	m, err := object(c.BodyRaw())
	if err != nil {
		return err
	}
	phone, err := m.phone(true)
	if err != nil {
		return err
	}
	w := lookup.Withdrawal{Phone: phone}
	if reason, given := m.given("reason"); given {
		if w.Reason, err = bounded(reason, "reason", maxPurpose); err != nil {
			return err
		}
	}
	who := callerOf(c)
	w.BusinessID, w.KeyID, w.Sandbox = who.Business.ID, who.Key.ID, who.Key.Sandbox
	event, err := a.Lookups.Withdraw(c.UserContext(), w)
	if err != nil {
		return err
	}
	return answer(c, withdrawalView{event.ID, event.Kind, instant(event.CreatedAt)})
}

// consents answers GET /v1/consents: refusals and withdrawals.
func (a *api) consents(c *fiber.Ctx) error {
	query := c.Queries()
	who := callerOf(c)
	p := lookup.EventPage{BusinessID: who.Business.ID, Sandbox: &who.Key.Sandbox, Kind: models.ConsentEventKind(query["kind"])}
	if p.Kind != "" && p.Kind != models.ConsentRefused && p.Kind != models.ConsentRevoked {
		return models.BadField("kind", "kind must be one of refused, withdrawn")
	}
	var err error
	if p.Limit, err = limit(query); err != nil {
		return err
	}
	if p.Before, err = cursor(query); err != nil {
		return err
	}
	events, more, err := a.Lookups.ConsentEvents(c.UserContext(), p)
	if err != nil {
		return err
	}
	var views []eventView
	for _, e := range events {
		views = append(views, viewEvent(e))
	}
	next := ""
	if more {
		next = encodeCursor(events[len(events)-1].ID)
	}
	return answer(c, page(views, p.Limit, next))
}

type consentView struct {
	LookupID   string          `json:"lookupId"`
	BusinessID string          `json:"businessId"`
	KeyID      string          `json:"keyId"`
	Purpose    string          `json:"purpose"`
	Notice     json.RawMessage `json:"notice"`
	Channel    string          `json:"channel"`
	GivenAt    instant         `json:"givenAt"`
}

// consent answers GET /v1/consents/:id: the evidence on which a lookup was made.
func (a *api) consent(c *fiber.Ctx) error {
	who, id := callerOf(c), c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "lookup not found")
	}
	r, err := a.Lookups.Get(c.UserContext(), who.Business.ID, who.Key.Sandbox, id)
	if err != nil {
		return err
	}
	channel := "attested"
	switch at, err := a.Lookups.ConfirmedAt(c.UserContext(), r.BusinessID, r.ID); {
	case err != nil:
		return err
	case !at.IsZero():
		channel = "otp"
	}
	notice := json.RawMessage("null")
	if r.Notice != "" {
		notice = json.RawMessage(r.Notice)
	}
	return answer(c, consentView{r.ID, r.BusinessID, r.KeyID, r.Purpose, notice, channel, instant(r.RequestedAt)})
}
