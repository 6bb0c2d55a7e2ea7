package billing

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"whoseline/models"
)

// SetThreshold sets below which balance a business is warned; nil = never. What it is told goes by the balance as it is now. told joins
// the transaction.
func (t *Till) SetThreshold(ctx context.Context, businessID string, threshold *int64, told func(tx *gorm.DB) error) (w models.Wallet, err error) {
	if threshold != nil && (*threshold < 0 || *threshold > maxBalance) {
		return w, models.BadField("amount", "amount must be 0 or more")
	}
	err = t.within(ctx, businessID, func(tx *gorm.DB) error {
		a, err := locked(tx, businessID)
		if err != nil {
			return err
		}
		if a.Threshold, a.credited = threshold, true; threshold == nil {
			a.Level = models.WalletEnough
		}
		a.watch(t.world.Now())
		w = a.Wallet
		if err := t.writeLevel(tx, a); err != nil {
			return err
		}
		return told(tx)
	})
	return w, models.FaultIn("set the threshold", err)
}

func (t *Till) writeLevel(tx *gorm.DB, a *account) error {
	err := tx.Model(&models.Wallet{}).Where("business_id = ?", a.BusinessID).
		Updates(map[string]any{"threshold": a.Threshold, "level": a.Level}).Error
	if err != nil {
		return fmt.Errorf("write the level of a wallet: %w", err)
	}
	return insertAll(tx, a.warnings)
}

// deplete warns a business of which something was refused that costs so much, unless it was warned or there is enough again.
func (t *Till) deplete(ctx context.Context, businessID string, price int64) error {
	return t.within(ctx, businessID, func(tx *gorm.DB) error {
		a, err := locked(tx, businessID)
		if err != nil || a.Threshold == nil || a.Level == models.WalletDepleted || price <= a.Available {
			return err
		}
		a.warnings = append(a.warnings, Warning{
			BusinessID: businessID, Kind: WalletDepleted, Amount: a.Available + a.Held, Bound: a.Threshold, At: t.world.Now(),
		})
		a.Level = models.WalletDepleted
		return t.writeLevel(tx, a)
	})
}

// Warnings takes warnings away, the oldest first, and hands each of them to tell in the transaction that takes it. One that cannot be told
// of stays, and does not keep others back. It gives how many were told.
func (t *Till) Warnings(ctx context.Context, tell func(tx *gorm.DB, w Warning) error) (told int, err error) {
	for after := int64(0); ; {
		var some []Warning
		if err := t.all(ctx).Where("id > ?", after).Order("id").Limit(warningBatch).Find(&some).Error; err != nil {
			return told, models.FaultIn("read warnings", err)
		}
		for _, w := range some {
			mine, failed := t.tellOne(ctx, w, tell)
			if err = errors.Join(err, failed); mine {
				told++
			}
			after = w.ID
		}
		if len(some) < warningBatch || ctx.Err() != nil {
			return told, models.FaultIn("tell of warnings", err)
		}
	}
}

// warningBatch is how many warnings are read at once.
const warningBatch = 100

// tellOne tells of a warning. mine: no other gateway was faster.
func (t *Till) tellOne(ctx context.Context, w Warning, tell func(tx *gorm.DB, w Warning) error) (mine bool, err error) {
	err = t.within(ctx, w.BusinessID, func(tx *gorm.DB) error {
		gone := tx.Delete(&w)
		if mine = gone.RowsAffected > 0; gone.Error != nil || !mine {
			return gone.Error
		}
		return tell(tx, w)
	})
	if mine = mine && err == nil; mine {
		t.metrics.warned.WithLabelValues(w.Kind).Inc()
	}
	return mine, err
}
