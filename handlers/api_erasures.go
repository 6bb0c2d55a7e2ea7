package handlers

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/audit"
	"whoseline/lookup"
)

type erasureView struct {
	ID           string  `json:"id"`
	Erased       int64   `json:"erased"`
	PendingEnded int64   `json:"pendingEnded"`
	At           instant `json:"at"`
}

// erase answers POST /v1/erasures: the person behind a number is erased from the business's lookups, in the environment of
// the key. The trail names the key.
func (a *api) erase(c *fiber.Ctx) error {
	m, err := object(c.BodyRaw())
	if err != nil {
		return err
	}
	phone, err := m.number("phoneNumber")
	if err != nil {
		return err
	}
	who := callerOf(c)
	e := lookup.Erasure{BusinessID: who.Business.ID, Sandbox: who.Key.Sandbox, Phone: phone}
	if reason, given := m.given("reason"); given {
		if e.Reason, err = bounded(reason, "reason", maxText); err != nil {
			return err
		}
	}
	done, err := a.Lookups.Erase(audit.By(c.UserContext(), "key "+who.Key.ID), e)
	if err != nil {
		return err
	}
	return answer(c, erasureView{done.ID, done.Lookups, done.PendingEnded, instant(done.At)})
}
