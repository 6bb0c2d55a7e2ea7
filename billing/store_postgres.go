package billing

import (
	"context"
	"errors"
	"slices"
	"time"

	"whoseline/models"
)

// postgres applies a batch in one round trip: at most one statement for all settlements, one for all holds, and the
// few that idempotency keys need. Each decides against balances that it has locked itself, so that nothing is read
// ahead and any number of gateways may share a wallet. The plans are asserted by a test: every table is reached
// through an index, one row per operation.
type postgres struct {
	pipeline Pipeline
	now      func() time.Time
	outbox   Outbox
	keys     models.ChainKeys
}

func (p *postgres) commit(ctx context.Context, b batch) error {
	var s script
	reserving := reservations(b.holds)
	p.lock(&s, b, len(reserving) > 0)
	if len(b.settles) > 0 {
		p.settle(&s, b.settles)
	}
	if len(reserving) > 0 {
		p.reserve(&s, reserving)
	}
	var holds *holdRows
	if len(b.holds) > 0 {
		holds = p.hold(&s, b.holds)
	}
	if len(reserving) > 0 {
		p.unreserve(&s, reserving)
	}
	p.free(&s, slices.Concat(b.settles, b.holds))
	err := p.pipeline.Run(ctx, s.statements, s.args, func(statement int, scan func(dest ...any) error) error {
		return s.rows[statement](scan)
	})
	if err == nil && holds != nil {
		holds.finish()
	}
	if endedAlready(err) && len(b.holds)+len(b.settles) == 1 {
		return nil // that the lookup has ended is what its operation says until a row says otherwise
	}
	return err
}

const lockStatement = `
SELECT FROM unnest($1::text[]) WITH ORDINALITY AS a(business_id, at) JOIN wallets w ON w.business_id = a.business_id
ORDER BY a.at FOR NO KEY UPDATE OF w`

// lock takes all wallets of a batch at once where its statements would not take them in one order and before any
// idempotency key: two gateways would wait for each other in a circle.
func (p *postgres) lock(s *script, b batch, reserving bool) {
	if len(b.holds) == 0 || len(b.settles) == 0 && !reserving {
		return
	}
	businesses, _ := wallets(slices.Concat(b.settles, b.holds))
	if len(businesses) == 1 && len(b.settles) > 0 {
		return
	}
	s.add(lockStatement, []any{businesses}, func(func(dest ...any) error) error { return nil })
}

// holdTemplate locks the wallets in the order of their ids, refuses what a withdrawn consent, a taken idempotency key or a cap
// forbids, pays the rest in order of arrival from a running balance, and writes records, transfers and wallets. $1 holds the
// distinct businesses; "at" is an operation's place among them. The withdrawal is asked for by a scalar subquery because
// EXISTS may be planned as a hash of the whole table. Names in braces stand for what only holds under a cap need.
const holdTemplate = `
WITH w AS MATERIALIZED (
	SELECT a.at, w.available, w.seq, w.head
	FROM unnest($1::text[]) WITH ORDINALITY AS a(business_id, at) JOIN wallets w ON w.business_id = a.business_id
	ORDER BY a.at FOR NO KEY UPDATE OF w
), op AS (
	SELECT o.*,
		coalesce((SELECT true FROM consent_withdrawals x
			WHERE x.business_id = o.business_id AND x.number_index = o.number_index), false) AS withdrawn,
		o.key <> '' AND NOT EXISTS (SELECT FROM idempotency_keys k
			WHERE k.business_id = o.business_id AND k.key = o.key AND k.lookup_id = o.id) AS taken
	FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::bigint[],
		$9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::text[], $14::text[], $15::timestamptz[],
		$16::timestamptz[], $17::text[], $18::bytea[], $19::bytea[]{days}) WITH ORDINALITY
		AS o(at, business_id, id, key_id, sandbox, advanced, held, number_index, tags, data_key, request, purpose,
		notice, requested_at, expires_at, key, evidence, digest{sums}, n)
){caps}, ruled AS MATERIALIZED (
	SELECT r.*, NOT r.withdrawn AND NOT r.taken{and not capped} AND (r.held = 0 OR r.balance >= 0) AS ok
	FROM (
		SELECT op.*, w.available, w.head, w.seq + row_number() OVER paying AS entry,
			w.available - (sum(op.held) OVER paying)::bigint AS balance{capped}
		FROM op JOIN w ON w.at = op.at{join capped}
		WINDOW paying AS (PARTITION BY op.at, op.held > 0 AND NOT op.withdrawn AND NOT op.taken{and not stopped} ORDER BY op.n)
	) r
), total AS MATERIALIZED (
	SELECT at, business_id, sum(held)::bigint AS held, max(entry) AS entry,
		sha256(head || string_agg(digest, ''::bytea ORDER BY n)) AS head
	FROM ruled WHERE ok AND held > 0 GROUP BY at, business_id, head
), wallet AS (
	UPDATE wallets w SET available = w.available - t.held, held = w.held + t.held, seq = t.entry, head = t.head
	FROM total t WHERE w.business_id = t.business_id
), lookup AS (
	INSERT INTO lookups (business_id, id, key_id, sandbox, advanced, status, held, number_index, tags, data_key,
		request, purpose, notice, requested_at, modified_at, expires_at{cap_day})
	SELECT business_id, id, key_id, sandbox, advanced, 'open', held, number_index, tags, data_key,
		request, purpose, notice, requested_at, requested_at, expires_at{cap_day}
	FROM ruled WHERE ok
), transfer AS (
	INSERT INTO transfers (business_id, seq, kind, reference, debit, credit, amount, balance, evidence, head, created_at)
	SELECT r.business_id, r.entry, 'hold', r.id, 'available', 'held', r.held, r.balance, r.evidence, $20::bytea || sha256(t.head),
		r.requested_at
	FROM ruled r LEFT JOIN total t ON t.at = r.at AND t.entry = r.entry WHERE r.ok AND r.held > 0
){spend}
SELECT n, withdrawn, taken, ok, available, balance, entry{stopped by} FROM ruled`

