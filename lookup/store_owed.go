package lookup

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// noteOwed keeps which answers the sources owe. Such an answer may come, and cost, after the lookup has ended without
// it. An error here does not spoil an answer that is there.
func (s *Service) noteOwed(ctx context.Context, r *Record, f Finding) {
	for _, a := range f.promises() {
		owed := models.UpstreamRef{
			BusinessID: r.BusinessID, LookupID: r.ID, Source: a.Source, Ref: a.Ref,
			State: models.UpstreamOwed, CreatedAt: s.world.Now(),
		}
		err := s.note(ctx, &owed)
		if err != nil {
			s.log.Error("lookup: an answer that is owed could not be noted", "lookup", r.ID, "source", a.Source, "err", err)
		}
	}
}

func (s *Service) note(ctx context.Context, owed *models.UpstreamRef) error {
	own, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	return s.of(own, owed.BusinessID).Clauses(clause.OnConflict{UpdateAll: true}).Create(owed).Error
}

// debts are the answers that sources owe, or have owed, to one lookup, oldest first.
func (s *Service) debts(ctx context.Context, r *Record) (all []models.UpstreamRef, err error) {
	if s.outage.Promises == nil {
		return nil, nil
	}
	err = s.of(ctx, r.BusinessID).Where("business_id = ? AND lookup_id = ?", r.BusinessID, r.ID).
		Order("created_at, ref").Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read what sources owe: %w", err)
	}
	return all, nil
}

// noteEnd notes what became of an answer that was owed.
func (s *Service) noteEnd(ctx context.Context, owed *models.UpstreamRef, state models.UpstreamState, outcome models.Outcome) error {
	err := s.of(ctx, owed.BusinessID).Model(&models.UpstreamRef{}).
		Where("business_id = ? AND lookup_id = ? AND source = ? AND ref = ? AND state = ?",
			owed.BusinessID, owed.LookupID, owed.Source, owed.Ref, owed.State).
		Updates(map[string]any{"state": state, "outcome": outcome, "ended_at": s.world.Now()}).Error
	if err != nil {
		return fmt.Errorf("note what became of an owed answer: %w", err)
	}
	s.metrics.owed.WithLabelValues(string(state)).Inc()
	return nil
}

// owedUnder gives the lookups that wait, or have waited, for one answer. Those that still wait stand first; otherwise
// the many that did before could fill the list.
func (s *Service) owedUnder(ctx context.Context, ref string, sources []string) (waiting []models.UpstreamRef, err error) {
	err = s.all(ctx).Where("ref = ? AND source IN ?", ref, sources).
		Order("CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, created_at DESC").Limit(maxDebts).Find(&waiting).Error
	return waiting, faultUnless(err, "look for what the answer is to")
}

// owing reads the lookup that an answer is owed to. Nil when there is none.
func (s *Service) owing(ctx context.Context, owed *models.UpstreamRef) (*models.Lookup, error) {
	l := &models.Lookup{}
	err := s.of(ctx, owed.BusinessID).Select(asRead).Where("business_id = ? AND id = ?", owed.BusinessID, owed.LookupID).Take(l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return l, faultUnless(err, "read the lookup")
}

// makeDue lets a pending lookup be tried at once.
func (s *Service) makeDue(ctx context.Context, owed *models.UpstreamRef) error {
	now := s.world.Now()
	err := s.of(ctx, owed.BusinessID).Model(&models.Lookup{}).
		Where("business_id = ? AND id = ? AND status = 'pending' AND expires_at > ?", owed.BusinessID, owed.LookupID, now).
		Update("expires_at", now).Error
	return fault(err)
}
