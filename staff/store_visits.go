package staff

import (
	"context"
	"crypto/sha256"
	"time"

	"gorm.io/gorm"
)

func insertVisit(tx *gorm.DB, v visit) error {
	return tx.Omit("BusinessName").Create(&v).Error
}

// visitByHash gives a visit whose operator may still sign in. The zero one is none.
func (u *Users) visitByHash(ctx context.Context, hash [sha256.Size]byte) (v visit, err error) {
	err = u.readAll(ctx).Raw(`SELECT v.hash, v.id, v.business_id, v.owner_id, v.operator_id, v.started_at, v.expires_at, b.name AS business_name
		FROM operator_visits v JOIN `+u.owners()+` b ON b.id = v.business_id
		JOIN staff s ON s.business_id = v.owner_id AND s.id = v.operator_id AND s.disabled_at IS NULL WHERE v.hash = ?`, hash[:]).Scan(&v).Error
	return v, err
}

// clearVisits deletes visits that are over.
func (u *Users) clearVisits(ctx context.Context, now time.Time) error {
	db := u.all(ctx)
	return inBatches(ctx, func() *gorm.DB {
		return db.Exec(`DELETE FROM operator_visits WHERE expires_at <= ? AND hash IN
			(SELECT hash FROM operator_visits WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, now, now, sweepBatch)
	})
}
