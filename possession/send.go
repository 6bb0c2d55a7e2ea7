package possession

import (
	"context"
	"fmt"
	"time"

	"whoseline/models"
	"whoseline/settings"
)

// SendCode asks for a code to be sent to one of a subject's numbers.
type SendCode struct {
	Who
	Policy
	Messages settings.Messages // what holds for the business
	Phone    models.Phone      // zero = the selected number
	Channel  models.Channel    // "" = text message
	Email    string            // where to, when Channel is e-mail; see ParseEmail
	Language string            // of the message; "" = English
	IP       string            // who asked, as far as known
	HandBack bool              // nothing is sent: the caller gets the code, which then proves only the caller's word
}

func (c SendCode) channel() models.Channel {
	if c.Channel == "" {
		return models.ChannelSMS
	}
	return c.Channel
}

// Sent is the result of sending a code.
type Sent struct {
	Holder    Holder
	Delivery  Delivery  // of a message that was sent
	Code      string    // when it was asked for by HandBack
	Repeated  bool      // it is the code that was sent before
	ExpiresAt time.Time // of the code
}

// Send sends a code. While one lives, the same code is sent again, with the rest of its life and tries. Errors:
// models.NotFound, StepDisabled, NumberMissing, NumberVerified, TooManySends, CountryRefused, InsufficientFunds, SpendCapReached, all of
// which change nothing; ChannelRefused beside a filled Sent, whose Delivery tells why.
func (s *Service) Send(ctx context.Context, c SendCode) (Sent, error) {
	return s.dispatch(ctx, c, toHeld(c, func(d *lockedSubject) (models.Phone, error) { return c.Phone, nil }))
}

// Enrol is Send for callers that know a person by the number alone: the first code creates the subject and its number.
// See WhoHolds. Further error: models.NumberLimit.
func (s *Service) Enrol(ctx context.Context, c SendCode) (Sent, error) {
	fresh, err := s.fresh(Opening{Who: c.Who})
	if err != nil {
		return Sent{}, err
	}
	rule := toHeld(c, func(d *lockedSubject) (models.Phone, error) {
		if err := s.add(d, AddNumber{Who: c.Who, Policy: c.Policy, Phone: c.Phone}); err != nil {
			return c.Phone, err
		}
		return c.Phone, d.open()
	})
	rule.fresh = fresh
	return s.dispatch(ctx, c, rule)
}

// Resend sends a code to the number of a subject in dialects where it has one only, see Holder.Phone. Errors: those of
// Send.
func (s *Service) Resend(ctx context.Context, c SendCode) (Sent, error) {
	return s.dispatch(ctx, c, toHeld(c, func(d *lockedSubject) (models.Phone, error) {
		n, known := d.Phone()
		if !known {
			return n.Phone, errNoNumber
		}
		return n.Phone, nil
	}))
}

// toHeld is the rule for a code to a number that the subject has. Which gives the number; zero = the selected one.
func toHeld(c SendCode, which func(*lockedSubject) (models.Phone, error)) rule {
	var n Held
	return rule{
		check: func(d *lockedSubject) (models.Phone, error) {
			p, err := which(d)
			if err != nil {
				return p, err
			}
			n, err = decideSend(d.Holder, p, c.Policy)
			return n.Phone, err
		},
		apply: func(d *lockedSubject) Held {
			d.record(models.EventCodeSent, n.ID, c.channel())
			return n
		},
	}
}

// SetNumber asks for a number to replace all that a subject had.
type SetNumber struct {
	SendCode
	Vouched bool // it is verified already: the business says so, and no code is made
}

// Set makes a number a subject's only one. Verification starts again, with a new code, unless the caller vouches for
// the number. Errors: models.NotFound, StepDisabled, Unchanged, NumberTaken, and those of Send.
func (s *Service) Set(ctx context.Context, n SetNumber) (Sent, error) {
	r := rule{
		check: func(d *lockedSubject) (models.Phone, error) {
			taken, err := s.taken(d, n.Phone, n.Policy)
			if err == nil {
				err = decideSet(d.Holder, n.Phone, n.Vouched, taken, n.Policy)
			}
			return n.Phone, err
		},
		apply: func(d *lockedSubject) Held { return s.replace(d, n) },
	}
	if !n.Vouched {
		return s.dispatch(ctx, n.SendCode, r)
	}
	h, err := s.withSubject(ctx, n.Who, "set a number", func(d *lockedSubject) error {
		if _, err := r.check(d); err != nil {
			return err
		}
		d.verify(r.apply(d), models.ChannelTrust, n.Policy)
		return nil
	})
	return Sent{Holder: h}, err
}

