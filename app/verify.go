package app

import (
	"context"
	"encoding/json"
	"fmt"

	"whoseline/audit"
	"whoseline/billing"
	"whoseline/models"
)

// Audit is what came of recomputing everything: how much there was, and the first row of each business that lies.
type Audit struct {
	billing.Audit
	Events   int64 // of the audit trails
	Consents int64 // refused and withdrawn

	Checkpoints int64
}

// Verify recomputes every balance, the chain of every wallet and every audit trail, of one business or with "" of all.
// progress is told now and then how many transfers were replayed. When all businesses are true, the time is noted.
func (a *App) Verify(ctx context.Context, businessID string, progress func(transfers int64)) (all Audit, err error) {
	if all.Audit, err = a.Till.Verify(ctx, businessID, progress); err != nil {
		return all, err
	}
	if all.Events, all.Lies, err = a.verifyTrails(ctx, businessID, all.Lies); err != nil {
		return all, err
	}
	if businessID == "" {
		n, lies, err := a.Till.VerifyCheckpoints(ctx)
		if err != nil {
			return all, err
		}
		all.Checkpoints, all.Lies = n, append(all.Lies, lies...)
	}
	if err := a.verifyRecords(ctx, businessID, &all); err != nil || businessID != "" || len(all.Lies) > 0 {
		return all, err
	}
	return all, a.DB.NoteVerified(ctx, a.World.Now())
}

// verifyTrails adds what the audit trails lie about to what the books do.
func (a *App) verifyTrails(ctx context.Context, businessID string, lies []billing.Lie) (events int64, all []billing.Lie, err error) {
	audit, err := a.Trail.Verify(ctx, businessID, a.rows)
	if err != nil {
		return 0, lies, err
	}
	for _, l := range audit.Lies {
		lies = append(lies, billing.Lie(l))
	}
	return audit.Events, lies, nil
}

// verifyRecords adds to the lies that a business's lookups have lost keys of which no erasure tells, or have got back keys
// that were destroyed, and what its consents and its
// counters lie about.
func (a *App) verifyRecords(ctx context.Context, businessID string, all *Audit) error {
	return a.eachBusiness(ctx, businessID, func(id string) error {
		erased, err := a.verifyErased(ctx, id)
		if err != nil {
			return err
		}
		all.Lies = append(all.Lies, erased...)
		n, lie, err := a.Lookups.VerifyConsents(ctx, id)
		if all.Consents += n; lie != nil {
			all.Lies = append(all.Lies, *lie)
		}
		if err != nil {
			return err
		}
		if lie, err = a.Lookups.VerifyCounts(ctx, id); lie != nil {
			all.Lies = append(all.Lies, *lie)
		}
		return err
	})
}

// verifyErased looks at the trail before the lookups and after, since both may grow meanwhile.
func (a *App) verifyErased(ctx context.Context, businessID string) (lies []billing.Lie, err error) {
	before, err := a.toldErased(ctx, businessID)
	if err != nil {
		return nil, err
	}
	erased, err := a.Lookups.CountErased(ctx, businessID)
	if err != nil {
		return nil, err
	}
	after, err := a.toldErased(ctx, businessID)
	if err != nil || erased >= before && erased <= after {
		return nil, err
	}
	what := fmt.Sprintf("%d are erased; the audit trail tells of %d", erased, after)
	return []billing.Lie{{BusinessID: businessID, Row: "lookups " + businessID, What: what}}, nil
}

// toldErased gives how many lookups the audit trail tells were erased.
func (a *App) toldErased(ctx context.Context, businessID string) (total int64, err error) {
	for before, more := int64(0), true; more; {
		var events []audit.Event
		if events, more, err = a.Trail.List(ctx, businessID, before, 100); err != nil {
			return 0, err
		}
		for _, e := range events {
			before = e.Seq
			if e.Action != lookupErased {
				continue
			}
			var said evidence
			if err := json.Unmarshal([]byte(e.Detail), &said); err != nil {
				return 0, models.Fault(fmt.Errorf("read what event %d of business %s tells: %w", e.Seq, businessID, err))
			}
			total += said.Lookups
		}
	}
	return total, nil
}
