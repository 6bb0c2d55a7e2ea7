package handlers

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/models"
	"whoseline/possession"
)

// digipay is the dialect of DigiPay.guru's version 3, as docs/dialects/digipay.md has it. A company is a business; a person
// is known by number and kind alone, and becomes a subject with the first code.
type digipay struct {
	*edge
	faces *access.Faces
	zone  *time.Location // in which clients read times
}

// newDigiPay makes the dialect. Times are in UTC when no zone is given.
func newDigiPay(e *edge, faces *access.Faces, zone *time.Location) Dialect {
	if zone == nil {
		zone = time.UTC
	}
	d := &digipay{e, faces, zone}
	return Dialect{Roots: []string{digipayRoot}, Refuse: refuseDigiPay, Route: d.route}
}

const (
	digipayRoot       = "/digipay/"
	digipayClientLife = time.Hour      // of what authenticate gives
	digipayUserLife   = 24 * time.Hour // of what verify_otp gives
)

// digipayPolicy is X9: a code lives five minutes, and a number is proven anew at each login.
var digipayPolicy = possession.Policy{Life: 5 * time.Minute, Again: true}

// route puts the face's paths up.
func (d *digipay) route(app *fiber.App) {
	auth := app.Group(digipayRoot + "v3/auth")
	auth.Post("/authenticate", d.knocking, d.authenticate)
	auth.Post("/send_otp", d.door(access.DoorDigiPaySend), curlType, d.sendOTP)
	auth.Post("/login_phone", d.door(access.DoorDigiPaySend), curlType, d.loginPhone)
	auth.Post("/verify_otp", d.door(access.DoorDigiPayVerify), curlType, d.verifyOTP)
}

