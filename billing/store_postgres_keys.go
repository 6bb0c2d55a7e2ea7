package billing

import (
	"slices"
	"time"
)

const (
	reserveStatement = `
INSERT INTO idempotency_keys AS k (business_id, key, lookup_id, body_hash, expires_at)
SELECT o.* FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[]) AS o
ON CONFLICT (business_id, key) DO UPDATE SET lookup_id = excluded.lookup_id, body_hash = excluded.body_hash,
	response = NULL, charge = 0, balance = 0, entry = 0, expires_at = excluded.expires_at
WHERE k.expires_at <= $6::timestamptz`
	unreserveStatement = `
DELETE FROM idempotency_keys k USING unnest($1::text[], $2::text[], $3::text[]) AS o(business_id, key, lookup_id)
WHERE k.business_id = o.business_id AND k.key = o.key AND k.lookup_id = o.lookup_id
	AND NOT EXISTS (SELECT FROM lookups l WHERE l.business_id = o.business_id AND l.id = o.lookup_id)`
	// Neither does anything for a lookup that somebody else had settled: the row then has another state or time. What
	// is looked up stands in scalar subqueries, which no plan can turn into a walk through a business's rows.
	keepStatement = `
UPDATE idempotency_keys k SET response = o.response, charge = o.charge, balance = coalesce(
	(SELECT t.balance FROM transfers t WHERE t.business_id = o.business_id AND t.kind = 'release' AND t.reference = o.lookup_id),
	(SELECT t.balance FROM transfers t WHERE t.business_id = o.business_id AND t.kind = 'capture' AND t.reference = o.lookup_id),
	(SELECT w.available FROM wallets w WHERE w.business_id = o.business_id)
), entry = coalesce(
	(SELECT t.seq FROM transfers t WHERE t.business_id = o.business_id AND t.kind = 'capture' AND t.reference = o.lookup_id), o.entry)
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bigint[], $6::text[], $7::timestamptz[], $8::bigint[])
	AS o(business_id, key, lookup_id, response, charge, status, modified_at, entry)
WHERE k.business_id = o.business_id AND k.key = o.key AND k.lookup_id = o.lookup_id AND (
	SELECT l.status = o.status AND l.modified_at = o.modified_at FROM lookups l WHERE l.business_id = o.business_id AND l.id = o.lookup_id)`
	forgetStatement = `
DELETE FROM idempotency_keys k USING unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
	AS o(business_id, key, lookup_id, status, modified_at)
WHERE k.business_id = o.business_id AND k.key = o.key AND k.lookup_id = o.lookup_id AND (
	SELECT l.status = o.status AND l.modified_at = o.modified_at FROM lookups l WHERE l.business_id = o.business_id AND l.id = o.lookup_id)`
)

// reservations gives the holds that carry an idempotency key, one per key and in the order of the keys, so that two
// gateways which insert the same keys wait for each other and never in a circle. Of two with one key in a batch the
// second stays out and finds the key taken.
func reservations(ops []*op) []*op {
	var found []*op
	for _, o := range ops {
		if o.reserve != nil {
			found = append(found, o)
		}
	}
	if len(found) < 2 {
		return found
	}
	slices.SortStableFunc(found, byKey)
	return slices.CompactFunc(found, func(a, b *op) bool { return byKey(a, b) == 0 })
}

func (p *postgres) reserve(s *script, ops []*op) {
	c := newColumns(ops)
	hashes, ends := make([][]byte, len(ops)), make([]time.Time, len(ops))
	for i, o := range ops {
		c.keys[i], hashes[i], ends[i] = o.reserve.Key, o.reserve.BodyHash, o.reserve.ExpiresAt
	}
	s.add(reserveStatement, []any{c.businesses, c.keys, c.lookups, hashes, ends, p.now()}, nil)
}

func (p *postgres) unreserve(s *script, ops []*op) {
	c := newColumns(ops)
	for i, o := range ops {
		c.keys[i] = o.reserve.Key
	}
	s.add(unreserveStatement, []any{c.businesses, c.keys, c.lookups}, nil)
}

// keep stores the answers that repeated requests will get, and frees the keys of lookups that gave none.
func (p *postgres) keep(s *script, ops []*op) {
	var kept, freed []*op
	for _, o := range ops {
		switch {
		case o.keep == nil:
		case o.keep.Response == nil:
			freed = append(freed, o)
		default:
			kept = append(kept, o)
		}
	}
	if len(kept) > 0 {
		c := newColumns(kept)
		for i, o := range kept {
			c.keys[i] = o.keep.Key
		}
		s.add(keepStatement, []any{
			c.businesses, c.keys, c.lookups,
			column(kept, func(o *op) []byte { return o.keep.Response }),
			column(kept, func(o *op) int64 { return o.lookup.Charged }),
			column(kept, func(o *op) string { return string(o.lookup.Status) }),
			column(kept, func(o *op) time.Time { return o.lookup.ModifiedAt }),
			column(kept, func(o *op) int64 { return o.keep.Entry }),
		}, nil)
	}
	if len(freed) > 0 {
		c := newColumns(freed)
		for i, o := range freed {
			c.keys[i] = o.keep.Key
		}
		s.add(forgetStatement, []any{
			c.businesses, c.keys, c.lookups,
			column(freed, func(o *op) string { return string(o.lookup.Status) }),
			column(freed, func(o *op) time.Time { return o.lookup.ModifiedAt }),
		}, nil)
	}
}
