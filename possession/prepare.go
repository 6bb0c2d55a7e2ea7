package possession

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"whoseline/models"
	"whoseline/settings"
)

// prepare decides whether a code may go out and makes everything ready for it. A refusal for want of money changes
// nothing: dispatch notes it afterwards.
func (s *Service) prepare(d *lockedSubject, c SendCode, st step) (out outgoing, err error) {
	if out.phone, err = st.check(d); err != nil {
		return out, err
	}
	fixed, test, err := s.testCode(d, out.phone)
	if err != nil {
		return out, err
	}
	if out.test = test; !test {
		if err := s.admit(d, c, c.Messages.Limits, &out); err != nil || out.refusal != nil {
			return out, err
		}
	}
	n, err := st.apply(d)
	if err != nil {
		return out, err
	}
	if err := s.makeCode(d, c, n, fixed, &out); err != nil {
		return out, err
	}
	return out, s.hold(d, c, c.Messages.Price, &out)
}

// hold sets aside the price of a message. The wallet is locked last, and so for the shortest time. Sandbox keys never
// move money, and a code that is not sent is free.
func (s *Service) hold(d *lockedSubject, c SendCode, price int64, out *outgoing) error {
	if s.till == nil || price <= 0 || c.Sandbox || c.HandBack || out.test {
		return nil
	}
	out.charge = &models.MessageCharge{
		BusinessID: c.BusinessID, ID: out.sending.ID, Product: models.ProductMessage, Amount: price, HeldAt: d.now,
		ExpiresAt: d.now.Add(s.within + s.sendWithin + time.Minute),
		KeyID:     c.Messages.Under.KeyID, CapDay: c.Messages.Under.Day(d.now), Zone: c.Messages.Under.Zone,
	}
	return s.holdMessage(d, *out.charge)
}

// admit asks the limits and stores their decision.
func (s *Service) admit(d *lockedSubject, c SendCode, l settings.Limits, out *outgoing) error {
	e := errand{
		Who: c.Who, channel: c.channel(), number: s.numberIndex(out.phone, c.Sandbox), block: out.phone.Block(),
		digits: out.phone.Digits(), nature: natureOf(out.phone), handBack: c.HandBack,
	}
	if e.channel == models.ChannelEmail {
		e.email = s.emailIndex(c.Email, c.Sandbox)
	}
	if c.IP != "" {
		e.ip = s.vault.Index(environment(c.Sandbox)+"ip", Network(c.IP))
	}
	said, err := s.ask(d, l, e)
	if err != nil {
		return err
	}
	out.trace, out.refusal = e.trace(d.now), said.refusal()
	out.sending = models.Sending{
		BusinessID: c.BusinessID, ID: s.world.NewID(), Subject: c.key(), Channel: e.channel, NumberIndex: e.number, IPIndex: e.ip,
		Prefix: e.block, Region: e.nature.region, Decision: said.decision, Reasons: said.reasons, At: d.now,
	}
	return d.keepSending(out.sending)
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
func (s *Service) makeCode(d *lockedSubject, c SendCode, n Held, fixed string, out *outgoing) error {
	b := bond{Who: c.Who, number: n.ID, channel: c.channel()}
	destination := s.destination(c)
	old, err := d.code(b)
	if err != nil {
		return fmt.Errorf("read the code: %w", err)
	}
	if codeError(old, d.now) == nil && old.Sealed != nil && sendable(*old, c, destination) {
		b.code = old.ID
		plain, err := d.key.Open(nil, nil, old.Sealed, b.text("code"))
		if err != nil {
			return fmt.Errorf("unseal the code of number %s: %w", n.ID, err)
		}
		out.code, out.repeated, out.expires = string(plain), true, old.ExpiresAt
		if c.HandBack {
			return d.markHandedBack(b)
		}
		return nil
	}
	if out.code = fixed; fixed == "" {
		out.code = s.newCode()
	}
	b.code, out.expires = s.world.NewID(), d.now.Add(c.life())
	return d.keep(models.SentCode{
		BusinessID: b.BusinessID, Subject: b.key(), NumberID: b.number, Channel: b.channel, ID: b.code,
		KeyID: macKey, MAC: s.mac(b, out.code), Sealed: d.key.Seal(nil, nil, []byte(out.code), b.text("code")),
		Destination: destination, MadeAt: d.now, ExpiresAt: out.expires,
	})
}
