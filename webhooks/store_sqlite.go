package webhooks

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// embedded shares the deliveries out on the embedded engine, whose one writer keeps leases apart.
type embedded struct{ write, read *gorm.DB }

// embeddedHeadsStatement looks for the next lane of the same business, and then for that of the next business. The
// engine can seek by one column that is greater, not by two.
const embeddedHeadsStatement = `
WITH RECURSIVE head(place, n) AS (
	SELECT coalesce(
		(SELECT rowid FROM webhook_deliveries WHERE state = 'waiting' AND business_id = ? AND endpoint_id > ?
			ORDER BY endpoint_id, next_at LIMIT 1),
		(SELECT rowid FROM webhook_deliveries WHERE state = 'waiting' AND business_id > ?
			ORDER BY business_id, endpoint_id, next_at LIMIT 1)), 1
	UNION ALL
	SELECT coalesce(
		(SELECT d.rowid FROM webhook_deliveries d WHERE d.state = 'waiting' AND d.business_id = p.business_id
			AND d.endpoint_id > p.endpoint_id ORDER BY d.endpoint_id, d.next_at LIMIT 1),
		(SELECT d.rowid FROM webhook_deliveries d WHERE d.state = 'waiting' AND d.business_id > p.business_id
			ORDER BY d.business_id, d.endpoint_id, d.next_at LIMIT 1)), n + 1
	FROM head JOIN webhook_deliveries p ON p.rowid = head.place WHERE n < ?
)
SELECT d.business_id, d.endpoint_id, d.next_at FROM head JOIN webhook_deliveries d ON d.rowid = head.place ORDER BY head.n`

func (e *embedded) heads(ctx context.Context, after lane) ([]head, error) {
	var rows []headRow
	err := e.read.WithContext(ctx).Raw(embeddedHeadsStatement,
		after.businessID, after.endpointID, after.businessID, headsAtOnce).Scan(&rows).Error
	return headsOf(rows), err
}

func (e *embedded) lease(ctx context.Context, takes []take, c lease) (jobs []job, err error) {
	err = e.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, t := range takes {
			taken, err := leaseLane(tx, t, c)
			if err != nil {
				return err
			}
			jobs = append(jobs, taken...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

func leaseLane(tx *gorm.DB, t take, c lease) ([]job, error) {
	var taken []struct{ Rowid int64 }
	err := tx.Raw(`UPDATE webhook_deliveries SET attempts = attempts + 1, next_at = ?, claim = ? WHERE rowid IN (
		SELECT rowid FROM webhook_deliveries WHERE business_id = ? AND endpoint_id = ? AND state = 'waiting' AND next_at <= ?
		ORDER BY next_at LIMIT ?) RETURNING rowid`,
		c.end, c.id, t.businessID, t.endpointID, c.now, t.count).Scan(&taken).Error
	if err != nil {
		return nil, err
	}
	jobs := make([]job, len(taken))
	for i, row := range taken {
		read := tx.Raw(`SELECT `+jobColumns+` FROM webhook_deliveries d `+jobJoins+` WHERE d.rowid = ?`, row.Rowid)
		if err := read.Scan(&jobs[i]).Error; err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

func (e *embedded) settle(ctx context.Context, results []result) error {
	return e.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, r := range results {
			err := tx.Exec(`UPDATE webhook_deliveries SET state = ?, next_at = ?, claim = '', last_status = ?, last_error = ?,
				ended_at = ? WHERE business_id = ? AND event_id = ? AND endpoint_id = ? AND round = ? AND claim = ?`,
				r.state, r.nextAt(), r.status, r.lastError(), r.endedAt(),
				r.BusinessID, r.EventID, r.EndpointID, r.Round, r.Lease).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// forget deletes the deliveries first: what makes their events old enough to go does not change by that.
func (e *embedded) forget(ctx context.Context, before time.Time, limit int) (deleted int64, err error) {
	const old = `(SELECT v.business_id, v.id FROM webhook_events v
		WHERE v.created_at < ? AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d
			WHERE d.business_id = v.business_id AND d.event_id = v.id AND d.ended_at IS NULL)
		ORDER BY v.created_at, v.business_id, v.id LIMIT ?)`
	err = e.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := tx.Exec(`DELETE FROM webhook_deliveries WHERE (business_id, event_id) IN `+old, before, limit).Error
		if err != nil {
			return err
		}
		events := tx.Exec(`DELETE FROM webhook_events WHERE (business_id, id) IN `+old, before, limit)
		deleted = events.RowsAffected
		return events.Error
	})
	return deleted, err
}
