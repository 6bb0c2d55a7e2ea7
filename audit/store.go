package audit

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"whoseline/models"
)

// eventRow is an event as it is stored.
type eventRow struct {
	Event
	States string // of the event's rows: a JSON object of keyed digests; "" = none
	Link   []byte
}

// TableName is the table of events.
func (eventRow) TableName() string { return "trail_events" }

// headRow is the number of a business's newest event and its seal.
type headRow struct {
	BusinessID string `gorm:"primaryKey"`
	Seq        int64
	Seal       []byte
}

// TableName is the table of heads.
func (headRow) TableName() string { return "trail_heads" }

// of is where the trail of a business is written. Every database call about one business asks here, so that where its rows
// lie is decided in one place.
func (t *Trail) of(ctx context.Context, _ string) *gorm.DB { return t.db.WithContext(ctx) }

// readOf is where it is read. What it shows may be a moment old.
func (t *Trail) readOf(ctx context.Context, _ string) *gorm.DB { return t.read.WithContext(ctx) }

// within runs f in a transaction about a business.
func (t *Trail) within(ctx context.Context, businessID string, f func(tx *gorm.DB) error) error {
	return t.of(ctx, businessID).Transaction(f)
}

// lockHead locks a business's head, which it makes as given if there is none, and gives it. The update that changes
// nothing is what takes the lock.
func lockHead(tx *gorm.DB, fresh headRow) (head headRow, err error) {
	err = tx.Raw(`INSERT INTO trail_heads (business_id, seq, seal) VALUES (?, 0, ?)
		ON CONFLICT (business_id) DO UPDATE SET seq = trail_heads.seq RETURNING business_id, seq, seal`,
		fresh.BusinessID, fresh.Seal).Scan(&head).Error
	if err == nil && head.BusinessID != fresh.BusinessID {
		err = errors.New("the head of the audit trail was not given")
	}
	return head, err
}

func moveHead(tx *gorm.DB, head headRow) error {
	return tx.Model(&headRow{}).Where("business_id = ?", head.BusinessID).
		Updates(map[string]any{"seq": head.Seq, "seal": head.Seal}).Error
}

func (t *Trail) page(ctx context.Context, businessID string, before int64, limit int) (rows []eventRow, err error) {
	query := t.readOf(ctx, businessID).Where("business_id = ?", businessID)
	if before > 0 {
		query = query.Where("seq < ?", before)
	}
	return rows, query.Order("seq DESC").Limit(limit).Find(&rows).Error
}

// reveals gives the newest events that tell of a lookup's being revealed, oldest first.
func (t *Trail) reveals(ctx context.Context, businessID, lookupID string) (rows []eventRow, err error) {
	err = t.readOf(ctx, businessID).Where("business_id = ? AND target = ? AND action = 'lookup.revealed'", businessID, lookupID).
		Order("seq DESC").Limit(batch).Find(&rows).Error
	slices.Reverse(rows)
	return rows, err
}

func insertEvent(tx *gorm.DB, row eventRow) error { return tx.Create(&row).Error }

// events gives a business's events behind one up to another, in their order, at most a batch.
func (t *Trail) events(ctx context.Context, businessID string, after, upTo int64) (rows []eventRow, err error) {
	return rows, t.readOf(ctx, businessID).Where("business_id = ? AND seq > ? AND seq <= ?", businessID, after, upTo).
		Order("seq").Limit(batch).Find(&rows).Error
}

// owners are the businesses, and whoever else has a trail.
func (t *Trail) owners(ctx context.Context) (ids []string, err error) {
	err = t.read.WithContext(ctx).Raw(`SELECT business_id FROM trail_heads UNION SELECT business_id FROM trail_events
		UNION SELECT business_id FROM staff UNION SELECT id FROM businesses ORDER BY business_id`).Scan(&ids).Error
	return ids, err
}

// momentOf reads a moment in one statement, so that nothing moves meanwhile and nobody has to wait.
func (t *Trail) momentOf(ctx context.Context, businessID string) (m moment, err error) {
	err = t.readOf(ctx, businessID).Raw(`SELECT coalesce(h.seq, 0) AS seq, h.seal AS seal,
			(SELECT coalesce(min(e.seq), 0) FROM trail_events e
				WHERE e.business_id = b.id AND e.seq > coalesce(h.seq, 0)) AS beyond,
			(SELECT coalesce(min(s.id), '') FROM staff s WHERE s.business_id = b.id AND s.id NOT IN
				(SELECT e.target FROM trail_events e WHERE e.business_id = ? AND e.action = 'user.created')) AS unsaid
		FROM (SELECT CAST(? AS text) AS id) b LEFT JOIN trail_heads h ON h.business_id = b.id`, businessID, businessID).Scan(&m).Error
	return m, err
}

// Tells tells whether a business's trail has an event of an action.
func (t *Trail) Tells(ctx context.Context, businessID, action string) (bool, error) {
	var n int64
	err := t.of(ctx, businessID).Model(&eventRow{}).Where("business_id = ? AND action = ?", businessID, action).Limit(1).Count(&n).Error
	return n > 0, models.FaultIn("search the audit trail", err)
}