// authenticate answers auth/authenticate: a client of a company gets a token. It takes Basic and, as the vendor's table
// has it, the headers UserName and Password (D7).
func (d *digipay) authenticate(c *fiber.Ctx) error {
	id, secret := basicPair(c)
	client, err := d.faces.Client(c.UserContext(), access.FaceDigiPay, id, secret)
	if err != nil {
		return err
	}
	if named := c.Get("CompanyID"); named != "" && named != client.BusinessID {
		return d.stranger(c.UserContext(), named)
	}
	if err := d.allow(c, "client/digipay/"+client.ClientID, d.FaceLimits.PerClient); err != nil {
		return err
	}
	token, expires, err := d.Subjects.Mint(c.UserContext(), access.SubjectToken{
		BusinessID: client.BusinessID, Sandbox: client.Sandbox, Subject: client.ClientID, Face: access.FaceDigiPay,
		ClientID: client.ClientID, Roles: []string{"ROLE_MERCHANT"}, Life: digipayClientLife,
	})
	if err != nil {
		return err
	}
	expires = expires.Add(time.Second - 1).Truncate(time.Second) // as the token says, in whole seconds
	body := objectWriter{[]byte(`{"status_code":200,"data":{`)}
	body.text("access_token", token)
	body.text("expiry_time", expires.In(d.zone).Format(time.DateTime))
	body.text("expires_at", expires.UTC().Format(time.RFC3339))
	body.close()
	return send(c, fiber.StatusOK, jsonType, append(body.buf, '}'))
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
func (d *digipay) door(name access.DoorName) fiber.Handler {
	return func(c *fiber.Ctx) error {
		scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
		if scheme != "Token" {
			return errToken
		}
		who, err := d.Subjects.Read(c.UserContext(), strings.TrimSpace(token))
		if err != nil {
			return err
		}
		if named := c.Get("CompanyID"); named != who.BusinessID {
			return d.stranger(c.UserContext(), named)
		}
		reach := name.May(who.At(access.FaceDigiPay))
		if reach == "" {
			return errToken
		}
		c.Locals(subjectKey, who)
		c.Locals(reachKey, reach)
		if err := d.allow(c, "subject/"+who.Key(), d.limit(reach)); err != nil {
			return err
		}
		return c.Next()
	}
}

// reachKey carries for whom the caller may act from the door to the handler.
const reachKey = "reach"

// limit is how often a token may be shown: the company's own, which its server shows for everybody, as often as a client
// may come; a person's own, as often as a person.
func (d *digipay) limit(reach access.Reach) int {
	if reach == access.ReachAll {
		return d.FaceLimits.PerClient
	}
	return d.FaceLimits.PerSubject
}

// stranger refuses a company that is not the token's: an unknown one in other words than a known one.
func (d *digipay) stranger(ctx context.Context, named string) error {
	known, err := d.faces.Enabled(ctx, named, access.FaceDigiPay)
	switch {
	case err != nil:
		return err
	case !known:
		return models.Fail(digipayUnknownCompany, "the company is not known")
	}
	return models.Fail(models.Unauthorized, "the token is another company's")
}

// sendOTP answers auth/send_otp, whether or not anybody knows the number.
func (d *digipay) sendOTP(c *fiber.Ctx) error {
	p, err := digipayPersonOf(c.BodyRaw())
	if err != nil {
		return err
	}
	who, err := d.who(c, p)
	if err != nil {
		return err
	}
	return d.sent(c, who, p, d.Possession.Enrol)
}

// loginPhone answers auth/login_phone, for people who have proven their number before (D5).
func (d *digipay) loginPhone(c *fiber.Ctx) error {
	p, err := digipayPersonOf(c.BodyRaw())
	if err != nil {
		return err
	}
	who, err := d.who(c, p)
	if errors.Is(err, errToken) { // a user knows of no other ones
		err = models.Fail(models.NotFound, "there is no such user")
	}
	if err != nil {
		return err
	}
	holder, err := d.Possession.Get(c.UserContext(), who)
	if err != nil {
		return err
	}
	if !holder.Possesses(p.phone) {
		return models.Fail(models.NotFound, "there is no such user")
	}
	return d.sent(c, who, p, d.Possession.Send)
}

// sending is one of the ways in which a code is sent.
type sending func(context.Context, possession.SendCode) (possession.Sent, error)

// sent sends a code and says by which way.
func (d *digipay) sent(c *fiber.Ctx, who possession.Who, p digipayPerson, by sending) error {
	sent, err := by(c.UserContext(), possession.SendCode{
		Who: who, Policy: digipayPolicy, Phone: p.phone, Channel: p.channel, Email: p.email,
		Language: preferred(c.Get(fiber.HeaderAcceptLanguage)), IP: ipText(d.address(c)),
	})
	if models.CodeOf(err) == models.ChannelRefused && sent.Delivery.Outcome == possession.InvalidNumber {
		return models.BadField("phone_number", "phone_number cannot be reached")
	}
	if err != nil {
		return err
	}
	message := "OTP is sent to your mobile number."
	if p.channel == models.ChannelEmail {
		message = "OTP is sent to your email."
	}
	body := digipaySuccess(message)
	body.close()
	return send(c, fiber.StatusOK, jsonType, append(body.buf, '}'))
}

// verifyOTP answers auth/verify_otp: whoever types the code back gets a token, which says by which way the code had come.
// Only a text message makes a user who may log in.
func (d *digipay) verifyOTP(c *fiber.Ctx) error {
	p, code, err := digipayProofOf(c.BodyRaw())
	if err != nil {
		return err
	}
	who, err := d.who(c, p)
	if errors.Is(err, errMailbox) { // so none was sent for it
		err = models.Fail(models.CodeNotSent, "no code was sent")
	}
	if err != nil {
		return err
	}
	_, err = d.Possession.Check(c.UserContext(), possession.CheckCode{
		Who: who, Policy: digipayPolicy, Phone: p.phone, Channel: p.channel, Code: code,
	})
	if models.CodeOf(err) == models.NotFound { // nobody, so no code
		err = models.Fail(models.CodeNotSent, "no code was sent")
	}
	if models.CodeOf(err) == models.CodeBurnt { // asking again helps no earlier than with another code
		err = &models.Error{Code: models.CodeBurnt, Message: "the code was typed wrongly too often", RetryAfter: digipayPolicy.Life}
	}
	if err != nil {
		return err
	}
	token, _, err := d.Subjects.Mint(c.UserContext(), access.SubjectToken{
		BusinessID: who.BusinessID, Sandbox: who.Sandbox, Subject: who.Subject, Face: access.FaceDigiPay,
		ClientID: subjectOf(c).ClientID, Proof: p.channel, Life: digipayUserLife, Algorithm: access.HS512,
	})
	if err != nil {
		return err
	}
	body := digipaySuccess("Phone number successfully verified.")
	body.name("token")
	inner := objectWriter{append(body.buf, '{')}
	inner.text("type", "Token")
	inner.text("token", token)
	inner.close()
	body.buf = inner.buf
	body.text("user_id", who.Subject)
	body.close()
	return send(c, fiber.StatusOK, jsonType, append(body.buf, '}'))
}

// errMailbox refuses a user's own token codes by e-mail: a mailbox of one's own choice says nothing about a number.
var errMailbox = models.Fail(digipayMailbox, "codes by e-mail take the company's token")

// who is the subject that a number stands for among the users of one kind, if the caller may act for it. A user's own
// token serves that user alone, while they are known.
func (d *digipay) who(c *fiber.Ctx, p digipayPerson) (possession.Who, error) {
	caller := subjectOf(c)
	who := d.Possession.WhoHolds(caller.BusinessID, caller.Sandbox, "digipay/"+string(p.kind), p.phone)
	if c.Locals(reachKey) == access.ReachAll {
		return who, nil
	}
	if who.Subject != caller.Subject {
		return who, errToken
	}
	_, err := d.Possession.Get(c.UserContext(), who)
	switch {
	case models.CodeOf(err) == models.NotFound:
		err = errToken
	case err == nil && p.channel == models.ChannelEmail:
		err = errMailbox
	}
	return who, err
}

// digipaySuccess begins an answer that says yes; its data is still open.
func digipaySuccess(message string) objectWriter {
	body := objectWriter{[]byte(`{"success":1,"error":[],"data":{`)}
	body.text("message", message)
	return body
}