// holdRows reads the verdicts of a hold statement.
type holdRows struct {
	ops    []*op
	seen   []bool
	at     []int64
	left   map[int64]int64 // what a wallet has left after the batch
	capped bool            // the rows tell of caps
}

func (p *postgres) hold(s *script, ops []*op) *holdRows {
	businesses, at := wallets(ops)
	rows := &holdRows{
		ops: ops, seen: make([]bool, len(ops)), at: at, left: make(map[int64]int64, len(businesses)), capped: slices.ContainsFunc(ops, (*op).capped),
	}
	statement, args := holdStatement, append([]any{businesses, at}, holdColumns(ops, p.keys.ChainKey())...)
	if rows.capped {
		statement, args = cappedHoldStatement, append(args, capColumns(ops, at)...)
	}
	s.add(statement, args, rows.read)
	return rows
}

func (h *holdRows) read(scan func(dest ...any) error) error {
	var n, available, balance, entry int64
	var withdrawn, taken, ok bool
	var stop *string
	into := []any{&n, &withdrawn, &taken, &ok, &available, &balance, &entry}
	if h.capped {
		into = append(into, &stop)
	}
	if err := scan(into...); err != nil {
		return err
	}
	o := h.ops[n-1]
	h.seen[n-1] = true
	if _, known := h.left[h.at[n-1]]; !known {
		h.left[h.at[n-1]] = available
	}
	switch {
	case withdrawn:
		o.err = errWithdrawn
	case taken:
		o.err = errKeyTaken
	case stop != nil:
		o.again, o.err = o.stopped(*stop)
	case !ok:
		o.err = errInsufficient
	case o.lookup.Held > 0:
		o.receipt.Entry = entry
		h.left[h.at[n-1]] = min(h.left[h.at[n-1]], balance)
	}
	return nil
}

// finish tells each operation the balance and sends those round again that were refused only because of a dearer one
// ahead of them.
func (h *holdRows) finish() {
	for i, o := range h.ops {
		left := h.left[h.at[i]]
		o.receipt.Balance = left
		if o.err == errInsufficient {
			o.again = o.lookup.Held <= left
		}
		if !h.seen[i] {
			o.err = errNoWallet
		}
	}
}

// The refusals of a hold.
var (
	errInsufficient = models.Fail(models.InsufficientFunds, "the wallet cannot cover the price")
	errWithdrawn    = models.Fail(models.ConsentWithdrawn, "the subject withdrew consent for this number")
	errKeyTaken     = models.Fail(models.InProgress, "a request with this idempotency key is still in progress")
	errNoWallet     = models.Fail(models.NotFound, "the business has no wallet")
)

