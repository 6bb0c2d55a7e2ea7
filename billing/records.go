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

	corrections map[string]*models.Correction // by kind and target
}

// records reads what transfers were made for.
func (t *Till) records(ctx context.Context, businessID string, ids []string) (r records, err error) {
	r = records{map[string]*models.Lookup{}, map[string]*models.MessageCharge{}, map[string]*models.Correction{}}
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
	if err != nil {
		return r, err
	}
	corrections, err := t.correctionsOf(ctx, businessID, ids)
	for i := range corrections {
		r.corrections[string(corrections[i].Kind)+" "+corrections[i].Target] = &corrections[i]
	}
	return r, err
}

// table is where the record of a transfer stands, or should.
func (r records) table(row *models.Transfer) string {
	switch {
	case row.Kind == models.Adjustment, row.Kind == models.Refund && !r.gaveBack(row):
		return "corrections"
	case r.charges[row.Reference] != nil:
		return "charges"
	}
	return "lookups"
}

// gaveBack tells whether a refund's correction is as its transfer tells: if not, it is what lies, else its lookup.
func (r records) gaveBack(row *models.Transfer) bool {
	c := r.corrections[string(row.Kind)+" "+row.Reference]
	return c != nil && evidenceIs(row.Evidence, correctionEvidence(c))
}

// contradictCorrection tells how a correction differs from what its transfer was made for, or its lookup from both.
func (r records) contradictCorrection(row *models.Transfer) string {
	c, l := r.corrections[string(row.Kind)+" "+row.Reference], r.lookups[row.Reference]
	switch {
	case c == nil:
		return fmt.Sprintf("is missing, though entry %d was made for it", row.Seq)
	case !evidenceIs(row.Evidence, correctionEvidence(c)):
		return "was changed: it is not what its money was moved for"
	case row.Kind == models.Refund && (l == nil || l.Refunded != c.Amount):
		return "was changed: it does not say what was given back"
	}
	return ""
}

// contradict tells how a record differs from what its transfer was made for.
func (r records) contradict(row *models.Transfer) string {
	lookup, charge := r.lookups[row.Reference], r.charges[row.Reference]
	var evidence [32]byte
	switch {
	case row.Evidence == nil:
		return ""
	case row.Kind == models.Refund || row.Kind == models.Adjustment:
		return r.contradictCorrection(row)
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
