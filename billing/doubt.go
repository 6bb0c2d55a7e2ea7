package billing

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// A settlement is what a source was paid for. It is kept until the database has said what became of it, also when its caller
// has gone: there are never more of them than there were open holds. A hold is kept for as long as its caller waits.

// judge says what becomes of an operation whose transaction ended with err.
func (o *op) judge(err error) {
	code := models.CodeOf(err)
	switch {
	case err == nil && o.err == nil:
		return
	case err == nil: // refused because of its own first try, perhaps
		o.owed = o.doubt
	case code == models.Unknown:
		o.err, o.doubt, o.owed = nil, true, true
	case o.doubt && code == models.Conflict, (o.doubt || o.settle) && (code == models.Unavailable || code == models.Busy):
		o.err, o.owed = nil, true
	default:
		o.err = fault(err)
	}
	o.waited = o.waited || o.owed
}

// resolve reads back what became of operations in doubt, and gives those that are to be done. What cannot be read stays owed.
func (t *Till) resolve(ops []*op) (rest []*op) {
	var doubtful []*op
	for _, o := range ops {
		if o.doubt {
			doubtful = append(doubtful, o)
		} else {
			rest = append(rest, o)
		}
	}
	if len(doubtful) == 0 {
		return ops
	}
	known, err := t.readBack(doubtful)
	if err != nil {
		return rest
	}
	for _, o := range doubtful {
		o.owed = false
		switch {
		case known[o], o.err != nil: // or there was no first try, and it was refused
		case !o.settle && o.turn.Load() == alone:
			o.err = errGone
		default:
			rest = append(rest, o)
		}
	}
	return rest
}

// readBackWithin bounds a look at what became of a batch.
const readBackWithin = 5 * time.Second

// readBack tells which operations have been done, and fills in their receipts. It reads in a transaction: what that has seen
// is as durable as a commit, also where the wait of the first try was cut short.
func (t *Till) readBack(ops []*op) (known map[*op]bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), readBackWithin)
	defer cancel()
	known = make(map[*op]bool, len(ops))
	err = t.together(ctx, func(tx *gorm.DB) (err error) {
		for _, o := range ops {
			if known[o], err = applied(tx, o); err != nil {
				return err
			}
		}
		return nil
	})
	return known, err
}
