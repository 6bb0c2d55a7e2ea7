package staff

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

// alteration is a change to one user by somebody else.
type alteration struct {
	businessID, userID string
	action             string         // in the trail
	detail             map[string]any // there too; nil = nothing
	apply              func(tx *gorm.DB, m member) (changed bool, err error)
}

// alter makes an alteration, ends the user's sessions and notes it, all or nothing.
func (u *Users) alter(ctx context.Context, a alteration) error {
	return u.change(ctx, a.businessID, a.action, func(tx *gorm.DB) error {
		m, err := memberByID(tx, a.businessID, a.userID)
		if err != nil {
			return err
		}
		if changed, err := a.apply(tx, m); err != nil || !changed {
			return err
		}
		if err := endSessions(tx, m, ""); err != nil {
			return err
		}
		e := audit.Event{BusinessID: m.BusinessID, Action: a.action, Target: m.ID}
		if a.detail != nil {
			e.Detail = audit.Details(a.detail)
		}
		return u.note(tx, e)
	})
}

// note adds an event about a user, with what its change has made of the user.
func (u *Users) note(tx *gorm.DB, e audit.Event) error {
	m, err := memberByID(tx, e.BusinessID, e.Target)
	if err != nil {
		return err
	}
	e.Rows = []audit.Row{m.row()}
	return u.trail.NoteWith(tx, e)
}

// row is what the audit trail tells of a user.
func (m member) row() audit.Row {
	disabled := ""
	if m.disabled() {
		disabled = strconv.FormatInt(m.DisabledAt.UnixMicro(), 10)
	}
	return audit.Row{Table: "staff", ID: m.ID, Fields: []string{
		string(m.Role), m.Password, strconv.FormatBool(m.TOTP != nil), disabled, strconv.FormatInt(m.CreatedAt.UnixMicro(), 10),
	}}
}

// Rows gives the users of a business as the audit trail tells of them.
func (u *Users) Rows(ctx context.Context, businessID string) ([]audit.Row, error) {
	list, err := u.everyMember(ctx, businessID)
	rows := make([]audit.Row, len(list))
	for i, m := range list {
		rows[i] = m.row()
	}
	if err != nil || u.house == "" || businessID != u.house {
		return rows, models.FaultIn("list users", err)
	}
	keys, err := u.everyKey(ctx)
	all := rows[:len(rows):len(rows)]
	for _, k := range keys {
		all = append(all, k.row())
	}
	return all, models.FaultIn("list operator keys", err)
}

// SetRole makes a user something else and ends the user's sessions. The last owner stays one: Conflict.
func (u *Users) SetRole(ctx context.Context, businessID, userID string, role Role) error {
	if err := u.checkRole(role); err != nil {
		return err
	}
	return u.alter(ctx, alteration{
		businessID: businessID, userID: userID, action: "user.role_changed", detail: map[string]any{"role": role},
		apply: func(tx *gorm.DB, m member) (bool, error) {
			if m.Role == role {
				return false, nil
			}
			if err := keepAnOwner(tx, m); err != nil {
				return false, err
			}
			return true, setMember(tx, m, map[string]any{"role": role})
		},
	})
}

// SetPassword gives a user another password and ends the user's sessions. A delay after wrong passwords stays: the e-mail may have an
// account with another business, which somebody is guessing at. Forgive lifts it.
func (u *Users) SetPassword(ctx context.Context, businessID, userID, password string) error {
	found, err := u.Find(ctx, businessID, userID)
	if err != nil {
		return err
	}
	if err := checkPassword(password, found.Email); err != nil {
		return err
	}
	hash, err := u.passwords.hash(ctx, u.salt(found.Email), password)
	if err != nil {
		return err
	}
	return u.alter(ctx, alteration{
		businessID: businessID, userID: userID, action: "user.password_set",
		apply: func(tx *gorm.DB, m member) (bool, error) {
			return true, setMember(tx, m, map[string]any{"password": hash})
		},
	})
}

// Forgive lifts the delay after wrong passwords of a user's e-mail. It is for the operator, who sees all businesses.
func (u *Users) Forgive(ctx context.Context, businessID, userID string) error {
	found, err := u.Find(ctx, businessID, userID)
	if err != nil {
		return err
	}
	if err := u.deleteTries(ctx, u.account(found.Email)); err != nil {
		return models.FaultIn("lift a delay", err)
	}
	return nil
}

// Disable lets a user in no more and ends the user's sessions. The last owner stays: Conflict.
func (u *Users) Disable(ctx context.Context, businessID, userID string) error {
	return u.alter(ctx, alteration{
		businessID: businessID, userID: userID, action: "user.disabled",
		apply: func(tx *gorm.DB, m member) (bool, error) {
			if m.disabled() {
				return false, nil
			}
			if err := keepAnOwner(tx, m); err != nil {
				return false, err
			}
			return true, setMember(tx, m, map[string]any{"disabled_at": u.now()})
		},
	})
}

// Enable lets a user in again.
func (u *Users) Enable(ctx context.Context, businessID, userID string) error {
	return u.alter(ctx, alteration{
		businessID: businessID, userID: userID, action: "user.enabled",
		apply: func(tx *gorm.DB, m member) (bool, error) {
			return m.disabled(), setMember(tx, m, map[string]any{"disabled_at": nil})
		},
	})
}

// ResetTOTP takes a user's second factor away, for one who has lost it, and ends the user's sessions.
func (u *Users) ResetTOTP(ctx context.Context, businessID, userID string) error {
	return u.alter(ctx, alteration{
		businessID: businessID, userID: userID, action: "user.second_factor_reset",
		apply: func(tx *gorm.DB, m member) (bool, error) { return m.TOTP != nil, dropTOTP(tx, m) },
	})
}

// keepAnOwner refuses to take away a business's last owner. The caller holds the lock of the business's staff.
func keepAnOwner(tx *gorm.DB, m member) error {
	if m.Role != Owner || m.disabled() {
		return nil
	}
	others, err := otherOwners(tx, m)
	if err != nil {
		return err
	}
	if others == 0 {
		return models.Fail(models.Conflict, "a business keeps its last owner: make another one first")
	}
	return nil
}
