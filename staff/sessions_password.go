package staff

import (
	"context"
	"sync"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

// ChangePassword gives a visitor another password and ends the visitor's other sessions. A wrong old one is
// Unauthorized and counted as at sign-in.
func (u *Users) ChangePassword(ctx context.Context, v Visitor, old, fresh string) error {
	if err := checkPassword(fresh, v.Email); err != nil {
		return err
	}
	known, err := u.prove(ctx, v, old)
	if err != nil {
		return err
	}
	hash, err := u.passwords.hash(ctx, u.salt(v.Email), fresh)
	if err != nil {
		return err
	}
	return u.change(ctx, v.BusinessID, "change password", func(tx *gorm.DB) error {
		m, err := activeMember(tx, v)
		if err != nil {
			return err
		}
		if m.Password != known.Password {
			return models.Fail(models.Conflict, "the password was changed meanwhile")
		}
		if err := setMember(tx, m, map[string]any{"password": hash}); err != nil {
			return err
		}
		if err := endSessions(tx, m, v.SessionID); err != nil {
			return err
		}
		return u.note(tx, audit.Event{BusinessID: m.BusinessID, Actor: m.ID, Action: "user.password_changed", Target: m.ID})
	})
}

// prove makes sure that a visitor knows the password, counting as sign-in does: whoever finds an open session shall not
// guess it here.
func (u *Users) prove(ctx context.Context, v Visitor, password string) (m member, err error) {
	if len(password) > 4*maxPassword {
		password = ""
	}
	made, err := u.count(ctx, u.account(v.Email))
	if err != nil {
		return m, err
	}
	m, err = u.proved(ctx, v, password)
	if failed := u.settle(ctx, made, err); failed != nil {
		u.log.ErrorContext(ctx, "staff: a try could not be settled", "error", failed)
	}
	return m, err
}

func (u *Users) proved(ctx context.Context, v Visitor, password string) (member, error) {
	m, err := u.activeMember(ctx, v)
	if err != nil {
		return m, models.FaultIn("read user", err)
	}
	right, err := u.passwords.match(ctx, m.Password, password)
	if err == nil && !right {
		u.refused(ctx, "password", m)
		err = models.Fail(models.Unauthorized, "the password is wrong")
	}
	return m, err
}

// refused notes a refusal with each of the users whom it may have been meant for.
func (u *Users) refused(ctx context.Context, why string, of ...member) {
	if len(of) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx) // also when the caller leaves
	taken := u.refusals.do(func() {
		ctx, cancel := context.WithTimeout(ctx, noteWithin)
		defer cancel()
		for _, m := range of {
			err := u.trail.Note(ctx, audit.Event{
				BusinessID: m.BusinessID, Actor: audit.Unknown, Action: "session.refused", Target: m.ID,
				Detail: audit.Details(map[string]any{"why": why}),
			})
			if err != nil {
				u.log.ErrorContext(ctx, "staff: a refusal could not be noted", "business", m.BusinessID, "error", err)
			}
		}
	})
	if !taken {
		u.log.ErrorContext(ctx, "staff: a refusal was not noted, too many are being", "business", of[0].BusinessID)
	}
}

const (
	asideAtOnce = 16
	noteWithin  = 5 * time.Second
)

// aside does a bounded number of things beside what is going on.
type aside struct {
	slots chan struct{}
	work  sync.WaitGroup
}

func newAside() *aside { return &aside{slots: make(chan struct{}, asideAtOnce)} }

// do does a thing, unless too many are being done.
func (a *aside) do(thing func()) bool {
	select {
	case a.slots <- struct{}{}:
	default:
		return false
	}
	a.work.Go(func() {
		defer func() { <-a.slots }()
		thing()
	})
	return true
}

// wait waits until all is done.
func (a *aside) wait() { a.work.Wait() }