// settleStatement ends lookups that are still open, moves their money and writes the transfers. What each wallet comes to
// is reckoned beforehand, as if none of them had ended already: if one has, its row is missing below, and the wallets'
// numbers become NULL, which that column refuses, so that nothing is written. $1 to $5 are the wallets, what leaves each
// one's held money, what of it comes back, and the number and the digests of its transfers; $6 is the number of lookups.
const settleStatement = `
WITH w AS MATERIALIZED (
	SELECT a.*, w.available, w.seq, w.head, w.threshold, w.level, w.available + w.held + a.back - a.amount AS total
	FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) WITH ORDINALITY
		AS a(business_id, amount, back, moves, digests, at) JOIN wallets w ON w.business_id = a.business_id
	ORDER BY a.at FOR NO KEY UPDATE OF w
), fallen AS MATERIALIZED (
	SELECT at, business_id, total, threshold, CASE WHEN total = 0 THEN 'depleted' ELSE 'low' END AS level
	FROM w WHERE moves > 0 AND (total = 0 AND level <> 'depleted' AND threshold IS NOT NULL OR total < threshold AND level = 'enough')
), done AS (
	UPDATE lookups l SET status = o.status, reason = o.reason, source = o.source, charged = o.charged, checked = o.checked,
		answer = o.answer, attempts = o.attempts, answered_at = o.answered_at, modified_at = o.modified_at,
		expires_at = coalesce(o.expires_at, l.expires_at)
	FROM unnest($7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bytea[], $14::text[],
		$15::timestamptz[], $16::timestamptz[], $17::bigint[], $18::timestamptz[], $29::text[],
		$30::boolean[]) WITH ORDINALITY
		AS o(at, business_id, id, status, reason, source, answer, attempts, answered_at, modified_at, charged, expires_at, checked, swept, n)
		JOIN w ON w.at = o.at
	WHERE l.business_id = o.business_id AND l.id = o.id AND l.status NOT IN ('found', 'not_found', 'failed')
		AND (l.status = 'open' OR NOT o.swept)
	RETURNING o.n, w.available, w.seq
), ended AS MATERIALIZED (
	SELECT count(*) AS lookups FROM done
), wallet AS (
	UPDATE wallets t SET available = w.available + w.back, held = t.held - w.amount,
		seq = CASE WHEN ended.lookups = $6::bigint THEN w.seq + w.moves END, head = sha256(w.head || w.digests),
		level = coalesce((SELECT f.level FROM fallen f WHERE f.at = w.at), t.level)
	FROM ended, w WHERE t.business_id = w.business_id AND w.moves > 0
), warning AS (
	INSERT INTO wallet_warnings (business_id, kind, amount, bound, at)
	SELECT business_id, 'wallet.' || level, total, threshold, (SELECT max(at) FROM unnest($16::timestamptz[]) AS at) FROM fallen
), transfer AS (
	INSERT INTO transfers (business_id, seq, kind, reference, debit, credit, amount, balance, evidence, head, created_at)
	SELECT w.business_id, w.seq + m.entry, m.kind, m.reference, 'held', m.credit, m.amount, w.available + m.back, m.evidence,
		CASE WHEN m.entry = w.moves THEN $28::bytea || sha256(sha256(w.head || w.digests)) END, m.created_at
	FROM unnest($19::bigint[], $20::bigint[], $21::text[], $22::text[], $23::text[], $24::bigint[], $25::bigint[], $26::bytea[],
		$27::timestamptz[]) AS m(at, entry, kind, reference, credit, amount, back, evidence, created_at) JOIN w ON w.at = m.at
		JOIN ended ON ended.lookups = $6::bigint
)
SELECT n, available, seq FROM done`

// numbering is the column that refuses a batch of settlements of which one has ended already.
const numbering = "wallets.seq"

// endedAlready tells whether a batch was refused because of that.
func endedAlready(err error) bool {
	told := (*models.Error)(nil)
	return errors.As(err, &told) && told.Field == numbering
}

func (p *postgres) settle(s *script, ops []*op) {
	key := p.keys.ChainKey()
	sums := tallyOf(ops, key)
	for _, o := range ops {
		o.err = ErrAlreadySettled
	}
	s.add(settleStatement, slices.Concat(sums.wallets(), []any{int64(len(ops))}, settleColumns(ops, sums.at), sums.transfers(), []any{key.ID(), checks(ops), sweeps(ops)}),
		func(scan func(dest ...any) error) error {
			var n, available, seq int64
			if err := scan(&n, &available, &seq); err != nil {
				return err
			}
			o, now := ops[n-1], sums.steps[n-1]
			o.err, o.receipt = nil, Receipt{Charged: o.lookup.Charged, Balance: available + now.back}
			if now.captured > 0 {
				o.receipt.Entry = seq + now.captured
			}
			return nil
		})
	p.giveBack(s, ops)
	p.keep(s, ops)
	p.tell(s, ops)
}

// tell writes the events of what was settled.
func (p *postgres) tell(s *script, ops []*op) {
	var events []*models.WebhookEvent
	var lookups []*models.Lookup
	for _, o := range ops {
		if o.event != nil {
			events, lookups = append(events, o.event), append(lookups, o.lookup)
		}
	}
	if len(events) > 0 {
		s.add(p.outbox.Statement, p.outbox.Columns(events, lookups), nil)
	}
}
