package v1

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

// wallet answers GET /v1/wallet. A sandbox key sees that it has no money.
func (a *api) wallet(c *fiber.Ctx) error {
	who := edge.CallerOf(c)
	w, err := models.Wallet{BusinessID: who.Business.ID, Currency: models.Naira}, error(nil)
	if !who.Key.Sandbox {
		w, err = a.Till.Wallet(c.UserContext(), who.Business.ID)
	}
	if err != nil {
		return err
	}
	v := views.WalletOf(w, who.Prices())
	if !who.Key.Sandbox {
		if v.DaysLeft, err = a.DaysLeft(c.UserContext(), w.BusinessID, w.Available); err != nil {
			return err
		}
	}
	return edge.Answer(c, v)
}

// transfers answers GET /v1/wallet/transfers. With a sandbox key no money ever moved.
func (a *api) transfers(c *fiber.Ctx) error {
	p, err := statementPage(c.Queries())
	if err != nil {
		return err
	}
	p.BusinessID = edge.CallerOf(c).Business.ID
	if edge.CallerOf(c).Key.Sandbox {
		return edge.Answer(c, edge.Page[views.Transfer](nil, p.Limit, ""))
	}
	rows, more, err := a.Till.Statement(c.UserContext(), p)
	if err != nil {
		return err
	}
	return edge.SendPage(c, p.Limit, rows, more, views.TransferOf, func(t models.Transfer) string { return views.TransferOf(t).Entry })
}

func statementPage(query map[string]string) (p billing.Page, err error) {
	if p.Limit, err = edge.PageLimit(query); err != nil {
		return p, err
	}
	if text := query["cursor"]; text != "" {
		if p.Before, err = strconv.ParseInt(text, 10, 64); err != nil || p.Before < 1 {
			return p, models.BadField("cursor", "cursor is not valid")
		}
	}
	switch kind := models.TransferKind(query["kind"]); kind {
	case "", models.TopUp, models.Hold, models.Capture, models.Release, models.Refund, models.Adjustment:
		p.Kind = kind
	default:
		return p, models.BadField("kind", "kind must be one of top_up, hold, capture, release, refund, adjustment")
	}
	if p.From, err = edge.Moment(query, "from"); err != nil {
		return p, err
	}
	p.To, err = edge.Moment(query, "to")
	return p, err
}
