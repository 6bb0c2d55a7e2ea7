package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/views"
)

// withdraw answers POST /v1/consents/withdraw.
func (a *api) withdraw(c *fiber.Ctx) error {
	m, err := edge.ReadObject(c.BodyRaw())
	if err != nil {
		return err
	}
	name, err := nameOfNumber(m)
	if err != nil {
		return err
	}
	phone, err := m.Number(name)
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
	return edge.Answer(c, views.WithdrawalOf(event))
}

// nameOfNumber is the member that has the number: phoneNumber, or mobile as it was called until version 0.2.
func nameOfNumber(m edge.Members) (string, error) {
	_, isOld := m["mobile"]
	_, isNew := m["phoneNumber"]
	switch {
	case isOld && isNew:
		return "", models.BadField("mobile", "mobile is the old name of phoneNumber: send one of them")
	case isOld:
		return "mobile", nil
	default:
		return "phoneNumber", nil
	}
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
	return edge.SendPage(c, p.Limit, events, more, views.ConsentEventOf, func(e models.ConsentEvent) string { return edge.EncodeCursor(e.ID) })
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
	return edge.Answer(c, views.ConsentOf(r, channel))
}
