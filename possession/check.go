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

// Check proves a number by its code. The try is counted, durably, before anybody hears what the code was compared with,
// whether or not the caller waits for the answer. Of several right tries at once, one succeeds. A text that cannot be a
// code, because it is not six digits, is wrong and costs no try. The channel of the code decides what is proven, see
// models.AllEvidence. The first verified number becomes the default. Errors: models.NotFound, StepDisabled, NumberMissing,
// CodeNotSent, CodeUsed, CodeBurnt, CodeExpired, CodeWrong, NumberTaken.
func (s *Service) Check(ctx context.Context, c CheckCode) (Holder, error) {
	return s.check(ctx, c, func(h Holder) (Held, error) { return decideCheck(h, c.Phone) })
}

// CheckPhone is Check for dialects whose subjects have one number only, see Holder.Phone.
func (s *Service) CheckPhone(ctx context.Context, c CheckCode) (Holder, error) {
	return s.check(ctx, c, func(h Holder) (Held, error) {
		n, known := h.Phone()
		if !known {
			return n, errNoNumber
		}
		return decideCheck(h, n.Phone)
	})
}

// trial is a try at a code.
type trial struct {
	CheckCode
	which func(Holder) (Held, error) // the number whose code it is
	count bool                       // it only counts: a right code is not taken in
}

func (s *Service) check(ctx context.Context, c CheckCode, which func(Holder) (Held, error)) (Holder, error) {
	ctx = context.WithoutCancel(ctx)
	h, err := s.try(ctx, trial{CheckCode: c, which: which})
	if models.CodeOf(err) == models.NumberTaken { // nothing of it was kept: the try counts all the same
		if _, failed := s.try(ctx, trial{CheckCode: c, which: which, count: true}); failed != nil {
			err = failed
		}
	}
	s.metrics.checked(err)
	return h, err
}

// try counts a try at a code and, if the code is right, takes it in.
func (s *Service) try(ctx context.Context, t trial) (Holder, error) {
	var refusal error // what it tells of is kept
	h, err := s.withSubject(ctx, t.Who, "check a code", func(d *lockedSubject) error {
		refusal = s.judge(d, t)
		return nil
	})
	return h, cmp.Or(err, refusal)
}

func (s *Service) judge(d *lockedSubject, t trial) error {
	n, err := t.which(d.Holder)
	if err != nil {
		return err
	}
	code := d.code(t.bond(n))
	if err := s.compare(d, t.CheckCode, code); err != nil || t.count {
		return err
	}
	return s.accept(d, t.CheckCode, n, code)
}

// compare counts a try and compares the code.
func (s *Service) compare(d *lockedSubject, c CheckCode, code *models.SentCode) error {
	if err := codeError(code, d.now); err != nil {
		return err
	}
	typed := models.TypedCode(c.Code)
	if !sixDigits.MatchString(typed) {
		return errWrong
	}
	d.touch(code.ID)
	if code.Tries++; code.Tries == models.MaxTries { // it cannot be sent again
		code.Sealed = nil
	}
	if !s.matches(c.Who, *code, typed) {
		return errWrong
	}
	return nil
}

// accept spends a right code and verifies its number.
func (s *Service) accept(d *lockedSubject, c CheckCode, n Held, code *models.SentCode) error {
	by, err := evidence(*code, c.Policy)
	if err != nil {
		return err
	}
	code.UsedAt, code.Sealed = d.now, nil
	if code.Channel != models.ChannelEmail {
		d.proof = &proof{s.numberIndex(n.Phone, d.who.Sandbox), *code}
	}
	d.verify(n, by, c.Policy)
	d.record(proofEvent(by), n.ID, by)
	return nil
}

// proofEvent is the event in a subject's history for a code that came back.
func proofEvent(by models.Channel) models.EventKind {
	if by.Assurance().AtLeast(models.AssuranceAttested) {
		return models.EventVerified
	}
	return models.EventMailbox
}
