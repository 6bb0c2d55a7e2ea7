package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"whoseline/models"
)

// answerKeep is how long what a form made waits to be shown.
const answerKeep = 10 * time.Minute

// NewForm gives a form of a visitor's session what makes it count once. Nothing is kept of it until it is sent.
func (u *Users) NewForm(v Visitor) string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand stops the program instead
	text := hex.EncodeToString(id[:])
	return text + "." + u.formMark(v, text)
}

func (u *Users) formMark(v Visitor, id string) string {
	return hex.EncodeToString(u.vault.Hash("console form", []byte(v.SessionID+"/"+id))[:16])
}

// Submit takes a form. first: it was not sent before, by any gateway, and is to be done now. What another session was given
// is a Conflict. An empty once is that of a form that counts as often as it is sent.
func (u *Users) Submit(ctx context.Context, v Visitor, once string) (id string, first bool, err error) {
	if once == "" {
		once = u.NewForm(v)
	}
	id, mark, _ := strings.Cut(once, ".")
	if subtle.ConstantTimeCompare([]byte(mark), []byte(u.formMark(v, id))) != 1 {
		return "", false, models.Fail(models.Conflict, "the page was too old: fill it in again")
	}
	first, err = u.insertForm(ctx, form{BusinessID: v.BusinessID, ID: id, SessionID: v.SessionID, SentAt: u.now()})
	if err != nil {
		return "", false, models.FaultIn("take a form", err)
	}
	return id, first, nil
}

// Answer keeps what a form made, to be shown once, sealed and for ten minutes at most.
func (u *Users) Answer(ctx context.Context, v Visitor, id string, made []byte) error {
	f := form{BusinessID: v.BusinessID, ID: id, SessionID: v.SessionID}
	f.Answer = u.vault.Seal(f.aad(), made)
	return models.FaultIn("keep what a form made", u.answerForm(ctx, f))
}

// Abandon forgets that a form was sent, as nothing was done: it may be sent again.
func (u *Users) Abandon(ctx context.Context, v Visitor, id string) error {
	return models.FaultIn("forget a form", u.deleteForm(ctx, form{BusinessID: v.BusinessID, ID: id, SessionID: v.SessionID}))
}

// Shown gives what a form of the session made, once. NotFound: there is nothing, or it was shown already; InProgress: it is still
// being made.
func (u *Users) Shown(ctx context.Context, v Visitor, id string) ([]byte, error) {
	if len(id) > models.MaxID || !models.IsVisible(id) {
		return nil, models.Fail(models.NotFound, "there is nothing to show")
	}
	found, err := u.takeForm(ctx, form{BusinessID: v.BusinessID, ID: id, SessionID: v.SessionID}, u.now())
	if err != nil {
		return nil, models.FaultIn("show what a form made", err)
	}
	made, err := u.vault.Open(found.aad(), found.Answer)
	return made, models.FaultIn("open what a form made", err)
}

// Keep keeps something of a visitor's session that no address may hold, sealed, and gives the id under which Kept reads it as often as
// it is asked. It is forgotten with the session.
func (u *Users) Keep(ctx context.Context, v Visitor, what []byte) (id string, err error) {
	f := form{BusinessID: v.BusinessID, ID: u.world.NewID(), SessionID: v.SessionID, SentAt: u.now(), ShownAt: u.now()}
	f.Answer = u.vault.Seal(f.aad(), what)
	_, err = u.insertForm(ctx, f)
	return f.ID, models.FaultIn("keep for a session", err)
}

// Kept gives what Keep kept for this session, or NotFound.
func (u *Users) Kept(ctx context.Context, v Visitor, id string) ([]byte, error) {
	if !models.IsID(id) {
		return nil, models.Fail(models.NotFound, "nothing is kept under this id")
	}
	found, err := u.keptForm(ctx, form{BusinessID: v.BusinessID, ID: id, SessionID: v.SessionID})
	if err != nil {
		return nil, models.FaultIn("read what is kept for a session", err)
	}
	what, err := u.vault.Open(found.aad(), found.Answer)
	return what, models.FaultIn("open what is kept for a session", err)
}
