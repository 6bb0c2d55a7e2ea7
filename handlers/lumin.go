package handlers

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/models"
	"whoseline/possession"
)

// lumin is the dialect of Lumin Soft's eKYC, step "Phone Info", as docs/dialects/lumin.md has it. A tenant is a client of
// this face, an onboarding request is a subject. Paths are taken in any case, as Lumin's servers do.
type lumin struct {
	*edge
	faces *access.Faces
}

// newLumin makes the dialect.
func newLumin(e *edge, faces *access.Faces) Dialect {
	l := &lumin{e, faces}
	return Dialect{Roots: []string{luminRoot, luminAuthRoot}, Refuse: refuseLumin, Route: l.route}
}

const (
	luminRoot      = "/Onboarding/"
	luminAuthRoot  = "/api/v1/Auth/" // where two of the token endpoints stand
	luminTokenLife = time.Hour
)

// luminPolicy is L3 and X9: a code lives ten minutes, and a number is one applicant's.
var luminPolicy = possession.Policy{Life: 10 * time.Minute, Exclusive: true}

// route puts the face's paths up.
func (l *lumin) route(app *fiber.App) {
	for _, path := range []string{
		luminRoot + "api/v1/Auth/GenerateOnboardingSessionToken", luminRoot + "api/v1/Auth/GenerateKycOnboardingSessionToken",
		luminAuthRoot + "GenerateUpdateRequestSessionToken", luminAuthRoot + "GenerateAuthRequestSessionToken",
	} {
		app.Post(path, l.knocking, mediaType, l.session)
	}
	phones, door := app.Group(luminRoot+"api/v1/onboarding/PhoneInfo"), l.holder(access.FaceLumin, access.DoorLuminPhones)
	phones.Post("/", door, mediaType, l.add)
	phones.Post("/SendOtp", door, l.send)
	phones.Post("/ValidateOTP", l.holder(access.FaceLumin, access.DoorLuminValidate), mediaType, l.validate)
	phones.Get("/GetVerifiedPhones", door, l.verified)
	phones.Post("/SetDefault", door, mediaType, l.setDefault)
	phones.Post("/Approve", door, l.approve)
}

// session answers the token endpoints: a tenant begins an onboarding request or goes on with one.
func (l *lumin) session(c *fiber.Ctx) error {
	asked, err := luminSessionOf(c.BodyRaw())
	if err != nil {
		return err
	}
	tenant, err := l.faces.Client(c.UserContext(), access.FaceLumin, asked.tenantID, asked.secret)
	if err != nil {
		return err
	}
	if err := l.allow(c, "client/lumin/"+tenant.ClientID, l.FaceLimits.PerClient); err != nil {
		return err
	}
	request, err := l.request(c.UserContext(), tenant, asked.requestID)
	if err != nil {
		return err
	}
	token, expires, err := l.Subjects.Mint(c.UserContext(), access.SubjectToken{
		BusinessID: tenant.BusinessID, Sandbox: tenant.Sandbox, Subject: request, Face: access.FaceLumin,
		ClientID: tenant.ClientID, Claims: asked.claims(request), Life: luminTokenLife,
	})
	if err != nil {
		return err
	}
	body := objectWriter{[]byte{'{'}}
	body.text("token", token)
	body.time("expirationDate", expires)
	body.close()
	return send(c, fiber.StatusOK, jsonType, body.buf)
}

// request gives the id of the onboarding request: the one that the tenant names, which must exist, or a new one.
func (l *lumin) request(ctx context.Context, tenant access.FaceClient, id string) (string, error) {
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
func (l *lumin) add(c *fiber.Ctx) error {
	phone, err := luminPhoneOf(c.BodyRaw())
	if err != nil {
		return err
	}
	_, err = l.Possession.Add(c.UserContext(), possession.AddNumber{Who: whoOf(subjectOf(c)), Policy: luminPolicy, Phone: phone})
	return luminStatus(c, err)
}

// send answers 8.2, POST /PhoneInfo/SendOtp. That the message was not taken, or that the tenant's wallet cannot pay for
// it, are the failures with status 1 (L1).
func (l *lumin) send(c *fiber.Ctx) error {
	_, err := l.Possession.Send(c.UserContext(), possession.SendCode{
		Who: whoOf(subjectOf(c)), Policy: luminPolicy, Language: preferred(c.Get(fiber.HeaderAcceptLanguage)), IP: ipText(l.address(c)),
	})
	return luminStatus(c, err)
}

// validate answers 8.3, POST /PhoneInfo/ValidateOTP.
func (l *lumin) validate(c *fiber.Ctx) error {
	code, err := luminCodeOf(c.BodyRaw())
	if err != nil {
		return err
	}
	_, err = l.Possession.Check(c.UserContext(), possession.CheckCode{Who: whoOf(subjectOf(c)), Policy: luminPolicy, Code: code})
	if models.CodeOf(err) == models.NumberMissing { // no number, so no code (L4)
		err = models.Fail(models.CodeNotSent, "no code was sent")
	}
	return luminStatus(c, err)
}

// verified answers 8.4, GET /PhoneInfo/GetVerifiedPhones.
func (l *lumin) verified(c *fiber.Ctx) error {
	h, err := l.Possession.Get(c.UserContext(), whoOf(subjectOf(c)))
	if err != nil {
		return luminGone(err)
	}
	body := []byte{'['}
	for i, n := range h.Possessed() {
		if i > 0 {
			body = append(body, ',')
		}
		one := objectWriter{append(body, '{')}
		one.text("phoneNumber", n.Phone.E164())
		one.flag("isDefault", n.Default)
		one.close()
		body = one.buf
	}
	return send(c, fiber.StatusOK, jsonType, append(body, ']'))
}

// setDefault answers 8.5, POST /PhoneInfo/SetDefault.
func (l *lumin) setDefault(c *fiber.Ctx) error {
	phone, err := luminDefaultOf(c.BodyRaw())
	if err != nil {
		return err
	}
	_, err = l.Possession.SetDefault(c.UserContext(), whoOf(subjectOf(c)), phone)
	return luminStatus(c, err)
}

// approve answers 8.6, POST /PhoneInfo/Approve.
func (l *lumin) approve(c *fiber.Ctx) error {
	_, err := l.Possession.Finalise(c.UserContext(), whoOf(subjectOf(c)))
	return luminStatus(c, err)
}

// luminStatus answers {"status":0}, or 1 when something ran but failed.
func luminStatus(c *fiber.Ctx, err error) error {
	switch {
	case err == nil:
		return send(c, fiber.StatusOK, jsonType, []byte(`{"status":0}`))
	case errors.Is(err, &models.Error{Code: models.ChannelRefused}), errors.Is(err, &models.Error{Code: models.InsufficientFunds}):
		return send(c, fiber.StatusOK, jsonType, []byte(`{"status":1}`))
	}
	return luminGone(err)
}

// luminGone makes a token worthless whose subject was erased.
func luminGone(err error) error {
	if models.CodeOf(err) == models.NotFound {
		return errToken
	}
	return err
}
