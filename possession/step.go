package possession

import (
	"context"
	"crypto/cipher"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/settings"
)

// step is what an operation does to one subject. It runs within a transaction that steps on other subjects share: its
// subject is read and locked, plan decides by the subject alone, what plan asked for is read, do decides the rest, and
// what both noted is written. An error of either undoes this step, and no other.
type step struct {
	Who
	ctx   context.Context //nolint:containedctx // of the caller, who may leave before the step is begun
	fresh *models.Subject // is made where there is none; nil = none is made
	plan  func(*lockedSubject) error
	do    func(*lockedSubject) error // nil = nothing is left

	holder Holder // as the step left it
	err    error
}

// lockedSubject is one subject, with everything unsealed, locked for the time of a transaction. Changes are made to it
// here, and noted among its writes.
type lockedSubject struct {
	Holder
	step      *step
	who       Who
	tx        *gorm.DB // for what hardly any step has to read
	now       time.Time
	key       cipher.AEAD
	subject   models.Subject
	numbers   []models.SubjectNumber
	codes     []models.SentCode
	grave     string   // where its history goes when it is erased
	changed   bool     // the subject's own row
	touched   []string // ids of numbers and codes whose rows changed
	errand    *errand  // that the limits are asked about; nil = none
	limits    settings.Limits
	languages []string   // in which a message may be; nil = none is sent
	templates []Template // of the business, in these: for do
	proof     *proof     // a code that came back; nil = none did
	usage     *usage     // what the limits know: for do
	writes
}

// proof is a code that came back: each message that carried it counts as verified.
type proof struct {
	number []byte // its blind index
	code   models.SentCode
}

// withSubject does a step and gives the subject as it left it. An error of the step undoes all its changes.
func (s *Service) withSubject(ctx context.Context, who Who, doing string, f func(*lockedSubject) error) (h Holder, err error) {
	return s.steps(ctx, doing, step{Who: who, plan: f})
}

// steps does a step together with those of others.
func (s *Service) steps(ctx context.Context, doing string, st step) (Holder, error) {
	if !st.known() {
		return Holder{}, errNotFound
	}
	own, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	st.ctx = own
	if err := s.changes.do(own, &st); err != nil {
		return Holder{}, models.FaultIn(doing, err)
	}
	return st.holder, models.FaultIn(doing, st.err)
}

// runSteps does steps in one transaction. Where one spoils it for the others, each has a transaction of its own.
func (s *Service) runSteps(all []*step) {
	err := s.runTogether(all)
	if err == nil || len(all) == 1 || !spoilt(err) {
		for _, st := range all {
			st.end(err)
		}
		return
	}
	for _, st := range all {
		st.err = nil
		st.end(s.runTogether([]*step{st}))
	}
}

// spoilt tells whether an error may be due to one of several steps. While the database is away it is due to none.
func spoilt(err error) bool {
	code := models.CodeOf(err)
	return code != models.Unavailable && code != models.Unknown
}

// subject names what no two steps of a transaction may change.
func (st *step) subject() string { return st.BusinessID + "\x00" + st.key() }

// end ends a step that could not be done.
func (st *step) end(err error) {
	if err != nil {
		st.holder, st.err = Holder{}, err
	}
}

// each does something for each subject whose step has not failed.
func each(present []*lockedSubject, f func(*lockedSubject) error) {
	for _, d := range present {
		if d.step.err == nil {
			d.step.err = f(d)
		}
	}
}
