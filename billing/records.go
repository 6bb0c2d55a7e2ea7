package billing

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"whoseline/models"
)

// records are what transfers were made for, by their references.
type records struct {
	lookups map[string]*models.Lookup
	charges map[string]*models.MessageCharge
}

// records reads what transfers were made for.
func (t *Till) records(ctx context.Context, businessID string, ids []string) (r records, err error) {
	r = records{map[string]*models.Lookup{}, map[string]*models.MessageCharge{}}
	if len(ids) == 0 {
		return r, nil
	}
	slices.Sort(ids)
	lookups, charges, err := t.recordsOf(ctx, businessID, slices.Compact(ids))
	for i := range lookups {
		r.lookups[lookups[i].ID] = &lookups[i]
	}
	for i := range charges {
		r.charges[charges[i].ID] = &charges[i]
	}
	return r, err
}

// table is where the record of a transfer stands, or should.
func (r records) table(row *models.Transfer) string {
	if r.charges[row.Reference] != nil {
		return "charges"
	}
	return "lookups"
}

// contradict tells how a record differs from what its transfer was made for.
func (r records) contradict(row *models.Transfer) string {
	lookup, charge := r.lookups[row.Reference], r.charges[row.Reference]
	var evidence [32]byte
	switch {
	case row.Evidence == nil:
		return ""
	case lookup == nil && charge == nil:
		return fmt.Sprintf("is missing, though entry %d was made for it", row.Seq)
	case lookup != nil && charge != nil:
		return "stands in two tables"
	case charge != nil:
		evidence = messageEvidence(charge, row.Kind)
	case row.Kind == models.Hold:
		evidence = opening(lookup)
	default:
		evidence = closing(lookup)
	}
	switch {
	case bytes.Equal(evidence[:], row.Evidence):
		return ""
	case row.Kind == models.Hold:
		return "was changed: it is not the request that its money was held for"
	default:
		return "was changed: it is not the answer that its money was settled for"
	}
}
