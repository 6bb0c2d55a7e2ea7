package possession

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// Receipt is what a provider reports about a message that it took, some time later. It holds nothing of the message.
type Receipt struct {
	Provider  string // as in Delivery
	Reference string // the provider's own, as in Delivery
	State     models.DeliveryState
}

// receipt is the row of a report that came before the message's reference was written down.
type receipt struct {
	Provider  string `gorm:"primaryKey"`
	Reference string `gorm:"primaryKey"`
	State     models.DeliveryState
	At        time.Time
}

// TableName is the table of early receipts.
func (receipt) TableName() string { return "possession_receipts" }

const (
	keepReceipts = 10 * time.Minute // far longer than a sender may take
	maxReference = 200              // bytes
)

// onTheWay are the states before the final ones, in their order.
var onTheWay = []models.DeliveryState{"", models.DeliveryUnknown, models.DeliveryQueued, models.DeliverySent}

// finalStates are those that nothing follows.
var finalStates = []models.DeliveryState{
	models.DeliveryDelivered, models.DeliveryFailed, models.DeliveryExpired, models.DeliveryRejected,
}

// before gives the states that a state may take the place of: for a final one all that are not final, for the others
// what comes earlier on the way. Reports arrive late, twice and out of order.
func before(s models.DeliveryState) []models.DeliveryState {
	if slices.Contains(finalStates, s) {
		return onTheWay
	}
	return onTheWay[:max(0, slices.Index(onTheWay, s))]
}

// Delivered takes in a receipt and tells whether it is of a message that is known. Receipts may come twice, late and in
// any order: a final state stays. One that comes before its message's reference is known waits for it. Errors:
// models.Invalid.
func (s *Service) Delivered(ctx context.Context, r Receipt) (known bool, err error) {
	if len(before(r.State)) == 0 || r.Provider == "" || r.Reference == "" || len(r.Reference) > maxReference {
		return false, models.Fail(models.Invalid, "the receipt names no message or no state")
	}
	ctx, cancel := context.WithTimeout(ctx, s.Within)
	defer cancel()
	if known, err = s.advance(ctx, r); known || err != nil {
		return known, fault("take in a receipt", err)
	}
	if err := s.await(ctx, r); err != nil {
		return false, fault("keep a receipt", err)
	}
	if known, err = s.advance(ctx, r); !known || err != nil {
		return known, fault("take in a receipt", err)
	}
	return true, fault("drop a receipt", s.drop(ctx, r.Provider, r.Reference))
}

// advance moves a message's state on, if the receipt says something new, and tells whether there is such a message. That
// is asked first: a message that appears after the question is one for which the receipt waits.
func (s *Service) advance(ctx context.Context, r Receipt) (known bool, err error) {
	message := func() *gorm.DB {
		return s.DB.WithContext(ctx).Model(&models.Sending{}).Where("provider = ? AND reference = ? AND reference <> ''", r.Provider, r.Reference)
	}
	var n int64
	if err := message().Limit(1).Count(&n).Error; err != nil || n == 0 {
		return false, err
	}
	moved := message().Where("delivery IN ?", before(r.State)).Select("Delivery", "DeliveryAt").
		Updates(models.Sending{Delivery: r.State, DeliveryAt: s.World.Now()})
	s.metrics.delivered(r, moved.RowsAffected)
	return true, moved.Error
}

// await keeps a receipt whose message is not known yet, each with the furthest state that was reported.
func (s *Service) await(ctx context.Context, r Receipt) error {
	return s.DB.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "provider"}, {Name: "reference"}},
		DoUpdates: clause.AssignmentColumns([]string{"state", "at"}),
		Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "possession_receipts.state IN ?", Vars: []any{before(r.State)}}}},
	}).Create(&receipt{Provider: r.Provider, Reference: r.Reference, State: r.State, At: s.World.Now()}).Error
}

// collect takes in what was reported before the message's reference was written down, which it now is.
func (s *Service) collect(ctx context.Context, provider, reference string) error {
	var early []receipt
	err := s.DB.WithContext(ctx).Where("provider = ? AND reference = ?", provider, reference).Limit(1).Find(&early).Error
	if err != nil || len(early) == 0 {
		return err
	}
	if _, err := s.advance(ctx, Receipt{Provider: provider, Reference: reference, State: early[0].State}); err != nil {
		return fmt.Errorf("take in an early receipt: %w", err)
	}
	return s.drop(ctx, provider, reference)
}

func (s *Service) drop(ctx context.Context, provider, reference string) error {
	return s.DB.WithContext(ctx).Where("provider = ? AND reference = ?", provider, reference).Delete(&receipt{}).Error
}
