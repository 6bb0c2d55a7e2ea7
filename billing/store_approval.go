package billing

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// Ask writes an approval that waits, and tells of it in the same transaction.
func (t *Till) Ask(ctx context.Context, a Approval, told func(tx *gorm.DB, a Approval) error) (Approval, error) {
	now := t.world.Now().UTC().Truncate(time.Microsecond)
	a.ID, a.AskedAt, a.ExpiresAt = t.world.NewID(), now, now.Add(ApprovalLife)
	err := t.within(ctx, a.BusinessID, func(tx *gorm.DB) error {
		if err := tx.Create(&a).Error; err != nil {
			return err
		}
		return told(tx, a)
	})
	return a, models.FaultIn("ask for an approval", err)
}

// Waiting gives the approvals that wait and have not expired, the oldest first, at most 1,000.
func (t *Till) Waiting(ctx context.Context) (list []Approval, err error) {
	err = t.all(ctx).Where("approved_by = '' AND expires_at > ?", t.world.Now()).Order("asked_at, id").Limit(1000).Find(&list).Error
	return list, models.FaultIn("list the approvals", err)
}

// Approval gives one by its id.
func (t *Till) Approval(ctx context.Context, id string) (Approval, error) {
	a, err := rows.First[Approval](t.all(ctx).Where("id = ?", id), "there is no such approval")
	return a, models.FaultIn("read the approval", err)
}

// ApproveWith notes within a transaction that an approval was given. Conflict: somebody was faster.
func ApproveWith(tx *gorm.DB, a Approval, by string, at time.Time) error {
	done := tx.Model(&Approval{}).Where("business_id = ? AND id = ? AND approved_by = ''", a.BusinessID, a.ID).
		Updates(map[string]any{"approved_by": by, "approved_at": at})
	if done.Error == nil && done.RowsAffected == 0 {
		return models.Fail(models.Conflict, "it was approved already")
	}
	return done.Error
}

// Approve is ApproveWith in a transaction of its own, which tells of it.
func (t *Till) Approve(ctx context.Context, a Approval, by string, told func(tx *gorm.DB) error) error {
	return models.FaultIn("approve", t.within(ctx, a.BusinessID, func(tx *gorm.DB) error {
		if err := ApproveWith(tx, a, by, t.world.Now()); err != nil {
			return err
		}
		return told(tx)
	}))
}

// BadHour names lookups of live keys which a source answered in some way in a span of time.
type BadHour struct {
	BusinessID string    `json:"businessId,omitempty"` // "" = of all businesses
	Source     string    `json:"source"`
	Outcome    string    `json:"outcome"` // found or not_found
	From       time.Time `json:"from"`
	To         time.Time `json:"to"` // exclusive
	Reason     string    `json:"reason"`
	Note       string    `json:"note,omitempty"`
	Reference  string    `json:"reference"`
}

// Refundables counts the lookups that were charged for and not refunded yet, and sums up what they cost.
func (t *Till) Refundables(ctx context.Context, h BadHour) (n, amount int64, err error) {
	var sum struct{ N, Amount int64 }
	err = t.refundables(ctx, h).Select("count(*) AS n, coalesce(sum(charged), 0) AS amount").Scan(&sum).Error
	return sum.N, sum.Amount, models.FaultIn("count what is to be refunded", err)
}

// NextRefundables gives some of them behind one, by business and id.
func (t *Till) NextRefundables(ctx context.Context, h BadHour, after models.Lookup) (list []models.Lookup, err error) {
	err = t.refundables(ctx, h).Select("business_id", "id", "charged").Where("(business_id, id) > (?, ?)", after.BusinessID, after.ID).
		Order("business_id, id").Limit(sweepBatch).Find(&list).Error
	return list, models.FaultIn("look for what is to be refunded", err)
}

func (t *Till) refundables(ctx context.Context, h BadHour) *gorm.DB {
	q := t.all(ctx).Model(&models.Lookup{}).Where("sandbox = ? AND source = ? AND status = ? AND charged > 0 AND refunded = 0 AND requested_at >= ? AND requested_at < ?",
		false, h.Source, h.Outcome, h.From, h.To).Where("id >= ? AND id <= ?", models.IDAt(h.From.Add(-entrySlack)), models.IDAt(h.To.Add(entrySlack)))
	if h.BusinessID != "" {
		q = q.Where("business_id = ?", h.BusinessID)
	}
	return q
}
