package possession

import (
	"context"

	"whoseline/models"
)

// Opening asks for a subject to be created, unless it exists.
type Opening struct {
	Who
	Machine bool // a program, which has no telephone
}

// Open makes a subject, or gives the one that exists. Errors: models.Invalid for an id that cannot be one.
func (s *Service) Open(ctx context.Context, o Opening) (Holder, error) {
	if err := models.CheckReference("subject", o.Subject); err != nil {
		return Holder{}, err
	}
	if h, err := s.Get(ctx, o.Who); models.CodeOf(err) != models.NotFound {
		return h, err
	}
	fresh, err := s.fresh(o)
	if err != nil {
		return Holder{}, err
	}
	return s.steps(ctx, "create the subject", step{Who: o.Who, fresh: fresh, plan: func(*lockedSubject) error { return nil }})
}

// fresh is a subject as it begins.
func (s *Service) fresh(o Opening) (*models.Subject, error) {
	if err := models.CheckReference("subject", o.Subject); err != nil {
		return nil, err
	}
	_, wrapped, err := s.vault.NewKey(o.aad())
	if err != nil {
		return nil, models.FaultIn("make the subject's key", err)
	}
	return &models.Subject{BusinessID: o.BusinessID, ID: o.key(), Machine: o.Machine, DataKey: wrapped, CreatedAt: s.world.Now()}, nil
}

// Get reads a subject. One that does not exist, was erased, or is another business's, is models.NotFound.
func (s *Service) Get(ctx context.Context, who Who) (Holder, error) {
	return s.find(ctx, who)
}

// AddNumber asks for a number to be added to a subject and selected.
type AddNumber struct {
	Who
	Policy
	Phone models.Phone
}

// Add adds a number and selects it. A number that the subject has already is only selected. Errors: models.NotFound,
// StepDisabled, NumberVerified, NumberTaken, NumberLimit.
func (s *Service) Add(ctx context.Context, a AddNumber) (Holder, error) {
	return s.withSubject(ctx, a.Who, "add a number", func(d *lockedSubject) error { return s.add(d, a) })
}

func (s *Service) add(d *lockedSubject, a AddNumber) error {
	taken, err := s.taken(d, a.Phone, a.Policy)
	if err != nil {
		return err
	}
	do, err := decideAdd(d.Holder, a.Phone, taken, a.Policy)
	if err != nil {
		return err
	}
	switch do {
	case inserting:
		d.record(models.EventCreated, s.insert(d, a.Phone).ID, "")
	case selecting:
		n, _ := d.find(a.Phone)
		d.pick(n.ID)
	case nothing:
	}
	return nil
}

// SetDefault makes a verified number the default. Errors: models.NotFound, StepDisabled, NumberNotVerified (also for a
// number that the subject does not have).
func (s *Service) SetDefault(ctx context.Context, who Who, p models.Phone) (Holder, error) {
	return s.withSubject(ctx, who, "set the default number", func(d *lockedSubject) error {
		n, already, err := decideDefault(d.Holder, p)
		if err != nil || already {
			return err
		}
		d.subject.Preferred = n.ID
		d.record(models.EventDefaultSet, n.ID, "")
		return nil
	})
}

// Finalise ends all changes. Doing it again does nothing. Errors: models.NotFound, NumberNotVerified when there is no
// verified number.
func (s *Service) Finalise(ctx context.Context, who Who) (Holder, error) {
	return s.withSubject(ctx, who, "make the numbers final", func(d *lockedSubject) error {
		already, err := decideFinalise(d.Holder)
		if err != nil || already {
			return err
		}
		d.subject.FinalisedAt = d.now
		d.record(models.EventFinalised, d.subject.Preferred, "")
		return nil
	})
}

// Remove takes a number away, or all of them for the zero Phone. Errors: models.NotFound, StepDisabled, NumberMissing.
func (s *Service) Remove(ctx context.Context, who Who, p models.Phone) (Holder, error) {
	return s.withSubject(ctx, who, "remove a number", func(d *lockedSubject) error {
		gone, rest, err := decideRemove(d.Holder, p)
		if err != nil {
			return err
		}
		d.remove(gone)
		d.subject.Selected, d.subject.Preferred = succession(rest)
		d.record(models.EventRemoved, gone[0].ID, "")
		return nil
	})
}

// Erase forgets a person: the key, the numbers and the codes are gone. The rest names nobody, not even by the
// business's reference. Events stay. Errors: models.NotFound.
func (s *Service) Erase(ctx context.Context, who Who) error {
	_, err := s.withSubject(ctx, who, "erase the subject", func(d *lockedSubject) error {
		d.remove(d.Numbers)
		d.record(models.EventErased, "", "")
		was := d.subject
		d.subject = models.Subject{
			BusinessID: was.BusinessID, ID: was.ID, Machine: was.Machine, CreatedAt: was.CreatedAt, Seq: was.Seq, FirstAt: was.FirstAt, ChangedAt: was.ChangedAt,
		}
		return nil
	})
	return err
}
