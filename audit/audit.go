// Package audit answers: who did what? It keeps a trail for each business. Every event is bound to the one before, so
// that a change or a gap shows.
package audit

import (
	"context"
	"encoding/binary"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Event is one row of a business's audit trail: who did what to what. Rows are only ever added; Seq counts a business's
// from 1 without a gap, and each is bound to the one before.
type Event struct {
	BusinessID string    `gorm:"primaryKey"`
	Seq        int64     `gorm:"primaryKey;autoIncrement:false"`
	At         time.Time // to the microsecond
	Actor      string    // a user's id, Operator alone or with a name or an operator's id, "key " and a key's id; "" = whom By named
	Action     string    // lower case, dotted: user.created, session.started, session.refused, lookup.revealed, key.created …
	Target     string    // an id
	Detail     string    // a JSON object with nothing personal in it; "" = {}
	Rows       []Row     `gorm:"-"` // what the change made of rows; not in what List gives
}

// The actors that are not users.
const (
	Operator  = "operator"  // the command line
	Retention = "retention" // the operator's or the business's rule on how long data is kept
	Erasure   = "erasure"   // a gateway that goes on with an erasure; its first event names who asked for it
	Unknown   = "unknown"   // nobody was named, or somebody who could not prove it
)

type actorKey struct{}

// By names the actor of what happens under the context, for the audit trail: a user's id, Operator, Retention, or "key
// " and an id.
func By(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

func actorOf(ctx context.Context) string {
	if actor, ok := ctx.Value(actorKey{}).(string); ok && actor != "" {
		return actor
	}
	return Unknown
}

// Vault makes keyed hashes that nobody can guess.
type Vault interface {
	Hash(scope string, data []byte) []byte
}

// Trail keeps the audit trails of businesses. Its methods may be called from many goroutines and processes.
//
// Each row carries a link: a keyed hash over itself and the seal of the row before, which is a keyed hash of that row's
// link. Only the newest seal is stored, beside the number of its row, and its row in the database is the lock under which
// rows are added. Whoever can write to the database but does not know the master key can therefore neither change nor add
// nor take away a row, not even the newest ones, unless they kept the seal from before.
type Trail struct {
	db, read *gorm.DB
	world    models.World
	vault    Vault
}

// New keeps the audit trails in a database. read may be nil, which is db.
func New(db, read *gorm.DB, world models.World, vault Vault) *Trail {
	if read == nil {
		read = db
	}
	return &Trail{db: db, read: read, world: world, vault: vault}
}

// Note adds an event; Seq is given here, and At and Actor if they are empty.
func (t *Trail) Note(ctx context.Context, e Event) error {
	return models.FaultIn("note event", t.within(ctx, e.BusinessID, func(tx *gorm.DB) error { return t.NoteWith(tx, e) }))
}

// NoteWith is Note in the transaction of the change that the event tells of: neither stands without the other. It locks
// the business's trail until the transaction ends. Without a trail nothing is noted.
func (t *Trail) NoteWith(tx *gorm.DB, e Event) error {
	if t == nil {
		return nil
	}
	e = t.filled(tx.Statement.Context, e)
	if err := checkEvent(e); err != nil {
		return err
	}
	head, err := t.lock(tx, e.BusinessID)
	if err != nil {
		return err
	}
	e.Seq = head.Seq + 1
	row := eventRow{Event: e}
	if row.States, err = t.states(e.BusinessID, e.Rows); err != nil {
		return err
	}
	link := t.link(head.Seal, row)
	row.Link = link
	if err := insertEvent(tx, row); err != nil {
		return err
	}
	return moveHead(tx, headRow{BusinessID: e.BusinessID, Seq: e.Seq, Seal: t.seal(link)})
}

func (t *Trail) filled(ctx context.Context, e Event) Event {
	if e.At.IsZero() {
		e.At = t.world.Now()
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if e.Actor == "" {
		e.Actor = actorOf(ctx)
	}
	if e.Detail == "" {
		e.Detail = "{}"
	}
	return e
}

// Lock waits until nobody else changes a business's trail. Changes of a business's staff happen under it, one after
// another.
func (t *Trail) Lock(tx *gorm.DB, businessID string) error {
	_, err := t.lock(tx, businessID)
	return err
}

// lock is Lock, and gives the head.
func (t *Trail) lock(tx *gorm.DB, businessID string) (headRow, error) {
	return lockHead(tx, headRow{BusinessID: businessID, Seal: t.start(businessID)})
}

// link binds an event to the seal of the one before.
func (t *Trail) link(before []byte, e eventRow) []byte {
	data := append([]byte{}, before...)
	for _, text := range []string{e.BusinessID, e.Actor, e.Action, e.Target, e.Detail} {
		data = append(binary.AppendUvarint(data, uint64(len(text))), text...)
	}
	data = binary.BigEndian.AppendUint64(data, uint64(e.Seq))
	data = binary.BigEndian.AppendUint64(data, uint64(e.At.UnixMicro()))
	data = append(data, e.States...) // last, as events of older versions have none
	return t.vault.Hash("audit trail event", data)
}

func (t *Trail) seal(link []byte) []byte { return t.vault.Hash("audit trail head", link) }

// start stands in for the seal before the first event.
func (t *Trail) start(businessID string) []byte {
	return t.vault.Hash("audit trail start", []byte(businessID))
}

// List gives events of a business, newest first: those before a number, or with 0 the newest. limit is at most 100; 0
// means 50. more: there are older ones.
func (t *Trail) List(ctx context.Context, businessID string, before int64, limit int) (events []Event, more bool, err error) {
	limit = models.Page{Limit: limit}.Size()
	rows, err := t.page(ctx, businessID, before, limit+1)
	if err != nil {
		return nil, false, models.FaultIn("list events", err)
	}
	if more = len(rows) > limit; more {
		rows = rows[:limit]
	}
	for _, row := range rows {
		events = append(events, row.Event)
	}
	return events, more, nil
}

// Reveals gives who revealed a lookup, and when, oldest first. Of very many, the latest are given.
func (t *Trail) Reveals(ctx context.Context, businessID, lookupID string) (events []Event, err error) {
	rows, err := t.reveals(ctx, businessID, lookupID)
	for _, row := range rows {
		events = append(events, row.Event)
	}
	return events, models.FaultIn("read who revealed a lookup", err)
}
