package edge

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/models"
	"whoseline/possession"
)

// PartnerLimits are how often the dialects let somebody through, in requests per second; 0 = no limit.
type PartnerLimits struct {
	PerAddress int // an address that asks for tokens
	PerClient  int // a client that asks for tokens
	PerSubject int
}

// SubjectKey carries the subject from the door to the handler.
const SubjectKey = "subject"

// Holder guards a door of a dialect whose callers show a bearer token: it knows whom the token names, or refuses; then how
// often. A person whom only the business's identity provider knows becomes a subject by coming in.
func (e *Edge) Holder(dialect access.Dialect, door access.DoorName) fiber.Handler {
	return func(c *fiber.Ctx) error {
		token, _ := Bearer(c.Get(fiber.HeaderAuthorization))
		who, err := e.Subjects.Read(c.UserContext(), token)
		if err != nil {
			return err
		}
		if door.May(who.At(dialect)) != access.ReachOwn {
			return ErrToken
		}
		c.Locals(SubjectKey, who)
		if err := e.Allow(c, "subject/"+who.Key(), e.PartnerLimits.PerSubject); err != nil {
			return err
		}
		if who.Issuer != "" {
			if _, err := e.Possession.Open(c.UserContext(), possession.Opening{Who: WhoOf(who)}); err != nil {
				return err
			}
		}
		return c.Next()
	}
}

// ErrToken refuses a token that is not good.
var ErrToken = models.Fail(models.Unauthorized, "the token is not valid")

// Bearer gives the token in a header Authorization: "" for any other scheme than the one we know.
func Bearer(header string) (token string, sent bool) {
	const scheme = "bearer "
	if len(header) >= len(scheme) && strings.EqualFold(header[:len(scheme)], scheme) {
		token = strings.Clone(strings.TrimSpace(header[len(scheme):]))
	}
	return token, header != ""
}

// Allow counts a request against a limit of the dialects.
func (e *Edge) Allow(c *fiber.Ctx, name string, perSecond int) error {
	d := e.Limiter.Allow(name, perSecond)
	if d.Limit == 0 {
		return nil
	}
	RateHeaders(c, d)
	if d.Allowed {
		return nil
	}
	return &models.Error{Code: models.TooManyRequests, Message: "too many requests", RetryAfter: d.RetryAfter}
}

// Knocking limits how often an address may try credentials.
func (e *Edge) Knocking(c *fiber.Ctx) error {
	if err := e.Allow(c, "address/"+e.Network(c), e.PartnerLimits.PerAddress); err != nil {
		return err
	}
	return c.Next()
}

// Network is what of the request's address stands for one caller.
func (e *Edge) Network(c *fiber.Ctx) string { return possession.Network(IPText(e.Address(c))) }

// SubjectOf is the person whom the door let in.
func SubjectOf(c *fiber.Ctx) *access.Subject { return c.Locals(SubjectKey).(*access.Subject) }

// WhoOf is the subject in possession's terms.
func WhoOf(s *access.Subject) possession.Who {
	return possession.Who{BusinessID: s.BusinessID, Sandbox: s.Sandbox, Subject: s.Subject}
}

// Preferred is the first language that a header Accept-Language names: the caller's favourite, as nearly all write it.
func Preferred(header string) string {
	first, _, _ := strings.Cut(header, ",")
	tag, _, _ := strings.Cut(first, ";")
	return strings.TrimSpace(tag)
}

// IPText is an address as text, "" for none.
func IPText(at netip.Addr) string {
	if !at.IsValid() {
		return ""
	}
	return at.String()
}
