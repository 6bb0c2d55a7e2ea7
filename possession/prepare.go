package possession

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"whoseline/models"
)

// intend checks whether a code may be asked for at all, and says what the limits are to be asked.
func (s *Service) intend(d *lockedSubject, c SendCode, r rule) (out outgoing, err error) {
	if out.phone, err = r.check(d); err != nil {
		return out, err
	}
	if out.fixed, out.test, err = s.testCode(d, out.phone); err != nil || out.test {
		return out, err
	}
	if !c.HandBack {
		d.languages = languages(c.Language)
	}
	d.limits, d.errand = c.Messages.Limits, s.errand(c, out.phone)
	return out, nil
}

// errand is what the limits are asked about.
func (s *Service) errand(c SendCode, p models.Phone) *errand {
	e := &errand{
		Who: c.Who, channel: c.channel(), number: s.numberIndex(p, c.Sandbox), block: p.Block(),
		digits: p.Digits(), nature: natureOf(p), handBack: c.HandBack,
	}
	if e.channel == models.ChannelEmail {
		e.email = s.emailIndex(c.Email, c.Sandbox)
	}
	if c.IP != "" {
		e.ip = s.vault.Index(environment(c.Sandbox)+"ip", Network(c.IP))
	}
	return e
}

// prepare decides whether a code may go out and makes everything ready for it. A refusal for want of money changes
// nothing: dispatch notes it afterwards.
func (s *Service) prepare(d *lockedSubject, c SendCode, r rule, out *outgoing) error {
	if d.errand != nil && !s.admit(d, out) {
		return nil
	}
	out.template = choose(d.templates, d.languages)
	if err := s.makeCode(d, c, r.apply(d), out); err != nil {
		return err
	}
	s.price(d, c, out)
	return nil
}

// price asks for the price of a message to be set aside. Sandbox keys never move money, and a code that is not sent is free.
func (s *Service) price(d *lockedSubject, c SendCode, out *outgoing) {
	if s.till == nil || c.Messages.Price <= 0 || c.Sandbox || c.HandBack || out.test {
		return
	}
	out.charge = &models.MessageCharge{
		BusinessID: c.BusinessID, ID: out.sending.ID, Product: models.ProductMessage, Amount: c.Messages.Price, HeldAt: d.now,
		ExpiresAt: d.now.Add(s.within + s.sendWithin + time.Minute),
		KeyID:     c.Messages.Under.KeyID, CapDay: c.Messages.Under.Day(d.now), Zone: c.Messages.Under.Zone,
	}
	d.charges = append(d.charges, *out.charge)
}

// admit asks the limits, notes their decision and tells whether a code may go out.
func (s *Service) admit(d *lockedSubject, out *outgoing) bool {
	said, e := d.usage.ask(d), *d.errand
	out.trace, out.refusal = e.trace(d.now), said.refusal()
	out.sending = models.Sending{
		BusinessID: e.BusinessID, ID: s.world.NewID(), Subject: e.key(), Channel: e.channel, NumberIndex: e.number, IPIndex: e.ip,
		Prefix: e.block, Region: e.nature.region, Decision: said.decision, Reasons: said.reasons, At: d.now,
	}
	d.sendings = append(d.sendings, out.sending)
	return out.refusal == nil
}

// reasonUnpaid tells why nobody pays for a message; "" = that is not what is wrong.
func reasonUnpaid(err error) string {
	switch models.CodeOf(err) {
	case models.InsufficientFunds:
		return reasonFunds
	case models.SpendCapReached:
		return reasonCap
	}
	return ""
}

// unpaid stores that a message was refused because nobody pays for it.
func (s *Service) unpaid(ctx context.Context, out outgoing, reason string) error {
	out.sending.Decision, out.sending.Reasons = models.SendRefused, append(out.sending.Reasons, reason)
	return models.FaultIn("record a refused message", s.keepSending(ctx, out.sending))
}

// toCaller is the destination of codes that are handed back. It is shorter than any keyed hash.
var toCaller = []byte("caller")

func handedBack(c models.SentCode) bool { return bytes.Equal(c.Destination, toCaller) }

// destination is where a code goes; nil for the number itself.
func (s *Service) destination(c SendCode) []byte {
	switch {
	case c.HandBack:
		return toCaller
	case c.channel() == models.ChannelEmail:
		return s.emailIndex(c.Email, c.Sandbox)
	}
	return nil
}

// sendable tells whether a living code is the one to send again. It is if it went to the same place. Where the
// business's word is enough, a code that was handed back may be sent too, and the other way round. Elsewhere the
// telephone gets a code that no caller knows.
func sendable(old models.SentCode, c SendCode, destination []byte) bool {
	if bytes.Equal(old.Destination, destination) {
		return true
	}
	return c.Attested && old.Channel == models.ChannelSMS
}

// makeCode finds the living code, if it may be sent again, or makes a new one.
func (s *Service) makeCode(d *lockedSubject, c SendCode, n Held, out *outgoing) error {
	b := bond{Who: c.Who, number: n.ID, channel: c.channel()}
	destination, old := s.destination(c), d.code(b)
	if codeError(old, d.now) == nil && old.Sealed != nil && sendable(*old, c, destination) {
		b.code = old.ID
		plain, err := d.key.Open(nil, nil, old.Sealed, b.text("code"))
		if err != nil {
			return fmt.Errorf("unseal the code of number %s: %w", n.ID, err)
		}
		out.code, out.repeated, out.expires = string(plain), true, old.ExpiresAt
		if c.HandBack { // it proves only the caller's word from now on
			old.Destination = toCaller
			d.touch(old.ID)
		}
		return nil
	}
	if out.code = out.fixed; out.code == "" {
		out.code = s.newCode()
	}
	b.code, out.expires = s.world.NewID(), d.now.Add(c.life())
	d.keep(models.SentCode{
		BusinessID: b.BusinessID, Subject: b.key(), NumberID: b.number, Channel: b.channel, ID: b.code,
		KeyID: macKey, MAC: s.mac(b, out.code), Sealed: d.key.Seal(nil, nil, []byte(out.code), b.text("code")),
		Destination: destination, MadeAt: d.now, ExpiresAt: out.expires,
	})
	return nil
}
