package billing

import (
	"cmp"
	"time"

	"whoseline/models"
)

// columns turn operations into the arrays that a statement unnests.
type columns struct {
	businesses, keys, lookups []string
}

func newColumns(ops []*op) columns {
	c := columns{make([]string, len(ops)), make([]string, len(ops)), make([]string, len(ops))}
	for i, o := range ops {
		c.businesses[i], c.lookups[i] = o.lookup.BusinessID, o.lookup.ID
	}
	return c
}

func byKey(a, b *op) int {
	return cmp.Or(cmp.Compare(a.lookup.BusinessID, b.lookup.BusinessID), cmp.Compare(a.reserve.Key, b.reserve.Key))
}

// column gathers one value of each row.
func column[R, T any](rows []R, value func(r R) T) []T {
	values := make([]T, len(rows))
	for i, r := range rows {
		values[i] = value(r)
	}
	return values
}

// holdColumns are the arguments $3 to $20 of holdStatement.
func holdColumns(ops []*op, key models.ChainKey) []any {
	return []any{
		column(ops, func(o *op) string { return o.lookup.BusinessID }),
		column(ops, func(o *op) string { return o.lookup.ID }),
		column(ops, func(o *op) string { return o.lookup.KeyID }),
		column(ops, func(o *op) bool { return o.lookup.Sandbox }),
		column(ops, func(o *op) bool { return o.lookup.Advanced }),
		column(ops, func(o *op) int64 { return o.lookup.Held }),
		column(ops, func(o *op) []byte { return o.lookup.NumberIndex }),
		column(ops, func(o *op) []byte { return o.lookup.Tags }),
		column(ops, func(o *op) []byte { return o.lookup.DataKey }),
		column(ops, func(o *op) []byte { return o.lookup.Request }),
		column(ops, func(o *op) string { return o.lookup.Purpose }),
		column(ops, func(o *op) string { return o.lookup.Notice }),
		column(ops, func(o *op) time.Time { return o.lookup.RequestedAt }),
		column(ops, func(o *op) time.Time { return o.lookup.ExpiresAt }),
		column(ops, func(o *op) string { return o.key() }),
		column(ops, func(o *op) []byte { return o.evidence() }),
		column(ops, func(o *op) []byte { return o.signature(key) }),
		key.ID(),
	}
}

// settleColumns are the arguments $7 to $18 of settleStatement.
func settleColumns(ops []*op, at []int64) []any {
	return []any{
		at,
		column(ops, func(o *op) string { return o.lookup.BusinessID }),
		column(ops, func(o *op) string { return o.lookup.ID }),
		column(ops, func(o *op) string { return string(o.lookup.Status) }),
		column(ops, func(o *op) string { return o.lookup.Reason }),
		column(ops, func(o *op) string { return o.lookup.Source }),
		column(ops, func(o *op) []byte { return o.lookup.Answer }),
		column(ops, func(o *op) string { return o.lookup.Attempts }),
		column(ops, func(o *op) time.Time { return o.lookup.AnsweredAt }),
		column(ops, func(o *op) time.Time { return o.lookup.ModifiedAt }),
		column(ops, func(o *op) int64 { return o.amount(models.Capture) }),
		column(ops, func(o *op) time.Time { return o.lookup.ExpiresAt }),
	}
}

// checks are the argument $29 of settleStatement.
func checks(ops []*op) []string {
	return column(ops, func(o *op) string { return string(o.lookup.Checked) })
}

func sweeps(ops []*op) []bool { return column(ops, func(o *op) bool { return o.swept }) }

func (o *op) key() string {
	if o.reserve == nil {
		return ""
	}
	return o.reserve.Key
}

func (o *op) evidence() []byte {
	if len(o.moves) == 0 {
		return nil
	}
	return o.moves[0].Evidence
}

func (o *op) amount(kind models.TransferKind) int64 {
	for _, m := range o.moves {
		if m.Kind == kind {
			return m.Amount
		}
	}
	return 0
}

// signature is the keyed digest of a hold's transfer; nil when it moves no money.
func (o *op) signature(key models.ChainKey) []byte {
	if len(o.moves) == 0 {
		return nil
	}
	digest := signature(key, &o.moves[0].Transfer)
	return digest[:]
}
