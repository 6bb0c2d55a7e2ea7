package callbacks

import (
	"net/netip"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
)

// reportsRoot is where those who carry codes report what became of them.
const reportsRoot = "/receipts"

// maxReport is how large a report may be, in bytes.
const maxReport = 1 << 20

// ReportRequest is what came to the address of a channel, before anybody believed it.
type ReportRequest struct {
	Greeting bool // a GET: the vendor tries whether the address is right
	Token    string
	Path     string // with the query, as it was asked for
	Query    url.Values
	Header   func(name string) string
	Body     []byte
	From     netip.Addr
}

// ReadReports proves and understands what was reported to a channel. Errors: models.NotFound, Unauthorized, Invalid.
type ReadReports func(channel string, m ReportRequest) (Reported, error)

// Reported is what a channel reported.
type Reported struct {
	Receipts []possession.DeliveryReport
	Echo     string // what the vendor wants to hear
}

// reports take in what is reported. The report itself may hold the text of the message, and so the code: nothing of it
// is kept, nor logged.
type reports struct {
	*edge.Edge
	read ReadReports
}

// take answers GET and POST /receipts/:channel and /receipts/:channel/:token.
func (r *reports) take(c *fiber.Ctx) error {
	uri := c.Request().URI()
	query, err := url.ParseQuery(string(uri.QueryString()))
	if err != nil {
		return models.Fail(models.Invalid, "the query is not valid")
	}
	channel := c.Params("channel")
	told, err := r.read(channel, ReportRequest{
		Greeting: c.Method() == fiber.MethodGet, Token: c.Params("token"), Path: string(c.Request().RequestURI()), Query: query,
		Header: func(name string) string { return c.Get(name) }, Body: c.BodyRaw(), From: r.Address(c),
	})
	if models.CodeOf(err) == models.Unauthorized && r.Limiter.Allow("forged/"+channel, 1).Allowed { // anybody can send such
		r.Log.Warn("receipt is not proven to be the vendor's", "channel", channel)
	}
	if err != nil {
		return err
	}
	for _, report := range told.Receipts {
		if _, err := r.Possession.Delivered(c.UserContext(), report); err != nil {
			return err
		}
	}
	return edge.Send(c, fiber.StatusOK, fiber.MIMETextPlain, []byte(told.Echo))
}