// replace puts a number in the place of all others.
func (s *Service) replace(d *lockedSubject, n SetNumber) Held {
	kind, channel := models.EventCreated, n.channel()
	if len(d.Numbers) > 0 {
		kind = models.EventChanged
	}
	if n.Vouched {
		channel = models.ChannelTrust
	}
	d.remove(d.Numbers)
	d.Numbers, d.subject.Preferred = nil, ""
	held := s.insert(d, n.Phone)
	d.record(kind, held.ID, channel)
	return held
}

// rule is what an operation that ends with a code does to its subject.
type rule struct {
	fresh *models.Subject                            // is made where there is none; nil = none is made
	check func(*lockedSubject) (models.Phone, error) // refuses before anything is counted, or gives the number
	apply func(*lockedSubject) Held                  // makes the change and gives the number as stored
}

// dispatch checks, asks the limits, makes the change and makes or finds the code, all in one step. It sends the code when
// that is durable. From then on the caller may leave.
func (s *Service) dispatch(ctx context.Context, c SendCode, r rule) (Sent, error) {
	var out outgoing
	holder, err := s.steps(ctx, "send a code", step{
		Who: c.Who, fresh: r.fresh,
		plan: func(d *lockedSubject) (err error) {
			out, err = s.intend(d, c, r)
			return err
		},
		do: func(d *lockedSubject) error { return s.prepare(d, c, r, &out) },
	})
	if reason := reasonUnpaid(err); reason != "" {
		s.metrics.decided(models.SendRefused, reason)
		if reason == reasonFunds {
			s.till.Refused(c.BusinessID, c.Messages.Price)
		}
		if failed := s.unpaid(ctx, out, reason); failed != nil {
			return Sent{}, failed
		}
		return Sent{}, err
	}
	if err != nil {
		return Sent{}, err
	}
	s.metrics.decided(out.sending.Decision, out.sending.Reasons...)
	if out.refusal != nil {
		return Sent{Holder: holder}, out.refusal
	}
	sent := Sent{Holder: holder, Repeated: out.repeated, ExpiresAt: out.expires}
	switch {
	case c.HandBack:
		sent.Code = out.code
	case out.test:
		sent.Delivery = Delivery{Outcome: Accepted, Provider: "test number"}
	default:
		m := out.message(c, fill(out.template, out.code, out.expires.Sub(s.world.Now())))
		m.Carriers = c.Messages.Channels
		sent.Delivery, err = s.deliver(ctx, out, m)
	}
	return sent, err
}

// outgoing is a code that is ready to go, or its refusal.
type outgoing struct {
	refusal  error
	sending  models.Sending
	trace    trace
	charge   *models.MessageCharge // nil: it costs nothing
	phone    models.Phone
	fixed    string // the code of a test number
	template string // of the message
	code     string
	repeated bool
	test     bool
	expires  time.Time
}

func (o outgoing) message(c SendCode, text string) Message {
	return Message{
		ID: o.sending.ID, BusinessID: c.BusinessID, Sandbox: c.Sandbox, Channel: c.channel(), Phone: o.phone, Email: c.Email,
		Language: c.Language, Text: text, Code: o.code, ExpiresAt: o.expires,
	}
}

// deliver hands a message to a sender and stores the outcome.
func (s *Service) deliver(ctx context.Context, out outgoing, m Message) (Delivery, error) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.sendWithin)
	delivery := s.sender(m.Sandbox).Send(own, m)
	cancel()
	s.metrics.sent(m.Channel, delivery.Outcome)
	if delivery.Err != nil {
		s.log.Warn("possession: sender failed", "business", m.BusinessID, "sending", m.ID, "outcome", delivery.Outcome, "err", delivery.Err)
	}
	s.note(ctx, out, m, delivery)
	if !delivery.Outcome.Gone() {
		return delivery, models.Fail(models.ChannelRefused, fmt.Sprintf("the message was not taken: %s", delivery.Outcome))
	}
	return delivery, nil
}
