package audit

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"whoseline/models"
)

// Row is a row of a business as a change has left it: an API key, a price, a user. An event carries a keyed digest of each row
// that its change has left, so that the trail tells how the rows must stand.
type Row struct {
	Table  string
	ID     string   // within the business
	Fields []string // all that matters, in an order that never changes
}

func (r Row) name() string { return r.Table + " " + r.ID }

// Rows gives the rows of a business that the trail tells of, as they stand.
type Rows func(ctx context.Context, businessID string) ([]Row, error)

// stateSize is how much of a digest is kept: nobody finds another row with the same 128 bits without the key.
const stateSize = 16

// state gives the keyed digest of a row, in hexadecimal.
func (t *Trail) state(businessID string, r Row) string {
	var data []byte
	for _, text := range append([]string{businessID, r.Table, r.ID}, r.Fields...) {
		data = append(binary.AppendUvarint(data, uint64(len(text))), text...)
	}
	return hex.EncodeToString(t.vault.Hash("row state", data)[:stateSize])
}

// states gives those of some rows as an event keeps them; "" of none.
func (t *Trail) states(businessID string, rows []Row) (string, error) {
	if len(rows) == 0 {
		return "", nil
	}
	all := make(map[string]string, len(rows))
	for _, r := range rows {
		all[r.name()] = t.state(businessID, r)
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// hear takes over what an event tells of rows.
func (w *walk) hear(states string) error {
	if states == "" {
		return nil
	}
	said := map[string]string{}
	if err := json.Unmarshal([]byte(states), &said); err != nil {
		return models.Fault(fmt.Errorf("read the states of event %d: %w", w.seq, err))
	}
	for row, state := range said {
		w.said[row] = state
	}
	return nil
}

// byOlder is the remedy for rows that a gateway changed which writes no states.
const byOlder = " (if a gateway of an older version did it: `whoseline seal chains`)"

// differing gives the rows that are not as the trail tells.
func (w *walk) differing(rows []Row) (list []Row) {
	for _, r := range rows {
		if w.said[r.name()] != w.trail.state(w.businessID, r) {
			list = append(list, r)
		}
	}
	return list
}

// contradict names the first row that is not as the trail tells, or is not there any more.
func (w *walk) contradict(rows []Row) *Lie {
	there := make(map[string]bool, len(rows))
	for _, r := range rows {
		there[r.name()] = true
	}
	lie := func(row, what string) *Lie { return &Lie{BusinessID: w.businessID, Row: row, What: what} }
	if differing := w.differing(rows); len(differing) > 0 {
		row, how := differing[0].name(), "changed"
		if w.said[row] == "" {
			how = "made"
		}
		return lie(row, "was "+how+" by nothing that the audit trail tells of"+byOlder)
	}
	var gone []string
	for row := range w.said {
		if !there[row] {
			gone = append(gone, row)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return lie(slices.Min(gone), "is missing, though the audit trail tells of it")
}

// maxSettling bounds how often rows are read again because they were changed while they were read.
const maxSettling = 100

// holdAgainst compares the rows of a business with its trail, as of one moment: rows and trail change in one transaction, so
// that a trail which has not grown while the rows were read tells of just these.
func (w *walk) holdAgainst(ctx context.Context, rows Rows) (*Lie, []Row, error) {
	for range maxSettling {
		there, err := rows(ctx, w.businessID)
		if err != nil {
			return nil, nil, err
		}
		lie := w.contradict(there)
		if lie == nil {
			return nil, nil, nil
		}
		m, err := w.trail.momentOf(ctx, w.businessID)
		if err != nil {
			return nil, nil, err
		}
		if m.Seq == w.seq {
			return lie, w.differing(there), nil
		}
		if lie, err := w.through(ctx, m.Seq); lie != nil || err != nil {
			return lie, nil, err
		}
	}
	return nil, nil, models.Fail(models.Busy, "the business is changed all the time: verify it later")
}

// Sealed is the action of the events that tell how rows stand of which no event told.
const Sealed = "chain.sealed"

// rowsPerEvent bounds what one of them carries.
const rowsPerEvent = 50

// SealRows lets a business's trail tell of the rows that are not as it tells: what was there before the trail told of rows, and what
// an older gateway has changed since. It believes them, which is for upgrades, and gives how many there are; with look it tells
// nothing. A trail that does not follow from itself, or from which a row is missing, is a Conflict.
func (t *Trail) SealRows(ctx context.Context, businessID string, rows Rows, look bool) (int, error) {
	for range maxSettling {
		w, lie, err := t.walked(ctx, businessID)
		var left []Row
		if lie == nil && err == nil {
			lie, left, err = w.holdAgainst(ctx, rows)
		}
		switch {
		case err != nil:
			return 0, err
		case lie != nil && len(left) == 0:
			return 0, models.Fail(models.Conflict, lie.Row+" "+lie.What)
		case look || len(left) == 0:
			return len(left), nil
		}
		sealed, err := t.tellOf(ctx, w, left)
		if sealed || err != nil {
			return len(left), models.FaultIn("tell of rows", err)
		}
	}
	return 0, models.Fail(models.Busy, "the business is changed all the time: try later")
}

// tellOf adds the events, unless the trail has grown since the rows were compared with it.
func (t *Trail) tellOf(ctx context.Context, w *walk, left []Row) (told bool, err error) {
	err = t.within(ctx, w.businessID, func(tx *gorm.DB) error {
		head, err := t.lock(tx, w.businessID)
		if err != nil || head.Seq != w.seq {
			return err
		}
		told = true
		for part := range slices.Chunk(left, rowsPerEvent) {
			err := t.NoteWith(tx, Event{
				BusinessID: w.businessID, Action: Sealed, Target: w.businessID, Rows: part, Detail: Details(map[string]any{"rows": len(part)}),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return told, err
}
