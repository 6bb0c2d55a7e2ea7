// Package digipay answers: how does DigiPay.guru's version 3 log people in? docs/dialects/digipay.md says what is taken over.
package digipay

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
)

// dialect is DigiPay.guru's version 3, as docs/dialects/digipay.md has it. A company is a business; a person
// is known by number and kind alone, and becomes a subject with the first code.
type dialect struct {
	*edge.Edge
	partners *access.Partners
	zone     *time.Location // in which clients read times
}

// New makes the dialect. Times are in UTC when no zone is given.
func New(e *edge.Edge, partners *access.Partners, zone *time.Location) edge.Dialect {
	if zone == nil {
		zone = time.UTC
	}
	d := &dialect{e, partners, zone}
	return edge.Dialect{Roots: []string{root}, Refuse: refuse, Route: d.route}
}

const (
	root       = "/digipay/"
	clientLife = time.Hour      // of what authenticate gives
	userLife   = 24 * time.Hour // of what verify_otp gives
)

// policy is X9: a code lives five minutes, and a number is proven anew at each login.
var policy = possession.Policy{Life: 5 * time.Minute, Again: true}

// route puts the dialect's paths up.
func (d *dialect) route(app *fiber.App) {
	auth := app.Group(root + "v3/auth")
	auth.Post("/authenticate", d.Knocking, d.authenticate)
	auth.Post("/send_otp", d.door(access.DoorDigiPaySend), curlType, d.sendOTP)
	auth.Post("/login_phone", d.door(access.DoorDigiPaySend), curlType, d.loginPhone)
	auth.Post("/verify_otp", d.door(access.DoorDigiPayVerify), curlType, d.verifyOTP)
}

// sendOTP answers auth/send_otp, whether or not anybody knows the number.
func (d *dialect) sendOTP(c *fiber.Ctx) error {
	p, err := personOf(c.BodyRaw())
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
func (d *dialect) loginPhone(c *fiber.Ctx) error {
	p, err := personOf(c.BodyRaw())
	if err != nil {
		return err
	}
	who, err := d.who(c, p)
	if errors.Is(err, edge.ErrToken) { // a user knows of no other ones
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
func (d *dialect) sent(c *fiber.Ctx, who possession.Who, p person, by sending) error {
	terms, err := d.Keys.Terms(c.UserContext(), who.BusinessID)
	if err != nil {
		return err
	}
	sent, err := by(c.UserContext(), possession.SendCode{
		Who: who, Policy: policy, Messages: terms.Messages(), Phone: p.phone, Channel: p.channel, Email: p.email,
		Language: edge.Preferred(c.Get(fiber.HeaderAcceptLanguage)), IP: edge.IPText(d.Address(c)),
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
	body := success(message)
	body.Close()
	return edge.Send(c, fiber.StatusOK, edge.JSONType, append(body.Buf, '}'))
}

// verifyOTP answers auth/verify_otp. A caller who types the code back gets a token. The token says by which way the
// code had come. Only a text message makes a user who may log in.
func (d *dialect) verifyOTP(c *fiber.Ctx) error {
	p, code, err := proofOf(c.BodyRaw())
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
		Who: who, Policy: policy, Phone: p.phone, Channel: p.channel, Code: code,
	})
	if models.CodeOf(err) == models.NotFound { // nobody, so no code
		err = models.Fail(models.CodeNotSent, "no code was sent")
	}
	if models.CodeOf(err) == models.CodeBurnt { // asking again helps no earlier than with another code
		err = &models.Error{Code: models.CodeBurnt, Message: "the code was typed wrongly too often", RetryAfter: policy.Life}
	}
	if err != nil {
		return err
	}
	token, _, err := d.Subjects.Mint(c.UserContext(), access.SubjectToken{
		BusinessID: who.BusinessID, Sandbox: who.Sandbox, Subject: who.Subject, Dialect: access.DialectDigiPay,
		ClientID: edge.SubjectOf(c).ClientID, Proof: p.channel, Life: userLife, Algorithm: access.HS512,
	})
	if err != nil {
		return err
	}
	body := success("Phone number successfully verified.")
	body.Name("token")
	inner := edge.ObjectWriter{Buf: append(body.Buf, '{')}
	inner.Text("type", "Token")
	inner.Text("token", token)
	inner.Close()
	body.Buf = inner.Buf
	body.Text("user_id", who.Subject)
	body.Close()
	return edge.Send(c, fiber.StatusOK, edge.JSONType, append(body.Buf, '}'))
}

// errMailbox refuses a user's own token codes by e-mail: a mailbox of one's own choice says nothing about a number.
var errMailbox = models.Fail(mailbox, "codes by e-mail take the company's token")

// who is the subject that a number stands for among the users of one kind, if the caller may act for it. A user's own
// token serves that user alone, while they are known.
func (d *dialect) who(c *fiber.Ctx, p person) (possession.Who, error) {
	caller := edge.SubjectOf(c)
	who := d.Possession.WhoHolds(caller.BusinessID, caller.Sandbox, "digipay/"+string(p.kind), p.phone)
	if c.Locals(reachKey) == access.ReachAll {
		return who, nil
	}
	if who.Subject != caller.Subject {
		return who, edge.ErrToken
	}
	_, err := d.Possession.Get(c.UserContext(), who)
	switch {
	case models.CodeOf(err) == models.NotFound:
		err = edge.ErrToken
	case err == nil && p.channel == models.ChannelEmail:
		err = errMailbox
	}
	return who, err
}

// success begins an answer that says yes; its data is still open.
func success(message string) edge.ObjectWriter {
	body := edge.ObjectWriter{Buf: []byte(`{"success":1,"error":[],"data":{`)}
	body.Text("message", message)
	return body
}
