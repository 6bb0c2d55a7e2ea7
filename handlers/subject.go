package handlers

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/models"
	"whoseline/possession"
)

// FaceLimits are how often the faces let somebody through, in requests per second; 0 = no limit.
type FaceLimits struct {
	PerAddress int // an address that asks for tokens
	PerClient  int // a client that asks for tokens
	PerSubject int
}

// subjectKey carries the subject from the door to the handler.
const subjectKey = "subject"

// holder is the door of a face whose callers show a bearer token: it knows whom the token names, or refuses; then how
// often. A person whom only the business's identity provider knows becomes a subject by coming in.
func (e *edge) holder(face access.Face) fiber.Handler {
	return func(c *fiber.Ctx) error {
		who, err := e.Subjects.Read(c.UserContext(), bearer(c))
		if err != nil {
			return err
		}
		if !who.At(face) {
			return models.Fail(models.Unauthorized, "the token is not valid")
		}
		c.Locals(subjectKey, who)
		if err := e.allow(c, "subject/"+who.Key(), e.FaceLimits.PerSubject); err != nil {
			return err
		}
		if who.Issuer != "" {
			if _, err := e.Possession.Open(c.UserContext(), possession.Opening{Who: whoOf(who)}); err != nil {
				return err
			}
		}
		return c.Next()
	}
}

// allow counts a request against a limit of the faces.
func (e *edge) allow(c *fiber.Ctx, name string, perSecond int) error {
	d := e.Limiter.Allow(name, perSecond)
	if d.Limit == 0 {
		return nil
	}
	rateHeaders(c, d)
	if d.Allowed {
		return nil
	}
	return &models.Error{Code: models.TooManyRequests, Message: "too many requests", RetryAfter: d.RetryAfter}
}

// knocking limits how often an address may try credentials.
func (e *edge) knocking(c *fiber.Ctx) error {
	if err := e.allow(c, "address/"+network(e.address(c)), e.FaceLimits.PerAddress); err != nil {
		return err
	}
	return c.Next()
}

// network is what of an address stands for one caller: whoever has an IPv6 address has the others of its 64 bits.
func network(at netip.Addr) string {
	if at = at.Unmap().WithZone(""); at.Is6() {
		return netip.PrefixFrom(at, 64).Masked().String()
	}
	return at.String()
}

// bearer is the token that the caller shows, "" when there is none.
func bearer(c *fiber.Ctx) string {
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func subjectOf(c *fiber.Ctx) *access.Subject { return c.Locals(subjectKey).(*access.Subject) }

// whoOf is the subject in possession's terms.
func whoOf(s *access.Subject) possession.Who {
	return possession.Who{BusinessID: s.BusinessID, Sandbox: s.Sandbox, Subject: s.Subject}
}

// preferred is the first language that a header Accept-Language names: the caller's favourite, as nearly all write it.
func preferred(header string) string {
	first, _, _ := strings.Cut(header, ",")
	tag, _, _ := strings.Cut(first, ";")
	return strings.TrimSpace(tag)
}

func ipText(at netip.Addr) string {
	if !at.IsValid() {
		return ""
	}
	return at.String()
}
