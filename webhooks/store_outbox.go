package webhooks

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Enqueue writes an event and a delivery to each of the business's enabled endpoints, in the caller's transaction. It
// changes nothing when there is an event of that type and lookup already.
func Enqueue(tx *gorm.DB, e *models.WebhookEvent) error {
	made := tx.Exec(`INSERT INTO webhook_events (business_id, id, type, lookup_id, sandbox, payload, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, e.BusinessID, e.ID, e.Type, e.LookupID, e.Sandbox, e.Payload, e.CreatedAt)
	if made.Error != nil {
		return fmt.Errorf("write the event: %w", made.Error)
	}
	if made.RowsAffected == 0 {
		return nil
	}
	err := tx.Exec(`INSERT INTO webhook_deliveries (business_id, event_id, endpoint_id, round, state, next_at, created_at)
		SELECT v.business_id, v.id, e.id, 0, 'waiting', v.created_at, v.created_at
		FROM webhook_events v JOIN webhook_endpoints e ON e.business_id = v.business_id AND e.disabled_at IS NULL AND (NOT e.sandbox OR v.sandbox)
		WHERE v.business_id = ? AND v.id = ?`, e.BusinessID, e.ID).Error
	if err != nil {
		return fmt.Errorf("write the event's deliveries: %w", err)
	}
	return nil
}

// EnqueueStatement is Enqueue for many events in one PostgreSQL statement, to stand behind the one that settles their
// lookups: an event whose lookup somebody else has settled is left out. It returns no rows.
const EnqueueStatement = `
WITH made AS (
	INSERT INTO webhook_events (business_id, id, type, lookup_id, sandbox, payload, created_at)
	SELECT o.business_id, o.id, o.type, o.lookup_id, l.sandbox, o.payload, o.created_at
	FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[], $7::text[], $8::timestamptz[])
		AS o(business_id, id, type, lookup_id, payload, created_at, status, modified_at)
		JOIN lookups l ON l.business_id = o.business_id AND l.id = o.lookup_id
			AND l.status = o.status AND l.modified_at = o.modified_at
	ON CONFLICT DO NOTHING
	RETURNING business_id, id, sandbox, created_at
)
INSERT INTO webhook_deliveries (business_id, event_id, endpoint_id, round, state, next_at, created_at)
SELECT m.business_id, m.id, e.id, 0, 'waiting', m.created_at, m.created_at
FROM made m JOIN webhook_endpoints e ON e.business_id = m.business_id AND e.disabled_at IS NULL AND (NOT e.sandbox OR m.sandbox)`

// EnqueueColumns are the arguments of EnqueueStatement. Each event has its lookup, as it was settled, at the same place.
func EnqueueColumns(events []*models.WebhookEvent, lookups []*models.Lookup) []any {
	return []any{
		column(events, func(e *models.WebhookEvent) string { return e.BusinessID }),
		column(events, func(e *models.WebhookEvent) string { return e.ID }),
		column(events, func(e *models.WebhookEvent) string { return e.Type }),
		column(events, func(e *models.WebhookEvent) string { return e.LookupID }),
		column(events, func(e *models.WebhookEvent) []byte { return e.Payload }),
		column(events, func(e *models.WebhookEvent) time.Time { return e.CreatedAt }),
		column(lookups, func(l *models.Lookup) string { return string(l.Status) }),
		column(lookups, func(l *models.Lookup) time.Time { return l.ModifiedAt }),
	}
}

// Erase forgets what the events of lookups said, in the transaction that erases the lookups. That they were sent, and
// when, stays; what still waits is given up.
func Erase(tx *gorm.DB, businessID string, lookupIDs ...string) error {
	err := tx.Model(&models.WebhookEvent{}).Where("business_id = ? AND lookup_id IN ?", businessID, lookupIDs).
		Update("payload", nil).Error
	if err != nil {
		return fmt.Errorf("erase the lookups' events: %w", err)
	}
	return nil
}
