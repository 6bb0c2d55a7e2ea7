package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"whoseline/models"
	"whoseline/settings"
)

// A lookup may be bound to its number. Then the price is held and a code goes to the number, and no source is asked
// before the code has come back. Until then the lookup is pending, and only the message is paid for.

// Confirmer makes somebody show that they hold a number. Codes are bound to the id of the lookup.
type Confirmer interface {
	Ask(ctx context.Context, p Proof) error                // sends a code, or the same again
	Check(ctx context.Context, p Proof, code string) error // models.CodeWrong, CodeExpired, CodeBurnt, CodeUsed
	Forget(ctx context.Context, p Proof) error             // what was kept of it
}

// Proof is what a code proves: the holder of the number knows of the lookup.
type Proof struct {
	BusinessID string
	Sandbox    bool
	LookupID   string
	Phone      models.Phone
	Messages   settings.Messages // what holds for the one that carries the code
}

// confirmWithin is how long a lookup waits for its code.
const confirmWithin = models.MaxCodeLife

func (r *Record) proof(m settings.Messages) Proof {
	return Proof{BusinessID: r.BusinessID, Sandbox: r.Sandbox, LookupID: r.ID, Phone: r.Phone(), Messages: m}
}

// sendCode asks the number itself, where askSources would ask a source. The money is held. The binding is durable
// before the code goes out, so that nothing can ask a source meanwhile.
func (s *Service) sendCode(ctx context.Context, c caller) (Result, error) {
	err := s.bind(ctx, c.record)
	if err == nil {
		err = s.confirmer.Ask(ctx, c.record.proof(c.Messages))
	}
	t := turn{Record: c.record, caller: &c, from: stateOpen, due: c.At.Add(confirmWithin)}
	t.event, t.refusal = codeSent(err)
	result, err := s.finish(ctx, t)
	if models.CodeOf(err) == models.Conflict {
		return Result{}, s.overtaken(c.record)
	}
	return result, err
}

// codeSent maps the error of sending a code to an event, and to what a refused caller is told. A number that no code
// can reach is an answer and costs nothing. After any other error the caller may try again.
func codeSent(err error) (event, *models.Error) {
	var told *models.Error
	switch code := models.CodeOf(err); {
	case err == nil:
		return onCodeSent, nil
	case code == models.ChannelRefused || code == models.CountryRefused:
		return onUnreachable, models.Fail(models.ChannelRefused, "no code could be sent to this number")
	case !errors.As(err, &told):
		told = models.Fault(err)
	case code == models.TooManySends:
		told = &models.Error{Code: models.TooManyRequests, Message: told.Message, RetryAfter: told.RetryAfter}
	}
	return onCodeNotSent, told
}

// Answering names a lookup that waits for its code.
type Answering struct {
	BusinessID string
	Sandbox    bool
	LookupID   string
	Messages   settings.Messages // see Query
}

// Confirm takes the code that the number got. If it is right, the sources are asked once and the record has their
// answer. If none of them can answer yet, the lookup stays pending and they are asked again later. Errors:
// models.NotFound, Conflict when the lookup waits for no code, CodeWrong, CodeExpired, CodeBurnt.
func (s *Service) Confirm(ctx context.Context, a Answering, code string) (*Record, error) {
	record, err := s.awaiting(ctx, a)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.onward(ctx)
	defer cancel()
	event, refusal := codeTaken(s.confirmer.Check(ctx, record.proof(settings.Messages{}), code))
	if follows, _ := s.happens(stateAwaitingCode, event); follows.tell == refuseCaller {
		return nil, refusal
	}
	now := s.world.Now()
	l := s.leaseOn(record.BusinessID, record.ID)
	if err := s.noteConfirmed(ctx, l, now); err != nil {
		return nil, err
	}
	defer l.release(ctx)
	s.forget(ctx, record)
	if record, err = l.record(ctx); err != nil {
		return nil, models.Fault(err)
	}
	if record.Erased() {
		if _, err := s.endErased(ctx, record.Lookup); err != nil {
			return nil, models.Fault(err)
		}
		return nil, models.Fail(models.NotFound, "lookup not found")
	}
	record.Attempts = attempts(record.Attempts, []models.Attempt{{Source: "possession", Outcome: models.OutcomeConfirmed, At: now}})
	if _, err := s.askAgain(ctx, l, record, now); err != nil {
		return nil, models.Fault(fmt.Errorf("ask for lookup %s: %w", record.ID, err))
	}
	return s.Get(ctx, a.BusinessID, a.Sandbox, a.LookupID)
}

// Resend sends the code of a waiting lookup again, and gives the lookup. Errors: models.NotFound, Conflict, CodeExpired,
// InsufficientFunds, TooManyRequests, ChannelRefused.
func (s *Service) Resend(ctx context.Context, a Answering) (*Record, error) {
	record, err := s.awaiting(ctx, a)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.onward(ctx)
	defer cancel()
	event, refusal := codeSent(s.confirmer.Ask(ctx, record.proof(a.Messages)))
	if follows, _ := s.happens(stateAwaitingCode, event); follows.tell == refuseCaller {
		return nil, refusal
	}
	return record, nil
}

// awaiting reads a lookup that waits for its code.
func (s *Service) awaiting(ctx context.Context, a Answering) (*Record, error) {
	record, err := s.Get(ctx, a.BusinessID, a.Sandbox, a.LookupID)
	if err != nil {
		return nil, err
	}
	waits, err := s.unconfirmed(ctx, record)
	if err != nil {
		return nil, models.Fault(err)
	}
	from := stateOf(record.Status, waits)
	follows, possible := from.on(onCodeConfirmed)
	late := follows.tell == refuseCaller
	if late {
		s.happens(from, onCodeConfirmed)
	}
	switch {
	case late && record.Reason != unconfirmedReason:
		return nil, models.Fail(models.Conflict, "the lookup waits for no code")
	case record.Erased():
		return nil, models.Fail(models.NotFound, "lookup not found")
	case late || !s.world.Now().Before(record.ExpiresAt):
		return nil, models.Fail(models.CodeExpired, "the lookup was not confirmed in time")
	case !possible:
		return nil, &models.Error{Code: models.InProgress, Message: "the code is still being sent", RetryAfter: time.Second}
	}
	return record, nil
}

// codeTaken maps the result of checking a code to an event, and to what the caller is told if the code was wrong. A
// code that is gone has expired.
func codeTaken(err error) (event, error) {
	switch models.CodeOf(err) {
	case "":
		return onCodeConfirmed, nil
	case models.CodeWrong, models.CodeBurnt, models.CodeExpired:
		return onCodeBurnt, err
	case models.CodeUsed:
		return onCodeBurnt, models.Fail(models.Conflict, "the lookup waits for no code")
	case models.CodeNotSent, models.NotFound, models.NumberMissing:
		return onCodeBurnt, models.Fail(models.CodeExpired, "there is no code any more")
	}
	return onCodeBurnt, models.Fault(fmt.Errorf("check the code: %w", err))
}

// forget drops what was kept for a lookup's code. It may fail: the clean-up of old codes drops it later.
func (s *Service) forget(ctx context.Context, r *Record) {
	if err := s.confirmer.Forget(ctx, r.proof(settings.Messages{})); err != nil {
		s.log.Warn("lookup: what its code was bound to is not forgotten", "lookup", r.ID, "err", err)
	}
}
