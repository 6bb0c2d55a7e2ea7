package billing

import (
	"context"
	"time"
)

// invariants are read in one statement, so as of one moment.
type invariants struct {
	Available, Held, Negative, Mismatched, Low, Depleted, Stale int64
}

const invariantsStatement = `
WITH open AS (
	SELECT business_id, sum(held) AS held, sum(stale) AS stale FROM (
		SELECT business_id, held, CASE WHEN status = 'open' AND expires_at < @now THEN 1 ELSE 0 END AS stale
		FROM lookups WHERE status IN ('open', 'pending')
		UNION ALL SELECT business_id, amount, CASE WHEN expires_at < @now THEN 1 ELSE 0 END FROM charges WHERE status = 'held'
	) AS holds GROUP BY business_id
)
SELECT coalesce(sum(w.available), 0) AS available, coalesce(sum(w.held), 0) AS held,
	coalesce(sum(CASE WHEN w.available < 0 OR w.held < 0 THEN 1 ELSE 0 END), 0) AS negative,
	coalesce(sum(CASE WHEN w.held <> coalesce(o.held, 0) THEN 1 ELSE 0 END), 0) AS mismatched,
	coalesce(sum(CASE WHEN w.level = 'low' THEN 1 ELSE 0 END), 0) AS low,
	coalesce(sum(CASE WHEN w.level = 'depleted' THEN 1 ELSE 0 END), 0) AS depleted,
	coalesce(sum(o.stale), 0) AS stale
FROM wallets w LEFT JOIN open o ON o.business_id = w.business_id`

func (t *Till) invariants() (invariants, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var sums invariants
	err := t.readAll(ctx).Raw(invariantsStatement, map[string]any{"now": t.world.Now()}).Scan(&sums).Error
	return sums, err
}
