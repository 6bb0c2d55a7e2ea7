package v1

import (
	"math"

	"github.com/gofiber/fiber/v2"
	"github.com/tidwall/gjson"

	"whoseline/billing"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/views"
)

// prices answers GET /v1/prices.
func (a *api) prices(c *fiber.Ctx) error {
	list, err := a.Businesses.PriceList(c.UserContext(), edge.CallerOf(c).Business.ID)
	if err != nil {
		return err
	}
	return edge.Answer(c, views.PriceListOf(list))
}

// quote answers POST /v1/quotes. Nothing is held by it. A sandbox key hears what a live one would pay, and is stopped by nothing.
func (a *api) quote(c *fiber.Ctx) error {
	m, err := edge.ReadObject(c.BodyRaw())
	if err != nil {
		return err
	}
	product, count := billing.Phone, int64(1)
	if value, given := m.Given("product"); given {
		text, err := edge.Bounded(value, "product", maxText)
		if err != nil {
			return err
		}
		product = billing.Product(text)
	}
	if value, given := m.Given("count"); given {
		if count, err = whole(value, "count"); err != nil {
			return err
		}
	}
	who := edge.CallerOf(c)
	list, err := a.Businesses.PriceList(c.UserContext(), who.Business.ID)
	if err != nil {
		return err
	}
	q, err := list.Quote(product, count)
	if err != nil || who.Key.Sandbox {
		return answerQuote(c, views.QuoteOf(q, 0, true, false), err)
	}
	v, err := a.against(c, q)
	return answerQuote(c, v, err)
}

// against shows a quote beside what is in the wallet, and what the caps leave.
func (a *api) against(c *fiber.Ctx, q billing.Quote) (views.Quote, error) {
	who := edge.CallerOf(c)
	caps, err := a.Till.Caps(c.UserContext(), who.Business.ID)
	if err != nil {
		return views.Quote{}, err
	}
	w, err := a.Till.Wallet(c.UserContext(), who.Business.ID)
	return views.QuoteOf(q, w.Available, false, billing.Stopped(caps, who.Under(), q, a.World.Now())), err
}

func answerQuote(c *fiber.Ctx, v views.Quote, err error) error {
	if err != nil {
		return err
	}
	return edge.Answer(c, v)
}

// whole reads a whole number.
func whole(value gjson.Result, field string) (int64, error) {
	if value.Type != gjson.Number || value.Num != math.Trunc(value.Num) || math.Abs(value.Num) > 1<<53 {
		return 0, models.BadField(field, field+" must be a whole number")
	}
	return int64(value.Num), nil
}
