package possession

import (
	"cmp"
	"context"

	"whoseline/models"
)

// CheckCode asks whether a text is the code that was sent.
type CheckCode struct {
	Who
	Policy
	Phone   models.Phone   // zero = the selected number
	Channel models.Channel // the one that the code came by; "" = text message
	Code    string         // as it was typed: blanks and dashes are ignored
}

func (c CheckCode) bond(n Held) bond {
	channel := c.Channel
	if channel == "" {
		channel = models.ChannelSMS
	}
	return bond{Who: c.Who, number: n.ID, channel: channel}
}

// Check proves a number by its code. The try is counted, durably, before anything is compared, whether or not the
// caller waits for the answer. Of several right tries at once, one succeeds. A text that cannot be a code, because it
// is not six digits, is wrong and costs no try. The channel of the code decides what is proven, see models.AllEvidence.
// The first verified number becomes the default. Errors: models.NotFound, StepDisabled, NumberMissing, CodeNotSent,
// CodeUsed, CodeBurnt, CodeExpired, CodeWrong, NumberTaken.
func (s *Service) Check(ctx context.Context, c CheckCode) (Holder, error) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.within)
	defer cancel()
	h, err := s.check(own, c)
	s.metrics.checked(err)
	return h, err
}

// CheckPhone is Check for dialects whose subjects have one number only, see Holder.Phone.
func (s *Service) CheckPhone(ctx context.Context, c CheckCode) (Holder, error) {
	h, err := s.Get(ctx, c.Who)
	if err != nil {
		return h, err
	}
	n, known := h.Phone()
	if !known {
		return h, errNoNumber
	}
	c.Phone = n.Phone
	return s.Check(ctx, c)
}

func (s *Service) check(ctx context.Context, c CheckCode) (Holder, error) {
	h, err := s.Get(ctx, c.Who)
	if err != nil {
		return h, err
	}
	n, err := decideCheck(h, c.Phone)
	if err != nil {
		return h, err
	}
	b := c.bond(n)
	typed := models.TypedCode(c.Code)
	if !sixDigits.MatchString(typed) {
		return h, s.noCode(ctx, b)
	}
	try, alive, err := s.count(ctx, b)
	if err != nil {
		return h, models.FaultIn("count a try", err)
	}
	if !alive {
		return h, s.why(ctx, b)
	}
	b.code = try.ID
	if !s.matches(b, try, typed) {
		return h, errWrong
	}
	return s.accept(ctx, c, b)
}

// noCode refuses a text that cannot be a code, with the same words as a wrong code.
func (s *Service) noCode(ctx context.Context, b bond) error {
	code, err := s.code(ctx, b)
	if err != nil {
		return models.FaultIn("read the code", err)
	}
	return cmp.Or(codeError(code, s.world.Now()), errWrong)
}

// why tells why a code takes no tries.
func (s *Service) why(ctx context.Context, b bond) error {
	code, err := s.code(ctx, b)
	if err != nil {
		return models.FaultIn("read the code", err)
	}
	if err := codeError(code, s.world.Now()); err != nil {
		return err
	}
	return models.Fail(models.CodeUsed, "the code was used") // a new code took its place between the two reads
}

// accept spends a right code and verifies its number, if the number is unchanged.
func (s *Service) accept(ctx context.Context, c CheckCode, b bond) (Holder, error) {
	return s.withSubject(ctx, c.Who, "verify a number", func(d *lockedSubject) error {
		n, there := d.byID(b.number)
		switch {
		case d.Finalised:
			return errFinal
		case !there:
			return models.Fail(models.CodeNotSent, "no code was sent")
		}
		code, err := d.code(b)
		if err != nil {
			return err
		}
		if code == nil || code.ID != b.code { // another code took its place
			return models.Fail(models.CodeUsed, "the code was used")
		}
		by, err := evidence(*code, c.Policy)
		if err != nil {
			return err
		}
		once, err := d.spend(b)
		switch {
		case err != nil:
			return err
		case !once:
			return models.Fail(models.CodeUsed, "the code was used")
		}
		if err := d.verify(n, by, c.Policy); err != nil {
			return err
		}
		if err := s.credit(d, n, code); err != nil {
			return err
		}
		return d.record(proofEvent(by), n.ID, by)
	})
}

// proofEvent is the event in a subject's history for a code that came back.
func proofEvent(by models.Channel) models.EventKind {
	if by.Assurance().AtLeast(models.AssuranceAttested) {
		return models.EventVerified
	}
	return models.EventMailbox
}
