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

// holder guards a door of a face whose callers show a bearer token: it knows whom the token names, or refuses; then how
// often. A person whom only the business's identity provider knows becomes a subject by coming in.
func (e *edge) holder(face access.Face, door access.DoorName) fiber.Handler {
	return func(c *fiber.Ctx) error {
		token, _ := shown(c.Get(fiber.HeaderAuthorization))
		who, err := e.Subjects.Read(c.UserContext(), token)
		if err != nil {
			return err
		}
		if door.May(who.At(face)) != access.ReachOwn {
			return errToken
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

// errToken refuses a token that is not good.
var errToken = models.Fail(models.Unauthorized, "the token is not valid")

// shown gives the token in a header Authorization: "" for any other scheme than the one we know.
func shown(header string) (token string, sent bool) {
	const scheme = "bearer "
	if len(header) >= len(scheme) && strings.EqualFold(header[:len(scheme)], scheme) {
		token = strings.Clone(strings.TrimSpace(header[len(scheme):]))
	}
	return token, header != ""
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
	if err := e.allow(c, "address/"+e.network(c), e.FaceLimits.PerAddress); err != nil {
		return err
	}
	return c.Next()
}

// network is what of the request's address stands for one caller.
func (e *edge) network(c *fiber.Ctx) string { return possession.Network(ipText(e.address(c))) }

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
