package billing

import (
	"maps"
	"slices"
	"strings"
)

// capPieces fill the braces of holdTemplate, for a batch in which something is under a cap. A cap is locked behind its business's
// wallet, and so by one transaction at a time. Whether an operation fits is decided in order of arrival against running sums, which
// also count what something else refuses. An operation that was refused only because of those is stopped by nothing: "".
var capPieces = []string{
	"{days}", ", $21::text[], $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[]",
	"{sums}", ", cap_day, business_held, business_asked, key_held, key_asked", "{cap_day}", ", cap_day",
	"{and not capped}", " AND NOT r.capped", "{and not stopped}", ` AND NOT x.capped`,
	"{capped}", ", x.capped", "{join capped}", `
		LEFT JOIN room b ON b.business_id = op.business_id AND b.owner = ''
		LEFT JOIN room k ON k.business_id = op.business_id AND k.owner = op.key_id
		CROSS JOIN LATERAL (SELECT op.cap_day <> '' AND coalesce(op.held > 0 AND (b.money < op.business_held OR k.money < op.key_held)
			OR b.lookups < op.business_asked OR k.lookups < op.key_asked, false) AS capped) x`,
	"{caps}", `, cap AS MATERIALIZED (
	SELECT c.business_id, c.owner, c.period, c.money, c.lookups, c.warned, s.since,
		CASE WHEN c.since = s.since THEN c.spent ELSE 0 END AS spent, CASE WHEN c.since = s.since THEN c.asked ELSE 0 END AS asked
	FROM w JOIN unnest($26::bigint[], $27::text[], $28::text[], $29::text[]) AS o(at, business_id, owner, day) ON o.at = w.at
		JOIN spend_caps c ON c.business_id = o.business_id AND c.owner = o.owner
		CROSS JOIN LATERAL (SELECT greatest(c.since, left(o.day, CASE c.period WHEN 'day' THEN 10 ELSE 7 END) COLLATE "C") AS since) s
	FOR NO KEY UPDATE OF c
), room AS MATERIALIZED (
	SELECT business_id, owner, min(money - spent) AS money, min(lookups - asked) AS lookups FROM cap GROUP BY business_id, owner
)`,
	"{spend}", `, now AS MATERIALIZED (
	SELECT u.*, u.warned <> u.since AND coalesce(5 * u.spent >= 4 * u.money OR 5 * u.asked >= 4 * u.lookups, false) AS near
	FROM (
		SELECT c.business_id, c.owner, c.period, c.money, c.lookups, c.since, c.warned,
			c.spent + sum(r.held)::bigint AS spent, c.asked + count(*) AS asked, max(r.requested_at) AS at
		FROM ruled r JOIN cap c ON c.business_id = r.business_id AND c.owner IN ('', r.key_id) WHERE r.ok AND r.cap_day <> ''
		GROUP BY c.business_id, c.owner, c.period, c.money, c.lookups, c.since, c.warned, c.spent, c.asked
	) u
), spend AS (
	UPDATE spend_caps c SET since = n.since, spent = n.spent, asked = n.asked, warned = CASE WHEN n.near THEN n.since ELSE c.warned END
	FROM now n WHERE c.business_id = n.business_id AND c.owner = n.owner AND c.period = n.period
), warning AS (
	INSERT INTO wallet_warnings (business_id, kind, owner, period, since, amount, bound, asked, asked_bound, at)
	SELECT business_id, 'spend_cap.near', owner, period, since, spent, money, asked, lookups, at FROM now WHERE near
)`,
	"{stopped by}", `, CASE WHEN capped THEN coalesce((
	SELECT c.period || ' ' || c.owner
	FROM cap c LEFT JOIN now u ON u.business_id = c.business_id AND u.owner = c.owner AND u.period = c.period
	WHERE c.business_id = ruled.business_id AND c.owner IN ('', ruled.key_id) AND (
		ruled.held > 0 AND coalesce(u.spent, c.spent) + ruled.held > c.money OR coalesce(u.asked, c.asked) + 1 > c.lookups)
	ORDER BY c.period DESC, c.owner LIMIT 1), '') END`,
}

