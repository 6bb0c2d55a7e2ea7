package access

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// User is a member of a business's staff: somebody who may sign in to the console. An e-mail belongs to one user of one
// business. E-mail and name are sealed where they are kept.
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

// Users keeps the staff of businesses, lets them in and out, and tells whose a session is. Its methods may be called
// from many goroutines.
type Users struct {
	db, read *gorm.DB
	world    models.World
	vault    Vault
	trail    *Trail
	log      *slog.Logger
}

// UsersOptions are what Users needs.
type UsersOptions struct {
	DB    *gorm.DB // for changes
	Read  *gorm.DB // for reads; nil = DB
	World models.World
	Vault Vault
	Trail *Trail
	Idle  time.Duration // after which an unused session ends; 0 = 30 minutes
	Life  time.Duration // after which any session ends; 0 = 12 hours
	Cost  Cost          // of a password; zero = DefaultCost
	Log   *slog.Logger  // nil = silent
}

// Cost is what working out a password's hash takes.
type Cost struct {
	Memory uint32 // KiB
	Rounds uint32
}

// DefaultCost takes 19 MiB and two rounds, the least that OWASP's password storage cheat sheet recommends for argon2id.
func DefaultCost() Cost { return Cost{Memory: 19 << 10, Rounds: 2} }

// NewUsers keeps staff in a database.
func NewUsers(o UsersOptions) *Users {
	return &Users{db: o.DB, read: o.Read, world: o.World, vault: o.Vault, trail: o.Trail, log: o.Log}
}

// NewUser asks for a user.
type NewUser struct {
	BusinessID string
	Email      string // at most 254 characters; upper and lower case are the same
	Name       string // at most 200 characters; may be empty
	Role       Role
	Password   string // 12 to 200 characters
}

// Create makes a user. An e-mail that is taken, by whatever business, is a Conflict, an unknown business NotFound.
func (u *Users) Create(ctx context.Context, n NewUser) (User, error) { return User{}, errUnbuilt }

// Find gives one user of a business. Another business's user is NotFound, like one that never was.
func (u *Users) Find(ctx context.Context, businessID, userID string) (User, error) {
	return User{}, errUnbuilt
}

// List gives a business's users, disabled ones included, in the order in which they were made.
func (u *Users) List(ctx context.Context, businessID string) ([]User, error) { return nil, errUnbuilt }

// SetRole makes a user something else and ends the user's sessions. The last owner stays one: Conflict.
func (u *Users) SetRole(ctx context.Context, businessID, userID string, role Role) error {
	return errUnbuilt
}

// SetPassword gives a user another password, ends the user's sessions and lifts a delay after wrong passwords.
func (u *Users) SetPassword(ctx context.Context, businessID, userID, password string) error {
	return errUnbuilt
}

// Disable lets a user in no more and ends the user's sessions. The last owner stays: Conflict.
func (u *Users) Disable(ctx context.Context, businessID, userID string) error { return errUnbuilt }

// Enable lets a user in again.
func (u *Users) Enable(ctx context.Context, businessID, userID string) error { return errUnbuilt }

// ResetTOTP takes a user's second factor away, for one who has lost it, and ends the user's sessions.
func (u *Users) ResetTOTP(ctx context.Context, businessID, userID string) error { return errUnbuilt }
