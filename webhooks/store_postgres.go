package webhooks

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// postgres shares the deliveries out among any number of gateways: rows that another one is leasing are skipped.
type postgres struct{ db *gorm.DB }

// headsStatement jumps from lane to lane through the index of what waits, so that a long queue costs no more than a
// short one.
const headsStatement = `
WITH RECURSIVE head AS (
	(SELECT business_id, endpoint_id, next_at FROM webhook_deliveries
	WHERE state = 'waiting' AND (business_id, endpoint_id) > ($1::text, $2::text)
	ORDER BY business_id, endpoint_id, next_at LIMIT 1)
	UNION ALL
	SELECT n.business_id, n.endpoint_id, n.next_at FROM head h CROSS JOIN LATERAL (
		SELECT d.business_id, d.endpoint_id, d.next_at FROM webhook_deliveries d
		WHERE d.state = 'waiting' AND (d.business_id, d.endpoint_id) > (h.business_id, h.endpoint_id)
		ORDER BY d.business_id, d.endpoint_id, d.next_at LIMIT 1) n
)
SELECT business_id, endpoint_id, next_at FROM head LIMIT $3::bigint`

// headRow is a head as GORM reads it.
type headRow struct {
	BusinessID string
	EndpointID string
	NextAt     time.Time
}

func headsOf(rows []headRow) []head {
	heads := make([]head, len(rows))
	for i, r := range rows {
		heads[i] = head{lane{r.BusinessID, r.EndpointID}, r.NextAt}
	}
	return heads
}

func (p *postgres) heads(ctx context.Context, after lane) ([]head, error) {
	var rows []headRow
	err := p.db.WithContext(ctx).Raw(headsStatement, after.businessID, after.endpointID, headsAtOnce).Scan(&rows).Error
	return headsOf(rows), err
}

const leaseStatement = `
WITH due AS MATERIALIZED (
	SELECT w.business_id, w.event_id, w.endpoint_id, w.round
	FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t(business_id, endpoint_id, count)
	CROSS JOIN LATERAL (
		SELECT q.business_id, q.event_id, q.endpoint_id, q.round FROM webhook_deliveries q
		WHERE q.business_id = t.business_id AND q.endpoint_id = t.endpoint_id AND q.state = 'waiting'
			AND q.next_at <= $4::timestamptz
		ORDER BY q.next_at LIMIT t.count FOR UPDATE SKIP LOCKED) w
), d AS (
	UPDATE webhook_deliveries x SET attempts = x.attempts + 1, next_at = $5::timestamptz, claim = $6::text
	FROM due WHERE x.business_id = due.business_id AND x.event_id = due.event_id
		AND x.endpoint_id = due.endpoint_id AND x.round = due.round
	RETURNING x.business_id, x.event_id, x.endpoint_id, x.round, x.attempts, x.claim
)
SELECT ` + jobColumns + ` FROM d ` + jobJoins

func (p *postgres) lease(ctx context.Context, takes []take, c lease) (jobs []job, err error) {
	err = p.db.WithContext(ctx).Raw(leaseStatement,
		column(takes, func(t take) string { return t.businessID }),
		column(takes, func(t take) string { return t.endpointID }),
		column(takes, func(t take) int64 { return int64(t.count) }),
		c.now, c.end, c.id).Scan(&jobs).Error
	return jobs, err
}

const settleStatement = `
UPDATE webhook_deliveries d SET state = o.state, next_at = o.next_at, claim = '', last_status = o.status,
	last_error = o.error, ended_at = o.ended_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[], $8::bigint[],
	$9::text[], $10::timestamptz[])
	AS o(business_id, event_id, endpoint_id, round, claim, state, next_at, status, error, ended_at)
WHERE d.business_id = o.business_id AND d.event_id = o.event_id AND d.endpoint_id = o.endpoint_id
	AND d.round = o.round AND d.claim = o.claim`

func (p *postgres) settle(ctx context.Context, results []result) error {
	return p.db.WithContext(ctx).Exec(settleStatement,
		column(results, func(r result) string { return r.BusinessID }),
		column(results, func(r result) string { return r.EventID }),
		column(results, func(r result) string { return r.EndpointID }),
		column(results, func(r result) int64 { return int64(r.Round) }),
		column(results, func(r result) string { return r.Lease }),
		column(results, func(r result) string { return string(r.state) }),
		column(results, result.nextAt),
		column(results, func(r result) int64 { return int64(r.status) }),
		column(results, result.lastError),
		column(results, result.endedAt)).Error
}

const forgetStatement = `
WITH old AS MATERIALIZED (
	SELECT v.business_id, v.id FROM webhook_events v
	WHERE v.created_at < $1::timestamptz AND NOT EXISTS (SELECT FROM webhook_deliveries d
		WHERE d.business_id = v.business_id AND d.event_id = v.id AND d.ended_at IS NULL)
	ORDER BY v.created_at LIMIT $2::bigint FOR UPDATE OF v SKIP LOCKED
), gone AS (
	DELETE FROM webhook_deliveries d USING old WHERE d.business_id = old.business_id AND d.event_id = old.id
)
DELETE FROM webhook_events v USING old WHERE v.business_id = old.business_id AND v.id = old.id`

func (p *postgres) forget(ctx context.Context, before time.Time, limit int) (int64, error) {
	done := p.db.WithContext(ctx).Exec(forgetStatement, before, limit)
	return done.RowsAffected, done.Error
}

// column gathers one value of each row.
func column[R, T any](rows []R, value func(R) T) []T {
	values := make([]T, len(rows))
	for i, r := range rows {
		values[i] = value(r)
	}
	return values
}