// capColumns are the arguments $21 to $29: of each operation its day, and the sums up to it of its business and of its key; then the
// owners whose caps are asked, with the place of the business among the wallets.
func capColumns(ops []*op, at []int64) []any {
	var sums [4][]int64
	var owned struct {
		at                    []int64
		business, owner, days []string
	}
	place := map[[2]string]int{} // in owned and, of the running sums, in ran
	var ran [][2]int64
	add := func(i int, o *op, owner string) [2]int64 {
		name := [2]string{o.lookup.BusinessID, owner}
		n, seen := place[name]
		if !seen {
			n, ran = len(ran), append(ran, [2]int64{})
			place[name] = n
			owned.at, owned.business = append(owned.at, at[i]), append(owned.business, name[0])
			owned.owner, owned.days = append(owned.owner, owner), append(owned.days, "")
		}
		ran[n][0], ran[n][1] = ran[n][0]+o.lookup.Held, ran[n][1]+1
		owned.days[n] = max(owned.days[n], o.lookup.CapDay)
		return ran[n]
	}
	for i, o := range ops {
		var business, key [2]int64
		if o.capped() {
			business, key = add(i, o, ""), add(i, o, o.lookup.KeyID)
		}
		for j, sum := range []int64{business[0], business[1], key[0], key[1]} {
			sums[j] = append(sums[j], sum)
		}
	}
	return []any{
		column(ops, func(o *op) string { return o.lookup.CapDay }), sums[0], sums[1], sums[2], sums[3],
		owned.at, owned.business, owned.owner, owned.days,
	}
}

// stopped is why a cap refuses an operation. again: it fits, now that it is known what else the batch holds.
func (o *op) stopped(by string) (again bool, err error) {
	period, owner, stops := strings.Cut(by, " ")
	return !stops, errCapped(owner, Period(period), o.lookup.CapDay, o.zone)
}

// The two forms of a hold statement: one that knows no caps, and does no more for them than before there were any, and one that does.
var (
	holdStatement       = fillHold(nil)
	cappedHoldStatement = fillHold(capPieces)
)

// fillHold puts pieces into the braces of holdTemplate; without pieces they are empty.
func fillHold(pieces []string) string {
	if pieces != nil {
		return strings.NewReplacer(pieces...).Replace(holdTemplate)
	}
	empty := make([]string, len(capPieces))
	for i := 0; i < len(empty); i += 2 {
		empty[i] = capPieces[i]
	}
	return strings.NewReplacer(empty...).Replace(holdTemplate)
}

// giveBackStatement takes from the caps what lookups that have ended did not cost. All of them moved money, so that the transaction is
// refused as a whole if one of them had ended before.
const giveBackStatement = `
UPDATE spend_caps c SET spent = greatest(c.spent - b.money, 0), asked = greatest(c.asked - b.lookups, 0)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
	AS b(business_id, owner, period, since, money, lookups)
WHERE c.business_id = b.business_id AND c.owner = b.owner AND c.period = b.period AND c.since = b.since`

// capSpan is a cap in one of its periods.
type capSpan struct {
	business, owner string
	period          Period
	since           string
}

func (p *postgres) giveBack(s *script, ops []*op) {
	money, lookups := map[capSpan]int64{}, map[capSpan]int64{}
	for _, o := range ops {
		back, unasked := unused(o.lookup)
		if back == 0 && unasked == 0 {
			continue
		}
		for _, owner := range []string{"", o.lookup.KeyID} {
			for _, period := range []Period{Daily, Monthly} {
				at := capSpan{o.lookup.BusinessID, owner, period, period.span(o.lookup.CapDay)}
				money[at] += back
				lookups[at] += unasked
			}
		}
	}
	if len(money) == 0 {
		return
	}
	spans := slices.Collect(maps.Keys(money))
	s.add(giveBackStatement, []any{
		column(spans, func(c capSpan) string { return c.business }),
		column(spans, func(c capSpan) string { return c.owner }),
		column(spans, func(c capSpan) string { return string(c.period) }),
		column(spans, func(c capSpan) string { return c.since }),
		column(spans, func(c capSpan) int64 { return money[c] }),
		column(spans, func(c capSpan) int64 { return lookups[c] }),
	}, nil)
}
