package handlers

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/models"
)

// The headers of decision X6 (docs/dialects): what a lookup cost and what is left.
const (
	chargeHeader  = "Whoseline-Charge"
	balanceHeader = "Whoseline-Balance"
	entryHeader   = "Whoseline-Ledger-Entry"
)

// charge puts a receipt on every answer to a lookup, also on a refusal: it cost nothing, and this is what is left.
func (e *edge) charge(c *fiber.Ctx) error {
	c.Set(chargeHeader, models.NGN(0).String())
	err := c.Next()
	who, known := c.Locals(callerKey).(*access.Caller)
	if err == nil || !known || c.GetRespHeader(balanceHeader) != "" {
		return err
	}
	if w, failed := e.Till.Wallet(c.UserContext(), who.Business.ID); failed == nil {
		c.Set(balanceHeader, models.NGN(w.Available).String())
	}
	return err
}

// receipt tells what the till did.
func receipt(c *fiber.Ctx, r billing.Receipt) {
	c.Set(chargeHeader, models.NGN(r.Charged).String())
	c.Set(balanceHeader, models.NGN(r.Balance).String())
	if r.Entry > 0 {
		c.Set(entryHeader, strconv.FormatInt(r.Entry, 10))
	}
}
