package access

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"whoseline/models"
)

var errUnbuilt = models.Fault(errors.New("not built yet"))

// SecondFactorNeeded is the code of a refusal of a right password: the user has a second factor and gave no code.
const SecondFactorNeeded models.Code = "second_factor_needed"

// SignIn is what somebody shows who wants to come in.
type SignIn struct {
	Email    string
	Password string
	Code     string // of the second factor, or a recovery code; "" = none given
	Address  netip.Addr
}

// Visitor is a user who has come in.
type Visitor struct {
	User
	SessionID    string
	BusinessName string
	StartedAt    time.Time
	ExpiresAt    time.Time // when it ends at the latest
}

// SignIn starts a session and gives its token, which is kept nowhere. Whoever may not come in is Unauthorized, in the
// same words and after the same time whatever the reason; a right password without the code that it needs is
// SecondFactorNeeded; after too many wrong ones TooManyRequests says in RetryAfter when to try again; Busy means that
// too many are signing in at once.
func (u *Users) SignIn(ctx context.Context, s SignIn) (token string, v Visitor, err error) {
	return "", Visitor{}, errUnbuilt
}

// Visitor tells whose a session is. One that has ended or never was is Unauthorized, and so is that of a user who was
// disabled or whose business is gone.
func (u *Users) Visitor(ctx context.Context, token string) (Visitor, error) {
	return Visitor{}, errUnbuilt
}

// SignOut ends a session. Ending one that is over changes nothing.
func (u *Users) SignOut(ctx context.Context, token string) error { return errUnbuilt }

// ChangePassword gives a visitor another password and ends the visitor's other sessions. A wrong old one is
// Unauthorized and counted as at sign-in.
func (u *Users) ChangePassword(ctx context.Context, v Visitor, old, fresh string) error {
	return errUnbuilt
}
