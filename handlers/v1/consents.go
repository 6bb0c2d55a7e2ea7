package v1

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
)

type eventView struct {
	ID        string                  `json:"id"`
	Kind      models.ConsentEventKind `json:"kind"`
	KeyID     string                  `json:"keyId"`
	Reason    string                  `json:"reason"`
	CreatedAt edge.Instant            `json:"createdAt"`
}

func viewEvent(e models.ConsentEvent) eventView {
	return eventView{e.ID, e.Kind, e.KeyID, e.Reason, edge.Instant(e.CreatedAt)}
}

type withdrawalView struct {
	ID        string                  `json:"id"`
	Kind      models.ConsentEventKind `json:"kind"`
	CreatedAt edge.Instant            `json:"createdAt"`
}

// withdraw answers POST /v1/consents/withdraw.
func (a *api) withdraw(c *fiber.Ctx) error {
	m, err := edge.ReadObject(c.BodyRaw())
	if err != nil {
		return err
	}
	phone, err := m.Number("mobile")
	if err != nil {
		return err
	}
	w := lookup.Withdrawal{Phone: phone}
	if reason, given := m.Given("reason"); given {
		if w.Reason, err = edge.Bounded(reason, "reason", maxText); err != nil {
			return err
		}
	}
	who := edge.CallerOf(c)
	w.BusinessID, w.KeyID, w.Sandbox = who.Business.ID, who.Key.ID, who.Key.Sandbox
	event, err := a.Lookups.Withdraw(c.UserContext(), w)
	if err != nil {
		return err
	}
	return edge.Answer(c, withdrawalView{event.ID, event.Kind, edge.Instant(event.CreatedAt)})
}

// consents answers GET /v1/consents: refusals and withdrawals.
func (a *api) consents(c *fiber.Ctx) error {
	query := c.Queries()
	who := edge.CallerOf(c)
	p := lookup.EventPage{BusinessID: who.Business.ID, Sandbox: &who.Key.Sandbox, Kind: models.ConsentEventKind(query["kind"])}
	if p.Kind != "" && p.Kind != models.ConsentRefused && p.Kind != models.ConsentRevoked {
		return models.BadField("kind", "kind must be one of refused, withdrawn")
	}
	var err error
	if p.Limit, err = edge.PageLimit(query); err != nil {
		return err
	}
	if p.Before, err = edge.Cursor(query); err != nil {
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
		next = edge.EncodeCursor(events[len(events)-1].ID)
	}
	return edge.Answer(c, edge.Page(views, p.Limit, next))
}

type consentView struct {
	LookupID   string          `json:"lookupId"`
	BusinessID string          `json:"businessId"`
	KeyID      string          `json:"keyId"`
	Purpose    string          `json:"purpose"`
	Notice     json.RawMessage `json:"notice"`
	Channel    string          `json:"channel"`
	GivenAt    edge.Instant    `json:"givenAt"`
}

// consent answers GET /v1/consents/:id: the evidence on which a lookup was made.
func (a *api) consent(c *fiber.Ctx) error {
	who, id := edge.CallerOf(c), c.Params("id")
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
	return edge.Answer(c, consentView{r.ID, r.BusinessID, r.KeyID, r.Purpose, notice, channel, edge.Instant(r.RequestedAt)})
}
