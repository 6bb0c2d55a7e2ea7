package webhooks

import (
	"context"

	"gorm.io/gorm"

	"whoseline/models"
)

// queueOf gives the engine's way to share the deliveries out.
func queueOf(o Options) queue {
	if embeddedEngine(o.DB) {
		return &embedded{write: o.DB, read: o.Read}
	}
	return &postgres{o.DB}
}

// jobColumns are a job's, of a delivery d, its endpoint e and its event v.
const jobColumns = `d.business_id, d.event_id, d.endpoint_id, d.round, d.attempts, d.claim, coalesce(e.url, '') AS url,
	coalesce(e.algorithm, '') AS algorithm, e.secret, e.previous, e.previous_until, e.disabled_at,
	CASE WHEN v.payload IS NULL OR ` + leaving + ` THEN NULL ELSE v.payload END AS payload`

// leaving is a condition on an event v: an erasure of the person whom it tells of is under way. Such an event is told as little as one
// that was erased.
const leaving = "EXISTS (SELECT 1 FROM lookups WHERE lookups.business_id = v.business_id AND lookups.id = v.lookup_id AND " + models.Leaving + ")"

// jobJoins add the endpoint and the event to a delivery d, as far as they still exist.
const jobJoins = `LEFT JOIN webhook_endpoints e ON e.business_id = d.business_id AND e.id = d.endpoint_id
	LEFT JOIN webhook_events v ON v.business_id = d.business_id AND v.id = d.event_id`

// embeddedEngine tells whether there is only one writer.
func embeddedEngine(db *gorm.DB) bool { return db.Name() == "sqlite" }

// countDisabled counts the endpoints that are disabled.
func (s *Service) countDisabled(ctx context.Context) (disabled int64, err error) {
	err = s.readAll(ctx).Table("webhook_endpoints").Where("disabled_at IS NOT NULL").Count(&disabled).Error
	return disabled, err
}

// countWaiting tells how many deliveries wait, counted up to maxCounted.
func (s *Service) countWaiting(ctx context.Context) (waiting int64, err error) {
	err = s.readAll(ctx).Raw(`SELECT count(*) FROM
		(SELECT 1 FROM webhook_deliveries WHERE state = 'waiting' LIMIT ?) AS w`, maxCounted).Scan(&waiting).Error
	return waiting, err
}
