package staff

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

// SecondFactorNeeded is the code of a refusal of a right password: the user has a second factor and gave no code.
const SecondFactorNeeded models.Code = "second_factor_needed"

// SignIn is what a person sends to sign in.
type SignIn struct {
	Email    string
	Password string
	Code     string     // of the second factor, or a recovery code; "" = none given
	Address  netip.Addr // from where
}

// Visitor is a user who has come in.
type Visitor struct {
	User
	SessionID    string
	BusinessName string
	StartedAt    time.Time
	ExpiresAt    time.Time // when it ends at the latest
}

// SignIn starts a session and gives its token, which is kept nowhere. Unauthorized has the same words and takes the
// same work for every reason. SecondFactorNeeded means that the password is right and a code is missing.
// TooManyRequests says in RetryAfter when to try again. Busy means that too many people are signing in at once.
func (u *Users) SignIn(ctx context.Context, s SignIn) (token string, v Visitor, err error) {
	defer func() { u.metrics.signedIn(err) }()
	if len(s.Email) > 4*maxEmail || len(s.Password) > 4*maxPassword {
		s.Email, s.Password = "", "" // nobody's, and what they cost is bounded
	}
	made, err := u.count(ctx, u.account(s.Email), u.address(s.Address))
	if err != nil {
		return "", Visitor{}, err
	}
	token, v, err = u.enter(ctx, s)
	if failed := u.settle(ctx, made, err); failed != nil {
		u.log.ErrorContext(ctx, "staff: a try could not be settled", "error", failed)
	}
	return token, v, err
}

// enter compares the password and starts a session. A refusal is noted in the background, so that it takes as long for
// an e-mail that nobody has.
func (u *Users) enter(ctx context.Context, s SignIn) (string, Visitor, error) {
	accounts, err := u.membersByEmail(ctx, u.emailIndex(s.Email))
	if err != nil {
		return "", Visitor{}, models.FaultIn("read user", err)
	}
	found, right, err := u.whoseIs(ctx, accounts, s)
	if err != nil {
		return "", Visitor{}, err
	}
	if !right {
		u.refused(ctx, "password", accounts...)
		return "", Visitor{}, errSignIn
	}
	if found, err = u.renewed(ctx, found, s.Password); err != nil {
		return "", Visitor{}, err
	}
	token, v, err := u.start(ctx, found, s.Code)
	if models.CodeOf(err) == models.Unauthorized {
		u.refused(ctx, "code", found)
	}
	return token, v, err
}

// whoseIs gives the first account of an e-mail that the password opens and that may sign in. All accounts of an e-mail
// have one salt. Comparing therefore takes as long for one account as for many or none.
func (u *Users) whoseIs(ctx context.Context, accounts []member, s SignIn) (found member, right bool, err error) {
	stored := make([]string, len(accounts))
	for i, m := range accounts {
		stored[i] = m.Password
	}
	fits, err := u.passwords.matches(ctx, u.salt(s.Email), stored, s.Password)
	for i, m := range accounts {
		if err == nil && fits[i] && !m.disabled() {
			return m, true, nil
		}
	}
	return member{}, false, err
}

// renewed replaces a password's hash whose cost is not the configured one, or whose salt is not that of the e-mail.
func (u *Users) renewed(ctx context.Context, found member, password string) (member, error) {
	who, err := u.user(found)
	if err != nil || !u.passwords.outdated(found.Password, u.salt(who.Email)) {
		return found, err
	}
	fresh, err := u.passwords.hash(ctx, u.salt(who.Email), password)
	if err != nil {
		return found, err
	}
	if err := u.renewPassword(ctx, found, fresh); err != nil {
		return found, models.FaultIn("renew password", err)
	}
	found.Password = fresh
	return found, nil
}

// start makes a session of a user whose password was right just now, unless it was changed or the user disabled since.
func (u *Users) start(ctx context.Context, found member, code string) (token string, v Visitor, err error) {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails: crypto/rand stops the program instead
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	hash, now := digestOf(token), u.now()
	made := session{
		Hash: hash[:], ID: u.world.NewID(), BusinessID: found.BusinessID, UserID: found.ID, StartedAt: now, SeenAt: now,
		ExpiresAt: now.Add(u.life),
	}
	err = u.change(ctx, found.BusinessID, "start session", func(tx *gorm.DB) error {
		m, err := memberByID(tx, found.BusinessID, found.ID)
		if err != nil || m.disabled() || m.Password != found.Password {
			return hideMissingUser(err)
		}
		if err := u.secondFactor(tx, m, code); err != nil {
			return err
		}
		if err := insertSession(tx, made); err != nil {
			return err
		}
		if err := setMember(tx, m, map[string]any{"last_seen_at": now}); err != nil {
			return err
		}
		return u.trail.NoteWith(tx, audit.Event{BusinessID: m.BusinessID, Actor: m.ID, Action: "session.started", Target: made.ID})
	})
	if err != nil {
		return "", Visitor{}, err
	}
	found.LastSeenAt = now
	v, err = u.visitor(found, made)
	return token, v, err
}

// hideMissingUser hides that the user was deleted during the sign-in.
func hideMissingUser(err error) error {
	if err == nil || models.CodeOf(err) == models.NotFound {
		return errSignIn
	}
	return err
}

func (u *Users) secondFactor(tx *gorm.DB, m member, code string) error {
	if m.TOTP == nil {
		return nil
	}
	if code == "" {
		return models.Fail(SecondFactorNeeded, "a code of the second factor is needed")
	}
	if good, err := u.spend(tx, m, code); err != nil || good {
		return err
	}
	return errSignIn
}

// Visitor tells whose a session is. Unauthorized means that the session has ended or never was, that the user was
// disabled, or that the business is gone.
func (u *Users) Visitor(ctx context.Context, token string) (Visitor, error) {
	if isVisit(token) {
		return u.guest(ctx, token)
	}
	if len(token) != base64.RawURLEncoding.EncodedLen(32) {
		return Visitor{}, errSessionEnded
	}
	found, err := u.sessionByHash(ctx, digestOf(token))
	if err != nil {
		return Visitor{}, models.FaultIn("read session", err)
	}
	now := u.now()
	if !found.session.alive(now, u.idle) || found.member.disabled() {
		return Visitor{}, errSessionEnded
	}
	if now.Sub(found.session.SeenAt) >= min(time.Minute, u.idle/4) { // not at each page
		if err := u.touchSession(ctx, found.session, now); err != nil {
			return Visitor{}, models.FaultIn("keep session", err)
		}
	}
	return u.visitor(found.member, found.session)
}

func (u *Users) visitor(of member, s session) (Visitor, error) {
	who, err := u.user(of)
	return Visitor{
		User: who, SessionID: s.ID, BusinessName: of.BusinessName, StartedAt: s.StartedAt, ExpiresAt: s.ExpiresAt,
	}, err
}

// SignOut ends a session. Ending one that is over changes nothing.
func (u *Users) SignOut(ctx context.Context, token string) error {
	found, err := u.sessionByHash(ctx, digestOf(token))
	if err != nil {
		return models.FaultIn("read session", err)
	}
	if found.session.Hash == nil {
		return nil
	}
	return u.change(ctx, found.session.BusinessID, "end session", func(tx *gorm.DB) error {
		if ended, err := endSession(tx, found.session); err != nil || !ended {
			return err
		}
		return u.trail.NoteWith(tx, audit.Event{
			BusinessID: found.session.BusinessID, Actor: found.session.UserID, Action: "session.ended", Target: found.session.ID,
		})
	})
}
