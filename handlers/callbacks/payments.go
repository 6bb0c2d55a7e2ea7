package callbacks

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// Payments takes what a payment vendor brings, and refuses what is not provably its.
type Payments interface {
	Hear(ctx context.Context, vendor string, header func(name string) string, body []byte) error
}

// paymentsRoot is where payment vendors bring messages.
const paymentsRoot = "/payments"

// paid takes in what payment vendors send on their own.
type paid struct {
	*edge.Edge
	payments Payments
	rate     int // messages a second that one address may bring; 0 = no limit
}

// bringing limits how many messages an address may bring, before any is read.
func (p *paid) bringing(c *fiber.Ctx) error {
	if d := p.Limiter.Allow("payments/"+p.Network(c), p.rate); !d.Allowed {
		return &models.Error{Code: models.TooManyRequests, Message: "too many messages", RetryAfter: max(d.RetryAfter, time.Second)}
	}
	return c.Next()
}

// take answers POST /payments/:vendor. A message that is the vendor's own gets 200: it is only a hint, and the vendor is asked.
func (p *paid) take(c *fiber.Ctx) error {
	if err := p.payments.Hear(c.UserContext(), c.Params("vendor"), func(name string) string { return c.Get(name) }, c.BodyRaw()); err != nil {
		return err
	}
	return edge.Answer(c, map[string]string{"result": "taken"})
}
