// Package lumin answers: how does the step "Phone Info" of Lumin Soft's eKYC speak? docs/dialects/lumin.md says what is taken over.
package lumin

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
)

// dialect is Lumin Soft's eKYC, step "Phone Info", as docs/dialects/lumin.md has it. A tenant is a client of
// this dialect, an onboarding request is a subject. Paths are taken in any case, as Lumin's servers do.
type dialect struct {
	*edge.Edge
	partners *access.Partners
}

// New makes the dialect.
func New(e *edge.Edge, partners *access.Partners) edge.Dialect {
	l := &dialect{e, partners}
	return edge.Dialect{Roots: []string{root, authRoot}, Refuse: refuse, Route: l.route}
}

const (
	root      = "/Onboarding/"
	authRoot  = "/api/v1/Auth/" // where two of the token endpoints stand
	tokenLife = time.Hour
)

// policy is L3 and X9: a code lives ten minutes, and a number is one applicant's.
var policy = possession.Policy{Life: 10 * time.Minute, Exclusive: true}

// route puts the dialect's paths up.
func (l *dialect) route(app *fiber.App) {
	for _, path := range []string{
		root + "api/v1/Auth/GenerateOnboardingSessionToken", root + "api/v1/Auth/GenerateKycOnboardingSessionToken",
		authRoot + "GenerateUpdateRequestSessionToken", authRoot + "GenerateAuthRequestSessionToken",
	} {
		app.Post(path, l.Knocking, edge.JSONBody, l.session)
	}
	phones, door := app.Group(root+"api/v1/onboarding/PhoneInfo"), l.Holder(access.DialectLumin, access.DoorLuminPhones)
	phones.Post("/", door, edge.JSONBody, l.add)
	phones.Post("/SendOtp", door, l.send)
	phones.Post("/ValidateOTP", l.Holder(access.DialectLumin, access.DoorLuminValidate), edge.JSONBody, l.validate)
	phones.Get("/GetVerifiedPhones", door, l.verified)
	phones.Post("/SetDefault", door, edge.JSONBody, l.setDefault)
	phones.Post("/Approve", door, l.approve)
}

// session answers the token endpoints: a tenant begins an onboarding request or goes on with one.
func (l *dialect) session(c *fiber.Ctx) error {
	asked, err := sessionOf(c.BodyRaw())
	if err != nil {
		return err
	}
	tenant, err := l.partners.Client(c.UserContext(), access.DialectLumin, asked.tenantID, asked.secret)
	if err != nil {
		return err
	}
	if err := l.Allow(c, "client/lumin/"+tenant.ClientID, l.PartnerLimits.PerClient); err != nil {
		return err
	}
	request, err := l.request(c.UserContext(), tenant, asked.requestID)
	if err != nil {
		return err
	}
	token, expires, err := l.Subjects.Mint(c.UserContext(), access.SubjectToken{
		BusinessID: tenant.BusinessID, Sandbox: tenant.Sandbox, Subject: request, Dialect: access.DialectLumin,
		ClientID: tenant.ClientID, Claims: asked.claims(request), Life: tokenLife,
	})
	if err != nil {
		return err
	}
	body := edge.ObjectWriter{Buf: []byte{'{'}}
	body.Text("token", token)
	body.Time("expirationDate", expires)
	body.Close()
	return edge.Send(c, fiber.StatusOK, edge.JSONType, body.Buf)
}

// request gives the id of the onboarding request: the one that the tenant names, which must exist, or a new one.
func (l *dialect) request(ctx context.Context, tenant access.PartnerClient, id string) (string, error) {
	who := possession.Who{BusinessID: tenant.BusinessID, Sandbox: tenant.Sandbox, Subject: id}
	if id != "" {
		_, err := l.Possession.Get(ctx, who)
		return id, err
	}
	who.Subject = l.World.NewID()
	_, err := l.Possession.Open(ctx, possession.Opening{Who: who})
	return who.Subject, err
}

