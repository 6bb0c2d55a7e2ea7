package billing

import (
	"time"

	"whoseline/models"
)

// freeStatement adds the evidence of a batch's free lookups, behind the statements that have written them and in the same round
// trip: what those have refused, or found ended already, has no such row and adds nothing. A batch that moves money alone does
// without it. $1 holds the distinct businesses; "at" is an operation's place among them.
const freeStatement = `
WITH w AS MATERIALIZED (
	SELECT a.at, w.free_seq, w.free_head
	FROM unnest($1::text[]) WITH ORDINALITY AS a(business_id, at) JOIN wallets w ON w.business_id = a.business_id
	ORDER BY a.at FOR NO KEY UPDATE OF w
), step AS MATERIALIZED (
	SELECT o.business_id, o.kind, o.reference, o.evidence, o.digest, o.created_at, o.n, w.free_head,
		w.free_seq + row_number() OVER (PARTITION BY o.at ORDER BY o.n) AS seq
	FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::timestamptz[], $9::text[]) WITH ORDINALITY
		AS o(at, business_id, kind, reference, evidence, digest, created_at, status, n) JOIN w ON w.at = o.at
	WHERE w.free_head IS NOT NULL
		AND (SELECT l.status = o.status AND l.modified_at = o.created_at FROM lookups l WHERE l.business_id = o.business_id AND l.id = o.reference)
		AND (SELECT e.seq FROM free_evidence e
			WHERE e.business_id = o.business_id AND e.reference = o.reference AND e.kind = o.kind) IS NULL
), total AS MATERIALIZED (
	SELECT business_id, max(seq) AS seq, sha256(free_head || string_agg(digest, ''::bytea ORDER BY n)) AS head
	FROM step GROUP BY business_id, free_head
), wallet AS (
	UPDATE wallets w SET free_seq = t.seq, free_head = t.head FROM total t WHERE w.business_id = t.business_id
)
INSERT INTO free_evidence (business_id, seq, kind, reference, evidence, head, created_at)
SELECT s.business_id, s.seq, s.kind, s.reference, s.evidence, CASE WHEN s.seq = t.seq THEN $10::bytea || sha256(t.head) END, s.created_at
FROM step s JOIN total t ON t.business_id = s.business_id`

// free adds the evidence of those operations for which no money is held.
func (p *postgres) free(s *script, ops []*op) {
	var free []*op
	for _, o := range ops {
		if o.free != nil {
			free = append(free, o)
		}
	}
	if len(free) == 0 {
		return
	}
	businesses, at := wallets(free)
	key := p.keys.ChainKey()
	s.add(freeStatement, []any{
		businesses, at,
		column(free, func(o *op) string { return o.free.BusinessID }),
		column(free, func(o *op) string { return o.free.Kind }),
		column(free, func(o *op) string { return o.free.Reference }),
		column(free, func(o *op) []byte { return o.free.Evidence }),
		column(free, func(o *op) []byte {
			digest := freeSignature(key, o.free)
			return digest[:]
		}),
		column(free, func(o *op) time.Time { return o.free.CreatedAt }),
		column(free, func(o *op) string { return o.written() }),
		key.ID(),
	}, nil)
}

// written is the state in which an operation leaves its lookup.
func (o *op) written() string {
	if o.settle {
		return string(o.lookup.Status)
	}
	return string(models.StatusOpen)
}
