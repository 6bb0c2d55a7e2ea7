package webhooks

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// tellable is a condition on an event v: nobody whom it tells of was erased.
const tellable = "v.payload IS NOT NULL AND NOT " + leaving

// eventsMade gives the ids of a business's events between two times, in their order, at most one more than may be replayed.
func (s *Service) eventsMade(ctx context.Context, businessID string, from, to time.Time) (ids []string, err error) {
	err = s.readOf(ctx, businessID).Table("webhook_events v").Where("business_id = ?", businessID).
		Where("id >= ? AND id < ?", models.IDAt(from.Add(-idSlack)), models.IDAt(to.Add(idSlack))).
		Where("created_at >= ? AND created_at < ? AND "+tellable, from, to).
		Order("id").Limit(maxReplay+1).Pluck("id", &ids).Error
	return ids, err
}

// sendAgain makes due what waits of a span and begins the rest anew. It gives how many deliveries that were.
func (s *Service) sendAgain(ctx context.Context, of span, now time.Time) (deliveries int64, err error) {
	err = s.of(ctx, of.businessID).Transaction(func(tx *gorm.DB) error {
		hastened, err := hasten(tx, of, now)
		if err != nil {
			return err
		}
		begun, err := beginAnew(tx, of, now)
		deliveries = hastened + begun
		return err
	})
	return deliveries, err
}

// What waits is told by ended_at here: by the state an engine might search the queue of a whole endpoint, instead of the
// few deliveries of one event.

// hasten makes what waits for its next try due. What is being delivered right now is left alone.
func hasten(tx *gorm.DB, of span, now time.Time) (int64, error) {
	done := tx.Exec(`UPDATE webhook_deliveries SET next_at = ?
		WHERE business_id = ? AND ended_at IS NULL AND claim = '' AND next_at > ? AND event_id IN (
			SELECT v.id FROM webhook_events v WHERE v.business_id = ? AND v.id >= ? AND v.id <= ?
				AND v.created_at >= ? AND v.created_at < ? AND `+tellable+`)`,
		now, of.businessID, now, of.businessID, of.first, of.last, of.from, of.to)
	return done.RowsAffected, done.Error
}

// beginAnew adds a round for each enabled endpoint for which nothing waits.
func beginAnew(tx *gorm.DB, of span, now time.Time) (int64, error) {
	at := "?"
	if !embeddedEngine(tx) {
		at = "?::timestamptz"
	}
	done := tx.Exec(`INSERT INTO webhook_deliveries (business_id, event_id, endpoint_id, round, state, next_at, created_at)
		SELECT v.business_id, v.id, e.id, coalesce((SELECT max(d.round) + 1 FROM webhook_deliveries d
			WHERE d.business_id = v.business_id AND d.event_id = v.id AND d.endpoint_id = e.id), 0), 'waiting', `+at+`, `+at+`
		FROM webhook_events v JOIN webhook_endpoints e ON e.business_id = v.business_id AND e.disabled_at IS NULL AND (NOT e.sandbox OR v.sandbox)
		WHERE v.business_id = ? AND v.id >= ? AND v.id <= ? AND v.created_at >= ? AND v.created_at < ? AND `+tellable+`
			AND NOT EXISTS (SELECT 1 FROM webhook_deliveries w WHERE w.business_id = v.business_id AND w.event_id = v.id
				AND w.endpoint_id = e.id AND w.ended_at IS NULL)
		ON CONFLICT DO NOTHING`, now, now, of.businessID, of.first, of.last, of.from, of.to)
	return done.RowsAffected, done.Error
}
