package audit

import (
	"context"
	"crypto/subtle"
	"fmt"

	"whoseline/models"
)

// Lie is the first row of a business's audit trail that does not follow from the others.
type Lie struct {
	BusinessID string
	Row        string // table and key
	What       string // what is wrong with it
}

// Report is what Verify looked at.
type Report struct {
	Events int64
	Lies   []Lie // the first of each business
}

// batch is how many events are read at a time.
const batch = 5000

// Verify recomputes the audit trail of one business, or of all when businessID is empty, as of one moment for each:
// numbering without a gap, every link, and the head. rows, if given, are held against what the trail tells of them.
func (t *Trail) Verify(ctx context.Context, businessID string, rows Rows) (audit Report, err error) {
	ids := []string{businessID}
	if businessID == "" {
		if ids, err = t.owners(ctx); err != nil {
			return audit, models.FaultIn("list the audit trails", err)
		}
	}
	for _, id := range ids {
		lie, err := t.verify(ctx, id, rows, &audit)
		if err != nil {
			return audit, models.FaultIn("verify the audit trail of business "+id, err)
		}
		if lie != nil {
			audit.Lies = append(audit.Lies, *lie)
		}
	}
	return audit, nil
}

// moment is a head beside what the other tables say about it.
type moment struct {
	Seq    int64
	Seal   []byte // nil = there is no head
	Beyond int64  // the first event that the head does not know of; 0 when there is none
	Unsaid string // a user whose making is not in the trail, though each is noted; "" when there is none
}

// verify walks one business's events up to the head as it stood when the walk began.
func (t *Trail) verify(ctx context.Context, businessID string, rows Rows, audit *Report) (*Lie, error) {
	w, lie, err := t.walked(ctx, businessID)
	audit.Events += w.seq
	if lie != nil || err != nil || rows == nil {
		return lie, err
	}
	lie, _, err = w.holdAgainst(ctx, rows)
	return lie, err
}

// walked walks to the head.
func (t *Trail) walked(ctx context.Context, businessID string) (*walk, *Lie, error) {
	w := &walk{trail: t, businessID: businessID, seal: t.start(businessID), said: map[string]string{}}
	moment, err := t.momentOf(ctx, businessID)
	if err != nil {
		return w, nil, err
	}
	if lie, err := w.through(ctx, moment.Seq); lie != nil || err != nil {
		return w, lie, err
	}
	return w, w.compare(moment), nil
}

// through walks on to an event.
func (w *walk) through(ctx context.Context, last int64) (*Lie, error) {
	for w.seq < last {
		rows, err := w.trail.events(ctx, w.businessID, w.seq, last)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return w.lie(w.seq+1, "is missing"), nil
		}
		for i := range rows {
			if what := w.step(&rows[i]); what != "" {
				return w.lie(w.seq+1, what), nil
			}
			if err := w.hear(rows[i].States); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// walk is how far a trail has been found true.
type walk struct {
	trail      *Trail
	businessID string
	seq        int64
	seal       []byte
	said       map[string]string // the states of rows by their names, as the newest event that names them tells
}

// step takes the next row, or says what is wrong with it.
func (w *walk) step(row *eventRow) string {
	if row.Seq != w.seq+1 {
		return "is missing"
	}
	if subtle.ConstantTimeCompare(row.Link, w.trail.link(w.seal, *row)) != 1 {
		return "does not follow from the one before"
	}
	w.seq, w.seal = row.Seq, w.trail.seal(row.Link)
	return ""
}

// compare holds the head against the walk that ended at it.
func (w *walk) compare(m moment) *Lie {
	head := func(what string) *Lie {
		return &Lie{BusinessID: w.businessID, Row: "trail_heads " + w.businessID, What: what}
	}
	switch {
	case m.Beyond != 0:
		return w.lie(m.Beyond, "is beyond the head")
	case m.Seal == nil && m.Unsaid != "":
		return head("is missing, though the business has staff")
	case m.Seal != nil && subtle.ConstantTimeCompare(m.Seal, w.seal) != 1:
		return head("is not the seal of the newest event")
	case m.Unsaid != "": // whoever took the whole trail away has had another one begin
		return &Lie{BusinessID: w.businessID, Row: "staff " + m.Unsaid, What: "was made by no event"}
	}
	return nil
}

func (w *walk) lie(seq int64, what string) *Lie {
	return &Lie{BusinessID: w.businessID, Row: fmt.Sprintf("trail_events %d", seq), What: what}
}
