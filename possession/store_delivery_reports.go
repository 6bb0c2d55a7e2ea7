package possession

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// earlyReport is the row of a report that came before the message's reference was written down.
type earlyReport struct {
	Provider  string `gorm:"primaryKey"`
	Reference string `gorm:"primaryKey"`
	State     models.DeliveryState
	At        time.Time
}

// TableName is the table of early reports.
func (earlyReport) TableName() string { return "possession_receipts" }

// advance moves a message's state on, if the report says something new, and tells whether there is such a message. It
// asks for the message first: a message that appears later finds the waiting report.
func (s *Service) advance(ctx context.Context, r DeliveryReport) (known bool, err error) {
	message := func() *gorm.DB {
		return s.all(ctx).Model(&models.Sending{}).Where("provider = ? AND reference = ? AND reference <> ''", r.Provider, r.Reference)
	}
	var n int64
	if err := message().Limit(1).Count(&n).Error; err != nil || n == 0 {
		return false, err
	}
	moved := message().Where("delivery IN ?", before(r.State)).Select("Delivery", "DeliveryAt").
		Updates(models.Sending{Delivery: r.State, DeliveryAt: s.world.Now()})
	s.metrics.delivered(r, moved.RowsAffected)
	return true, moved.Error
}

// await keeps a report whose message is not known yet. Of several reports it keeps the furthest state.
func (s *Service) await(ctx context.Context, r DeliveryReport) error {
	return s.all(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "provider"}, {Name: "reference"}},
		DoUpdates: clause.AssignmentColumns([]string{"state", "at"}),
		Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "possession_receipts.state IN ?", Vars: []any{before(r.State)}}}},
	}).Create(&earlyReport{Provider: r.Provider, Reference: r.Reference, State: r.State, At: s.world.Now()}).Error
}

// collect applies the reports that came before the references of their messages were stored.
func (s *Service) collect(ctx context.Context, ended []*arrival) error {
	var references [][]any
	for _, a := range ended {
		if a.Reference != "" {
			references = append(references, []any{a.Provider, a.Reference})
		}
	}
	if len(references) == 0 {
		return nil
	}
	var early []earlyReport
	if err := s.all(ctx).Where("(provider, reference) IN ?", references).Limit(len(references)).Find(&early).Error; err != nil {
		return err
	}
	for _, r := range early {
		if _, err := s.advance(ctx, DeliveryReport{Provider: r.Provider, Reference: r.Reference, State: r.State}); err != nil {
			return fmt.Errorf("take in an early receipt: %w", err)
		}
		if err := s.drop(ctx, r.Provider, r.Reference); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) drop(ctx context.Context, provider, reference string) error {
	return s.all(ctx).Where("provider = ? AND reference = ?", provider, reference).Delete(&earlyReport{}).Error
}
