package possession

import (
	"bytes"
	"fmt"
	"time"

	"whoseline/models"
)

// testCode gives the fixed code of a test number, which only sandbox keys have.
func (s *Service) testCode(who Who, p models.Phone, now time.Time) (code string, test bool) {
	for _, n := range s.TestNumbers {
		if who.Sandbox && n.Phone == p && (n.Until.IsZero() || now.Before(n.Until)) {
			return n.Code, true
		}
	}
	return "", false
}

// admit asks the limits and writes down what they said.
func (s *Service) admit(d *desk, c SendCode, out *outgoing) error {
	e := errand{
		Who: c.Who, channel: c.channel(), number: s.numberIndex(out.phone, c.Sandbox), block: out.phone.Block(),
		region: region(out.phone), handBack: c.HandBack,
	}
	if e.channel == models.ChannelEmail {
		e.email = s.emailIndex(c.Email, c.Sandbox)
	}
	if c.IP != "" {
		e.ip = s.Vault.Index(environment(c.Sandbox)+"ip", network(c.IP))
	}
	said, err := s.ask(d, e)
	if err != nil {
		return err
	}
	out.id, out.reasons, out.refusal = s.World.NewID(), said.reasons, said.refusal()
	return d.tx.Create(&models.Sending{
		BusinessID: c.BusinessID, ID: out.id, Subject: c.key(), Channel: e.channel, NumberIndex: e.number, IPIndex: e.ip,
		Prefix: e.block, Region: e.region, Verdict: said.verdict, Reasons: said.reasons, At: d.now,
	}).Error
}

// code finds the code that lives, if it went to the same place, or makes a new one.
func (s *Service) code(d *desk, c SendCode, n Held, fixed string, out *outgoing) error {
	b := bond{Who: c.Who, number: n.ID, channel: c.channel()}
	var destination []byte
	if b.channel == models.ChannelEmail {
		destination = s.emailIndex(c.Email, c.Sandbox)
	}
	old, err := codeOf(d.tx, b)
	if err != nil {
		return fmt.Errorf("read the code: %w", err)
	}
	if codeError(old, d.now) == nil && old.Sealed != nil && bytes.Equal(old.Destination, destination) {
		b.code = old.ID
		plain, err := d.key.Open(nil, nil, old.Sealed, b.text("code"))
		if err != nil {
			return fmt.Errorf("unseal the code of number %s: %w", n.ID, err)
		}
		out.code, out.repeated, out.expires = string(plain), true, old.ExpiresAt
		return nil
	}
	if out.code = fixed; fixed == "" {
		out.code = s.NewCode()
	}
	b.code, out.expires = s.World.NewID(), d.now.Add(c.life())
	return d.keep(models.SentCode{
		BusinessID: b.BusinessID, Subject: b.key(), NumberID: b.number, Channel: b.channel, ID: b.code,
		KeyID: macKey, MAC: s.mac(b, out.code), Sealed: d.key.Seal(nil, nil, []byte(out.code), b.text("code")),
		Destination: destination, MadeAt: d.now, ExpiresAt: out.expires,
	})
}
