package access

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Event is one row of a business's audit trail: who did what to what. Rows are only ever added; Seq counts a business's
// from 1 without a gap, and each is bound to the one before.
type Event struct {
	BusinessID string
	Seq        int64
	At         time.Time
	Actor      string // a user's id, Operator, "key " and a key's id; "" = whom By named
	Action     string // lower case, dotted: user.created, session.started, session.refused, lookup.revealed, key.created …
	Target     string // an id
	Detail     string // JSON with nothing personal in it; "" = {}
}

// Operator is the actor of the command line.
const Operator = "operator"

type actorKey struct{}

// By names who does what is done under the context, for the audit trail: a user's id, Operator, or "key " and an id.
func By(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// Trail keeps the audit trails of businesses. Its methods may be called from many goroutines and processes.
type Trail struct {
	db, read *gorm.DB
	world    models.World
	vault    Vault
}

// NewTrail keeps the audit trails in a database. read may be nil, which is db. The vault's hashes bind the rows: who can
// only write to the database cannot make ones that fit.
func NewTrail(db, read *gorm.DB, world models.World, vault Vault) *Trail {
	if read == nil {
		read = db
	}
	return &Trail{db: db, read: read, world: world, vault: vault}
}

// Note adds an event; Seq is given here, and At if it is zero.
func (t *Trail) Note(ctx context.Context, e Event) error { return errUnbuilt }

// List gives events of a business, newest first: those before a number, or with 0 the newest. limit is at most 100; 0
// means 50. more: there are older ones.
func (t *Trail) List(ctx context.Context, businessID string, before int64, limit int) (events []Event, more bool, err error) {
	return nil, false, errUnbuilt
}
