package digipay

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/models"
)

// authenticate answers auth/authenticate: a client of a company gets a token. It takes Basic and, as the vendor's table
// has it, the headers UserName and Password (D7).
func (d *dialect) authenticate(c *fiber.Ctx) error {
	id, secret := basicPair(c)
	client, err := d.partners.Client(c.UserContext(), access.DialectDigiPay, id, secret)
	if err != nil {
		return err
	}
	if named := c.Get("CompanyID"); named != "" && named != client.BusinessID {
		return d.stranger(c.UserContext(), named)
	}
	if err := d.Allow(c, "client/digipay/"+client.ClientID, d.PartnerLimits.PerClient); err != nil {
		return err
	}
	token, expires, err := d.Subjects.Mint(c.UserContext(), access.SubjectToken{
		BusinessID: client.BusinessID, Sandbox: client.Sandbox, Subject: client.ClientID, Dialect: access.DialectDigiPay,
		ClientID: client.ClientID, Roles: []string{"ROLE_MERCHANT"}, Life: clientLife,
	})
	if err != nil {
		return err
	}
	expires = expires.Add(time.Second - 1).Truncate(time.Second) // as the token says, in whole seconds
	body := edge.ObjectWriter{Buf: []byte(`{"status_code":200,"data":{`)}
	body.Text("access_token", token)
	body.Text("expiry_time", expires.In(d.zone).Format(time.DateTime))
	body.Text("expires_at", expires.UTC().Format(time.RFC3339))
	body.Close()
	return edge.Send(c, fiber.StatusOK, edge.JSONType, append(body.Buf, '}'))
}

// basicPair gives the user and the password of a request, both empty when it shows none.
func basicPair(c *fiber.Ctx) (user, password string) {
	scheme, encoded, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "basic") {
		return c.Get("UserName"), c.Get("Password")
	}
	pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", ""
	}
	user, password, _ = strings.Cut(string(pair), ":")
	return user, password
}

// door takes a token of the company that the header CompanyID names, in this order (D1, D2). For whom it may act shows
// when the body is read: see who.
func (d *dialect) door(name access.DoorName) fiber.Handler {
	return func(c *fiber.Ctx) error {
		scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
		if scheme != "Token" {
			return edge.ErrToken
		}
		who, err := d.Subjects.Read(c.UserContext(), strings.TrimSpace(token))
		if err != nil {
			return err
		}
		if named := c.Get("CompanyID"); named != who.BusinessID {
			return d.stranger(c.UserContext(), named)
		}
		reach := name.May(who.At(access.DialectDigiPay))
		if reach == "" {
			return edge.ErrToken
		}
		c.Locals(edge.SubjectKey, who)
		c.Locals(reachKey, reach)
		if err := d.Allow(c, "subject/"+who.Key(), d.limit(reach)); err != nil {
			return err
		}
		return c.Next()
	}
}

// reachKey carries for whom the caller may act from the door to the handler.
const reachKey = "reach"

// limit is how often a token may be shown: the company's own, which its server shows for everybody, as often as a client
// may come; a person's own, as often as a person.
func (d *dialect) limit(reach access.Reach) int {
	if reach == access.ReachAll {
		return d.PartnerLimits.PerClient
	}
	return d.PartnerLimits.PerSubject
}

// stranger refuses a company that is not the token's: an unknown one in other words than a known one.
func (d *dialect) stranger(ctx context.Context, named string) error {
	known, err := d.partners.Enabled(ctx, named, access.DialectDigiPay)
	switch {
	case err != nil:
		return err
	case !known:
		return models.Fail(unknownCompany, "the company is not known")
	}
	return models.Fail(models.Unauthorized, "the token is another company's")
}
