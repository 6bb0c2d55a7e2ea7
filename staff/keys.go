package staff

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

// keyPrefix begins every operator key. No key of a business begins so.
const keyPrefix = "wl_desk_"

// keyLength is that of a whole token.
var keyLength = len(keyPrefix) + base64.RawURLEncoding.EncodedLen(32)

// errKey answers a token that is nobody's, in the same words for every reason.
var errKey = error(models.Fail(models.Unauthorized, "the operator key is missing, wrong or revoked"))

// Key is what a program of one of the operator's people shows. It may do what its user may, for as long as the user may sign in.
type Key struct {
	ID        string `gorm:"primaryKey"`
	Hash      []byte
	UserID    string
	Name      string
	Hint      string    // the end of the token
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
	RevokedAt time.Time // zero = it counts
}

// TableName is the table of operator keys.
func (Key) TableName() string { return "operator_keys" }

func (k Key) row() audit.Row {
	revoked := ""
	if !k.RevokedAt.IsZero() {
		revoked = strconv.FormatInt(k.RevokedAt.UnixMicro(), 10)
	}
	return audit.Row{Table: "operator_keys", ID: k.ID, Fields: []string{string(k.Hash), k.UserID, revoked}}
}

// MakeKey makes a key of a user and gives its token, which is kept nowhere.
func (u *Users) MakeKey(ctx context.Context, ownerID, userID, name string) (k Key, token string, err error) {
	if err := models.CheckName("name", name); err != nil {
		return k, "", err
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails: crypto/rand stops the program instead
	token = keyPrefix + base64.RawURLEncoding.EncodeToString(secret[:])
	hash := digestOf(token)
	k = Key{ID: u.world.NewID(), Hash: hash[:], UserID: userID, Name: name, Hint: token[len(token)-4:], CreatedAt: u.now()}
	err = u.change(ctx, ownerID, "make operator key", func(tx *gorm.DB) error {
		m, err := memberByID(tx, ownerID, userID)
		if err != nil {
			return err
		}
		if m.disabled() {
			return models.Fail(models.Conflict, "the operator may not sign in any more")
		}
		if err := insertKey(tx, k); err != nil {
			return err
		}
		return u.noteKey(tx, ownerID, "operator_key.created", k)
	})
	if err != nil {
		return Key{}, "", err
	}
	return k, token, nil
}

// RevokeKey ends a key, in every gateway at once. One that is revoked already stays so.
func (u *Users) RevokeKey(ctx context.Context, ownerID, id string) error {
	return u.change(ctx, ownerID, "revoke operator key", func(tx *gorm.DB) error {
		k, err := keyByID(tx, id)
		if err != nil || !k.RevokedAt.IsZero() {
			return err
		}
		k.RevokedAt = u.now()
		if err := setKeyRevoked(tx, k); err != nil {
			return err
		}
		return u.noteKey(tx, ownerID, "operator_key.revoked", k)
	})
}

func (u *Users) noteKey(tx *gorm.DB, ownerID, action string, k Key) error {
	return u.trail.NoteWith(tx, audit.Event{
		BusinessID: ownerID, Action: action, Target: k.ID, Detail: audit.Details(map[string]any{"user": k.UserID, "name": k.Name}),
		Rows: []audit.Row{k.row()},
	})
}

// Keys gives the operator keys, revoked ones included, in the order in which they were made.
func (u *Users) Keys(ctx context.Context) ([]Key, error) {
	list, err := u.everyKey(ctx)
	return list, models.FaultIn("list operator keys", err)
}

// ByKey tells whose a key is. Unauthorized, in the same words, is a token that is malformed, unknown or revoked, and one whose user may not
// sign in any more.
func (u *Users) ByKey(ctx context.Context, ownerID, token string) (Visitor, error) {
	if len(token) != keyLength {
		return Visitor{}, errKey
	}
	k, err := u.keyByHash(ctx, digestOf(token))
	if err != nil {
		return Visitor{}, models.FaultIn("read operator key", err)
	}
	if k == nil || !k.RevokedAt.IsZero() {
		return Visitor{}, errKey
	}
	m, err := u.memberByID(ctx, ownerID, k.UserID)
	if models.CodeOf(err) == models.NotFound || err == nil && m.disabled() {
		return Visitor{}, errKey
	}
	if err != nil {
		return Visitor{}, models.FaultIn("read user", err)
	}
	who, err := u.user(m)
	return Visitor{User: who, SessionID: "key " + k.ID}, err
}
