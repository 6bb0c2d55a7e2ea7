package zitadel

import (
	"context"
	"net/netip"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
)

// visitor is who calls: a person with a token of their own, or a business with its API key. A business has Subject ""
// and speaks for all of its people.
type visitor struct {
	possession.Who
	address string // where the call comes from
	shows   access.Credential
	foreign bool // known by the business's identity provider: becomes a subject by coming in
}

// code is what the visitor says about sending one.
func (z *dialect) code(ctx context.Context, v visitor, p models.Phone) (possession.SendCode, error) {
	terms, err := z.Keys.Terms(ctx, v.BusinessID)
	if err != nil {
		return possession.SendCode{}, err
	}
	return possession.SendCode{Who: v.Who, Policy: policy, Messages: terms.Messages(), Phone: p, IP: v.address}, nil
}

type visitorKey struct{}

func visitorOf(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

// knock is what a call shows at the door.
type knock struct {
	authorization string
	origin        string // of the page in a browser that calls, "" for none
	from          netip.Addr
}

// admit knows who calls from what they show, or refuses them. The decision is the rate limit's.
func (z *dialect) admit(ctx context.Context, k knock) (v visitor, d access.Decision, err error) {
	token, sent := edge.Bearer(k.authorization)
	if !sent {
		return v, d, errCredentialMissing
	}
	v, limit, err := z.known(ctx, token, k.from)
	if err != nil {
		return v, d, err
	}
	if k.from.IsValid() {
		v.address = k.from.String()
	}
	if err := z.welcome(ctx, v.BusinessID, k.origin); err != nil {
		return v, d, err
	}
	if d = z.Limiter.Allow(limit.name, limit.perSecond); !d.Allowed {
		return v, d, &models.Error{Code: models.TooManyRequests, Message: "too many requests", RetryAfter: d.RetryAfter}
	}
	if v.foreign {
		_, err = z.Possession.Open(ctx, possession.Opening{Who: v.Who})
	}
	return v, d, err
}

// pace is a rate limit.
type pace struct {
	name      string
	perSecond int
}

// known tells who shows a token: a person, or a business whose key may be used from where the call comes.
func (z *dialect) known(ctx context.Context, token string, from netip.Addr) (v visitor, limit pace, err error) {
	person, err := z.Subjects.Read(ctx, token)
	if models.CodeOf(err) == models.Unauthorized {
		return z.business(ctx, token, from)
	}
	if err != nil {
		return v, limit, err
	}
	v.shows = person.At(access.DialectZITADEL)
	if access.DoorZITADELMine.May(v.shows) == "" {
		return v, limit, edge.ErrToken
	}
	v.Who, v.foreign = edge.WhoOf(person), person.Issuer != ""
	return v, pace{"subject/" + person.Key(), z.PartnerLimits.PerSubject}, nil
}

func (z *dialect) business(ctx context.Context, token string, from netip.Addr) (v visitor, limit pace, err error) {
	who, err := z.Business(ctx, token, from)
	if err != nil {
		return v, limit, err
	}
	v.BusinessID, v.Sandbox, v.shows = who.Business.ID, who.Key.Sandbox, access.WithKey
	return v, pace{who.Key.ID, who.Rate}, nil
}

// enter is the door of the REST side.
func (z *dialect) enter(c *fiber.Ctx) error {
	v, d, err := z.admit(c.UserContext(), knock{c.Get(fiber.HeaderAuthorization), c.Get(fiber.HeaderOrigin), z.Address(c)})
	if d.Limit > 0 {
		edge.RateHeaders(c, d)
	}
	if err != nil {
		return err
	}
	c.SetUserContext(context.WithValue(c.UserContext(), visitorKey{}, v))
	return c.Next()
}
