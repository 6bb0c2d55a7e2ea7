package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Notice is an answer that a source brings on its own. Whoever makes one has made sure that it comes from that source.
type Notice struct {
	Sources []string // under one of these names the source may have promised it
	Ref     string   // which answer it is; "" = none of ours

	// Read says what the source brings, in view of what it was asked under one of its names.
	Read func(source string, q Question) Finding
}

// Completion says what a notice came to. None of them is a failure: the source has done its part and can stop.
type Completion string

// What a notice can come to.
const (
	NoticeKept      Completion = "kept"      // it ended its lookup
	NoticeLate      Completion = "late"      // its lookup had ended without it: our cost, nobody's charge
	NoticeDuplicate Completion = "duplicate" // it was here before
	NoticeUnknown   Completion = "unknown"   // nobody waits for it
	NoticePending   Completion = "pending"   // the answer is still owed
	NoticeBroken    Completion = "broken"    // the source has given up: the question will be put anew
	NoticeUnread    Completion = "unread"    // it makes no sense
)

// maxDebts is how many lookups may wait for one answer: a source that knows a question again gives an old reference.
const maxDebts = 20

// Complete ends the lookups that wait for an answer that a source has brought, each charged once however often it comes.
// Errors: models.Busy when it came before the lookup that it answers was settled as pending, or while somebody else asks
// about it, and Internal.
func (s *Service) Complete(ctx context.Context, n Notice) (c Completion, err error) {
	c = NoticeUnknown
	defer func() {
		if err == nil {
			s.metrics.notices.WithLabelValues(string(c)).Inc()
		}
	}()
	if n.Ref == "" || len(n.Sources) == 0 {
		return c, nil
	}
	var waiting []models.UpstreamRef // those who still do first, lest the many who did before keep them from it
	err = s.DB.WithContext(ctx).Where("ref = ? AND source IN ?", n.Ref, n.Sources).
		Order("CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, created_at DESC").Limit(maxDebts).Find(&waiting).Error
	if err != nil {
		return c, models.Fault(fmt.Errorf("look for what the answer is to: %w", err))
	}
	ctx, cancel := s.onward(ctx)
	defer cancel()
	for _, owed := range slices.Backward(waiting) { // so that what it comes to in the end is about one who still did
		if c, err = s.hear(ctx, &owed, n); err != nil {
			return c, err
		}
	}
	return c, nil
}

// hear takes an answer for one lookup.
func (s *Service) hear(ctx context.Context, owed *models.UpstreamRef, n Notice) (Completion, error) {
	if owed.State == models.UpstreamKept || owed.State == models.UpstreamLate {
		return NoticeDuplicate, nil
	}
	var l models.Lookup
	err := s.DB.WithContext(ctx).Where("business_id = ? AND id = ?", owed.BusinessID, owed.LookupID).Take(&l).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return NoticeUnknown, nil
	case err != nil:
		return "", models.Fault(fmt.Errorf("read the lookup: %w", err))
	case l.Status == models.Open:
		return "", &models.Error{Code: models.Busy, Message: "the lookup is still being asked", RetryAfter: 10 * time.Second}
	case l.Erased():
		return s.hearOfErased(ctx, owed, &l)
	}
	r, err := s.unseal(l)
	if err != nil {
		return "", models.Fault(err)
	}
	f := n.Read(owed.Source, r.question())
	f.Source = owed.Source
	f.Attempts = []models.Attempt{row(owed, f, s.World.Now())}
	switch {
	case f.Outcome == models.OutcomePending:
		return NoticePending, nil
	case f.Outcome == models.OutcomeNotApplicable:
		return NoticeBroken, s.hurry(ctx, owed)
	case !answers(f.Outcome):
		s.Log.Warn("lookup: a source brought what cannot be read", "source", owed.Source, "outcome", f.Outcome, "lookup", owed.LookupID)
		return NoticeUnread, nil
	case r.Status.Settled():
		return s.tooLate(ctx, owed, r, f)
	}
	return s.accept(ctx, owed, f)
}

// accept ends a pending lookup with an answer that was brought. What is brought twice at once is taken one after the
// other: the later one finds the lookup ended, and nobody is asked to second it again.
func (s *Service) accept(ctx context.Context, owed *models.UpstreamRef, f Finding) (Completion, error) {
	c := s.claimOn(owed.BusinessID, owed.LookupID)
	if err := c.await(ctx); err != nil {
		return "", err
	}
	defer c.release(ctx)
	r, err := c.record(ctx)
	switch {
	case err != nil:
		return "", models.Fault(err)
	case r.Erased():
		return s.hearOfErased(ctx, owed, &r.Lookup)
	case r.Status.Settled():
		return s.tooLate(ctx, owed, r, f)
	}
	f, v, err := s.weigh(ctx, c, r, f)
	switch {
	case errors.Is(err, errClaimLost):
		return "", errAskedElsewhere
	case err != nil:
		return "", models.Fault(err)
	}
	done, err := s.finish(ctx, r, f, v)
	if err != nil {
		return "", models.Fault(err)
	}
	if !done {
		return NoticeDuplicate, nil // somebody else was faster, and notes it
	}
	return NoticeKept, fault(s.end(ctx, owed, models.UpstreamKept, f.Outcome))
}

// weigh tells what an answer that was brought means for its lookup: nothing if the subject has taken the consent back.
func (s *Service) weigh(ctx context.Context, c *claim, r *Record, f Finding) (Finding, verdict, error) {
	if gone, err := s.takenBack(ctx, r); err != nil || gone {
		return f, withdrawnMeanwhile, err
	}
	f, err := c.seconded(ctx, r, r.question(), f)
	return f, decide(f, r.price()), err
}

// tooLate notes an answer whose lookup has ended. If it ended with this very answer, a crash kept that from being noted.
func (s *Service) tooLate(ctx context.Context, owed *models.UpstreamRef, r *Record, f Finding) (Completion, error) {
	answered := r.Status == models.Found || r.Status == models.NoneFound
	if answered && owed.State == models.UpstreamOwed && r.Source == owed.Source {
		return NoticeDuplicate, fault(s.end(ctx, owed, models.UpstreamKept, f.Outcome))
	}
	return NoticeLate, fault(s.end(ctx, owed, models.UpstreamLate, f.Outcome))
}

// hearOfErased ends a lookup whose person was erased meanwhile: the answer is about nobody.
func (s *Service) hearOfErased(ctx context.Context, owed *models.UpstreamRef, l *models.Lookup) (Completion, error) {
	if !l.Status.Settled() {
		if _, err := s.giveUp(ctx, l); err != nil {
			return "", models.Fault(err)
		}
	}
	return NoticeLate, fault(s.end(ctx, owed, models.UpstreamLate, ""))
}

// hurry lets the question be put anew at once, because the source that owed the answer has given up. Whoever asks about
// the lookup right now learns it for themselves, and is not disturbed.
func (s *Service) hurry(ctx context.Context, owed *models.UpstreamRef) error {
	if err := s.end(ctx, owed, models.UpstreamBroken, models.OutcomeNotApplicable); err != nil {
		return models.Fault(err)
	}
	now := s.World.Now()
	err := s.DB.WithContext(ctx).Model(&models.Lookup{}).
		Where("business_id = ? AND id = ? AND status = 'pending' AND expires_at > ?", owed.BusinessID, owed.LookupID, now).
		Update("expires_at", now).Error
	return fault(err)
}

func fault(err error) error {
	if err == nil {
		return nil
	}
	return models.Fault(err)
}
