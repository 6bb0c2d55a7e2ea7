package webhooks

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

const (
	maxReplay   = 10_000          // events of one range
	replayBatch = 500             // events of one transaction
	idSlack     = 5 * time.Second // between an event's time and the making of its id
)

// Replay tells every enabled endpoint of a business of an event again, under the event's own id, with ten new tries.
// Where a delivery of it waits still, that one is made due at once instead. It gives how many deliveries it began or
// hastened. An event that is not the business's, or whose payload was erased, is NotFound.
func (s *Service) Replay(ctx context.Context, businessID, eventID string) (deliveries int64, err error) {
	e, err := eventByID(s.Read.WithContext(ctx), businessID, eventID)
	if err == nil && e.Payload == nil {
		err = models.Fail(models.NotFound, "the event was erased")
	}
	if err != nil {
		return 0, fault("read the event", err)
	}
	return s.replay(ctx, span{businessID, eventID, eventID, e.CreatedAt, e.CreatedAt.Add(time.Microsecond)})
}

// ReplayRange replays the events made from one time (inclusive) to another (exclusive), oldest first. More than 10 000
// are Invalid: narrow the range. When an error stops it, doing it again repeats only what has been delivered by then.
func (s *Service) ReplayRange(ctx context.Context, businessID string, from, to time.Time) (deliveries int64, err error) {
	if !from.Before(to) {
		return 0, models.BadField("to", "to must be after from")
	}
	var ids []string
	err = s.Read.WithContext(ctx).Model(&models.WebhookEvent{}).Where("business_id = ?", businessID).
		Where("id >= ? AND id < ?", models.IDAt(from.Add(-idSlack)), models.IDAt(to.Add(idSlack))).
		Where("created_at >= ? AND created_at < ? AND payload IS NOT NULL", from, to).
		Order("id").Limit(maxReplay+1).Pluck("id", &ids).Error
	if err != nil {
		return 0, fault("read the events", err)
	}
	if len(ids) > maxReplay {
		return 0, models.BadField("from", "the range holds more than 10000 events")
	}
	for len(ids) > 0 {
		batch := ids[:min(len(ids), replayBatch)]
		n, err := s.replay(ctx, span{businessID, batch[0], batch[len(batch)-1], from, to})
		if deliveries += n; err != nil {
			return deliveries, err
		}
		ids = ids[len(batch):]
	}
	return deliveries, nil
}

// span is the events of a business between two ids, both included, that were made between two times.
type span struct {
	businessID, first, last string
	from, to                time.Time
}

func (s *Service) replay(ctx context.Context, of span) (deliveries int64, err error) {
	now := s.World.Now()
	err = s.DB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		hastened, err := hasten(tx, of, now)
		if err != nil {
			return err
		}
		begun, err := beginAnew(tx, of, now)
		deliveries = hastened + begun
		return err
	})
	if err != nil {
		return 0, fault("replay events", err)
	}
	s.Nudge()
	return deliveries, nil
}

// What waits is told by ended_at here: by the state an engine might search the queue of a whole endpoint, instead of the
// few deliveries of one event.

// hasten makes what waits for its next try due. What is being delivered right now is left alone.
func hasten(tx *gorm.DB, of span, now time.Time) (int64, error) {
	done := tx.Exec(`UPDATE webhook_deliveries SET next_at = ?
		WHERE business_id = ? AND ended_at IS NULL AND claim = '' AND next_at > ? AND event_id IN (
			SELECT v.id FROM webhook_events v WHERE v.business_id = ? AND v.id >= ? AND v.id <= ?
				AND v.created_at >= ? AND v.created_at < ? AND v.payload IS NOT NULL)`,
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
		WHERE v.business_id = ? AND v.id >= ? AND v.id <= ? AND v.created_at >= ? AND v.created_at < ? AND v.payload IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM webhook_deliveries w WHERE w.business_id = v.business_id AND w.event_id = v.id
				AND w.endpoint_id = e.id AND w.ended_at IS NULL)
		ON CONFLICT DO NOTHING`, now, now, of.businessID, of.first, of.last, of.from, of.to)
	return done.RowsAffected, done.Error
}
