package billing

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// Page asks for a part of a statement, newest first. The zero value of a field does not filter.
type Page struct {
	BusinessID string
	Limit      int   // at most this many
	Before     int64 // only transfers older than this entry
	Kind       models.TransferKind
	From       time.Time // inclusive
	To         time.Time // exclusive
}

// Statement lists a business's transfers and tells whether there are more. A span of time is first a span of entries, whose numbers
// grow with time, so that other times are not read.
func (t *Till) Statement(ctx context.Context, p Page) (list []models.Transfer, more bool, err error) {
	db := t.readOf(ctx, p.BusinessID)
	q := db.Where("business_id = ?", p.BusinessID).Order("seq DESC")
	if p.Before > 0 {
		q = q.Where("seq < ?", p.Before)
	}
	if p.Kind != "" {
		q = q.Where("kind = ?", p.Kind)
	}
	if !p.From.IsZero() {
		first, err := entryAt(db, p.BusinessID, p.From.Add(-entrySlack))
		if err != nil {
			return nil, false, models.FaultIn("find the first entry of the statement", err)
		}
		q = q.Where("seq >= ? AND created_at >= ?", first, p.From)
	}
	if !p.To.IsZero() {
		behind, err := entryAt(db, p.BusinessID, p.To.Add(entrySlack))
		if err != nil {
			return nil, false, models.FaultIn("find the last entry of the statement", err)
		}
		q = q.Where("seq < ? AND created_at < ?", behind, p.To)
	}
	list, more, err = rows.Page[models.Transfer](q, p.Limit)
	return list, more, models.FaultIn("read the statement", err)
}

// entrySlack covers by how much the times of neighbouring entries may be out of order: a transfer has the time at which its request
// arrived or its lookup ended, and is written once its turn has come.
const entrySlack = 5 * time.Minute

// entryAt gives the number of the first entry that is not older than a time, one more than the last where all are. It halves the
// entries until one is left.
func entryAt(db *gorm.DB, businessID string, at time.Time) (seq int64, err error) {
	var low, high int64 = 1, 1
	err = db.Model(&models.Wallet{}).Select("seq + 1").Where("business_id = ?", businessID).Scan(&high).Error
	for err == nil && low < high {
		middle := low + (high-low)/2
		var entry models.Transfer
		err = db.Select("created_at").Where("business_id = ? AND seq = ?", businessID, middle).Limit(1).Find(&entry).Error
		if entry.CreatedAt.Before(at) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, err
}
