package callbacks

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
)

// Callbacks reads what vendors send on their own, and refuses what is not provably theirs.
type Callbacks interface {
	Callback(vendor string, header func(name string) string, body []byte) (lookup.Callback, error)
}

// callbackRoot is where vendors bring answers.
const callbackRoot = "/upstream"

// maxBrought is how large a message of a vendor's may be, in bytes: some hold a photograph.
const maxBrought = 4 << 20

// callback takes in what vendors send on their own.
type callback struct {
	*edge.Edge
	lookups   *lookup.Service
	callbacks Callbacks
	rate      int // messages a second that one address may bring; 0 = no limit
}

// bringing limits how many messages an address may bring, before any is read.
func (u *callback) bringing(c *fiber.Ctx) error {
	if d := u.Limiter.Allow("upstream/"+u.Network(c), u.rate); !d.Allowed {
		return &models.Error{Code: models.TooManyRequests, Message: "too many messages", RetryAfter: max(d.RetryAfter, time.Second)}
	}
	return c.Next()
}

// take answers POST /upstream/:vendor. Whatever a message that is the vendor's own comes to, the vendor has done its
// part: it hears 200 and stops, unless the same message will be of use in a moment.
func (u *callback) take(c *fiber.Ctx) error {
	n, err := u.callbacks.Callback(c.Params("vendor"), func(name string) string { return c.Get(name) }, c.BodyRaw())
	if err != nil {
		return err
	}
	came, err := u.lookups.Complete(c.UserContext(), n)
	if err != nil {
		return err
	}
	return edge.Answer(c, map[string]lookup.CallbackResult{"result": came})
}
