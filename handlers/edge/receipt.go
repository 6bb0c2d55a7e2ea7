package edge

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/models"
)

// The headers of decision X6 (docs/dialects): what a lookup cost and what is left.
const (
	ChargeHeader  = "Whoseline-Charge"
	balanceHeader = "Whoseline-Balance"
	entryHeader   = "Whoseline-Ledger-Entry"
)

// WithReceipt puts a receipt on every answer to a lookup. A refusal has one too: it cost nothing, and this is what is
// left.
func (e *Edge) WithReceipt(c *fiber.Ctx) error {
	c.Set(ChargeHeader, models.NGN(0).String())
	err := c.Next()
	who, known := c.Locals(callerKey).(*access.Caller)
	if err == nil || !known || c.GetRespHeader(balanceHeader) != "" {
		return err
	}
	e.WriteBalance(c, who)
	return err
}

// WriteBalance tells what a caller can spend, if that is known. A sandbox key has no money, and is not told of the live wallet.
func (e *Edge) WriteBalance(c *fiber.Ctx, who *access.Caller) {
	var w models.Wallet
	var err error
	if !who.Key.Sandbox {
		w, err = e.Till.Wallet(c.UserContext(), who.Business.ID)
	}
	if err == nil {
		c.Set(balanceHeader, models.NGN(w.Available).String())
	}
}

// WriteReceipt tells what the till did.
func WriteReceipt(c *fiber.Ctx, r billing.Receipt) {
	if CallerOf(c).Key.Sandbox {
		r.Balance = 0
	}
	c.Set(ChargeHeader, models.NGN(r.Charged).String())
	c.Set(balanceHeader, models.NGN(r.Balance).String())
	if r.Entry > 0 {
		c.Set(entryHeader, strconv.FormatInt(r.Entry, 10))
	}
}
