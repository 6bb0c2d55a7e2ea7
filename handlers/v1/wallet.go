package v1

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/models"
)

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
	who := edge.CallerOf(c)
	w, err := models.Wallet{BusinessID: who.Business.ID, Currency: models.Naira}, error(nil)
	if !who.Key.Sandbox {
		w, err = a.Till.Wallet(c.UserContext(), who.Business.ID)
	}
	if err != nil {
		return err
	}
	return edge.Answer(c, walletView{w.BusinessID, w.Currency, w.Available, w.Held, prices(who.Prices)})
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
	CreatedAt edge.Instant        `json:"createdAt"`
}

// transfers answers GET /v1/wallet/transfers. With a sandbox key no money ever moved.
func (a *api) transfers(c *fiber.Ctx) error {
	p, err := statementPage(c.Queries())
	if err != nil {
		return err
	}
	p.BusinessID = edge.CallerOf(c).Business.ID
	if edge.CallerOf(c).Key.Sandbox {
		return edge.Answer(c, edge.Page[transferView](nil, p.Limit, ""))
	}
	rows, more, err := a.Till.Statement(c.UserContext(), p)
	if err != nil {
		return err
	}
	var views []transferView
	for _, t := range rows {
		views = append(views, transferView{
			strconv.FormatInt(t.Seq, 10), t.Kind, t.Reference, t.Debit, t.Credit, t.Amount,
			models.Naira, t.Balance, edge.Instant(t.CreatedAt),
		})
	}
	next := ""
	if more {
		next = views[len(views)-1].Entry
	}
	return edge.Answer(c, edge.Page(views, p.Limit, next))
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
