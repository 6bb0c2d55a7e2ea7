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
	e.balance(c, who)
	return err
}

// balance tells what a caller can spend, if that is known. A sandbox key has no money, and is not told of the live wallet.
func (e *edge) balance(c *fiber.Ctx, who *access.Caller) {
	var w models.Wallet
	var err error
	if !who.Key.Sandbox {
		w, err = e.Till.Wallet(c.UserContext(), who.Business.ID)
	}
	if err == nil {
		c.Set(balanceHeader, models.NGN(w.Available).String())
	}
}

// receipt tells what the till did.
func receipt(c *fiber.Ctx, r billing.Receipt) {
	if callerOf(c).Key.Sandbox {
		r.Balance = 0
	}
	c.Set(chargeHeader, models.NGN(r.Charged).String())
	c.Set(balanceHeader, models.NGN(r.Balance).String())
	if r.Entry > 0 {
		c.Set(entryHeader, strconv.FormatInt(r.Entry, 10))
	}
}
