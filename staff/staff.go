// Package staff answers: who of a business's people signs in, and what may they do? It keeps users with their roles, passwords
// and second factors, and the sessions in which they are in.
package staff

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

// Vault makes keyed hashes that nobody can guess, and seals what is personal.
type Vault interface {
	Seal(aad string, plain []byte) []byte
	Open(aad string, sealed []byte) ([]byte, error)
	Hash(scope string, data []byte) []byte
}

// User is a member of a business's staff, who may sign in to the console. An e-mail belongs to one user of each
// business. A person who works for two businesses has two users, each with a password of its own. E-mail and name are
// sealed where they are kept.
type User struct {
	BusinessID string
	ID         string
	Email      string
	Name       string
	Role       Role
	HasTOTP    bool
	CreatedAt  time.Time
	DisabledAt time.Time // zero = may sign in
	LastSeenAt time.Time // to the minute; zero = never
}

// Users keeps the staff of businesses, signs them in and out, and tells whose a session is. Its methods may be called
// from many goroutines and processes. Nothing is remembered between calls: a disabled user is out at once. Close it.
type Users struct {
	db, read   *gorm.DB
	world      models.World
	vault      Vault
	trail      *audit.Trail
	idle, life time.Duration
	passwords  *passwords
	refusals   *aside
	metrics    *metrics
	log        *slog.Logger
	house      string // see Options
}

// Options are what Users needs.
type Options struct {
	DB    *gorm.DB // for changes
	Read  *gorm.DB // for reads; nil = DB
	World models.World
	Vault Vault
	Trail *audit.Trail
	Idle  time.Duration // after which an unused session ends
	Life  time.Duration // after which any session ends
	Cost  Cost          // of a password; zero = DefaultCost
	Log   *slog.Logger  // nil = silent

	House string // the owner of the operator's own people, who are of no business; "" = the staff of businesses
}

// NewUsers keeps staff in a database.
func NewUsers(o Options) *Users {
	if o.Read == nil {
		o.Read = o.DB
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Users{
		db: o.DB, read: o.Read, world: o.World, vault: o.Vault, trail: o.Trail, idle: o.Idle, life: o.Life,
		passwords: newPasswords(o.Cost), refusals: newAside(), metrics: newMetrics(o.House), log: o.Log, house: o.House,
	}
}

// Close waits until everything is written that was still to be.
func (u *Users) Close() { u.refusals.wait() }

// NewUser asks for a user.
type NewUser struct {
	BusinessID string
	Email      string // at most 254 characters; upper and lower case are the same
	Name       string // at most 200 characters; may be empty
	Role       Role
	Password   string // 12 to 200 characters
}

// Create makes a user. An e-mail that another user of the business has is a Conflict, an unknown business NotFound. Whether another
// business knows the e-mail changes nothing.
func (u *Users) Create(ctx context.Context, n NewUser) (User, error) {
	n.Email = canonicalEmail(n.Email)
	if err := u.checkUser(n); err != nil {
		return User{}, err
	}
	hash, err := u.passwords.hash(ctx, u.salt(n.Email), n.Password)
	if err != nil {
		return User{}, err
	}
	m := member{
		BusinessID: n.BusinessID, ID: u.world.NewID(), Role: n.Role, Password: hash, CreatedAt: u.now(),
	}
	if m.Sealed, err = u.sealProfile(m, profile{n.Email, n.Name}); err != nil {
		return User{}, err
	}
	err = u.change(ctx, n.BusinessID, "create user", func(tx *gorm.DB) error {
		if err := u.mustBe(tx, n.BusinessID); err != nil {
			return err
		}
		if err := insertMember(tx, m, u.emailIndex(n.Email)); err != nil {
			return err
		}
		return u.note(tx, audit.Event{
			BusinessID: m.BusinessID, Action: "user.created", Target: m.ID, Detail: audit.Details(map[string]any{"role": m.Role}),
		})
	})
	if err != nil {
		return User{}, err
	}
	return u.user(m)
}

// Find gives one user of a business. Another business's user is NotFound, like one that never was.
func (u *Users) Find(ctx context.Context, businessID, userID string) (User, error) {
	m, err := u.memberByID(ctx, businessID, userID)
	if err != nil {
		return User{}, models.FaultIn("read user", err)
	}
	return u.user(m)
}

// List gives a business's users, disabled ones included, in the order in which they were made.
func (u *Users) List(ctx context.Context, businessID string) ([]User, error) {
	rows, err := u.membersOf(ctx, businessID)
	if err != nil {
		return nil, models.FaultIn("list users", err)
	}
	list := make([]User, len(rows))
	for i, m := range rows {
		if list[i], err = u.user(m); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// now is the time as both engines keep it.
func (u *Users) now() time.Time { return u.world.Now().UTC().Truncate(time.Microsecond) }

// emailIndex is how an e-mail is found, which is kept nowhere in plain.
func (u *Users) emailIndex(email string) []byte {
	return u.vault.Hash("staff e-mail", []byte(canonicalEmail(email)))
}

// salt is the salt of the passwords of an e-mail. It is the same in every business.
func (u *Users) salt(email string) []byte {
	return u.vault.Hash("staff password salt", []byte(canonicalEmail(email)))[:saltLength]
}

// profile is what is personal in a user.
type profile struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
}

func (u *Users) sealProfile(m member, p profile) ([]byte, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, models.Fault(err)
	}
	return u.vault.Seal(m.aad("sealed"), text), nil
}

// user opens what is sealed in a member.
func (u *Users) user(m member) (User, error) {
	var p profile
	text, err := u.vault.Open(m.aad("sealed"), m.Sealed)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return User{}, models.Fault(fmt.Errorf("open user %s: %w", m.ID, err))
	}
	return User{
		BusinessID: m.BusinessID, ID: m.ID, Email: p.Email, Name: p.Name, Role: m.Role, HasTOTP: m.TOTP != nil,
		CreatedAt: m.CreatedAt, DisabledAt: m.DisabledAt, LastSeenAt: m.LastSeenAt,
	}, nil
}