// add answers 8.1, POST /PhoneInfo.
func (l *dialect) add(c *fiber.Ctx) error {
	phone, err := phoneOf(c.BodyRaw())
	if err != nil {
		return err
	}
	_, err = l.Possession.Add(c.UserContext(), possession.AddNumber{Who: edge.WhoOf(edge.SubjectOf(c)), Policy: policy, Phone: phone})
	return answerStatus(c, err)
}

// send answers 8.2, POST /PhoneInfo/SendOtp. That the message was not taken, or that the tenant's wallet cannot pay for
// it, are the failures with status 1 (L1).
func (l *dialect) send(c *fiber.Ctx) error {
	who := edge.WhoOf(edge.SubjectOf(c))
	terms, err := l.Keys.Terms(c.UserContext(), who.BusinessID)
	if err != nil {
		return err
	}
	_, err = l.Possession.Send(c.UserContext(), possession.SendCode{
		Who: who, Policy: policy, Messages: terms.Messages(), Language: edge.Preferred(c.Get(fiber.HeaderAcceptLanguage)), IP: edge.IPText(l.Address(c)),
	})
	return answerStatus(c, err)
}

// validate answers 8.3, POST /PhoneInfo/ValidateOTP.
func (l *dialect) validate(c *fiber.Ctx) error {
	code, err := codeOf(c.BodyRaw())
	if err != nil {
		return err
	}
	_, err = l.Possession.Check(c.UserContext(), possession.CheckCode{Who: edge.WhoOf(edge.SubjectOf(c)), Policy: policy, Code: code})
	if models.CodeOf(err) == models.NumberMissing { // no number, so no code (L4)
		err = models.Fail(models.CodeNotSent, "no code was sent")
	}
	return answerStatus(c, err)
}

// verified answers 8.4, GET /PhoneInfo/GetVerifiedPhones.
func (l *dialect) verified(c *fiber.Ctx) error {
	h, err := l.Possession.Get(c.UserContext(), edge.WhoOf(edge.SubjectOf(c)))
	if err != nil {
		return gone(err)
	}
	body := []byte{'['}
	for i, n := range h.Possessed() {
		if i > 0 {
			body = append(body, ',')
		}
		one := edge.ObjectWriter{Buf: append(body, '{')}
		one.Text("phoneNumber", n.Phone.E164())
		one.Flag("isDefault", n.Default)
		one.Close()
		body = one.Buf
	}
	return edge.Send(c, fiber.StatusOK, edge.JSONType, append(body, ']'))
}

// setDefault answers 8.5, POST /PhoneInfo/SetDefault.
func (l *dialect) setDefault(c *fiber.Ctx) error {
	phone, err := defaultOf(c.BodyRaw())
	if err != nil {
		return err
	}
	_, err = l.Possession.SetDefault(c.UserContext(), edge.WhoOf(edge.SubjectOf(c)), phone)
	return answerStatus(c, err)
}

// approve answers 8.6, POST /PhoneInfo/Approve.
func (l *dialect) approve(c *fiber.Ctx) error {
	_, err := l.Possession.Finalise(c.UserContext(), edge.WhoOf(edge.SubjectOf(c)))
	return answerStatus(c, err)
}

// unsent are the codes of what ran but sent nothing.
var unsent = []models.Code{models.ChannelRefused, models.InsufficientFunds, models.SpendCapReached}

// answerStatus answers {"status":0}, or 1 when something ran but failed.
func answerStatus(c *fiber.Ctx, err error) error {
	switch {
	case err == nil:
		return edge.Send(c, fiber.StatusOK, edge.JSONType, []byte(`{"status":0}`))
	case slices.Contains(unsent, models.CodeOf(err)):
		return edge.Send(c, fiber.StatusOK, edge.JSONType, []byte(`{"status":1}`))
	}
	return gone(err)
}

// gone makes a token worthless whose subject was erased.
func gone(err error) error {
	if models.CodeOf(err) == models.NotFound {
		return edge.ErrToken
	}
	return err
}
