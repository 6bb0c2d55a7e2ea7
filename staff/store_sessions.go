package staff

import (
	"context"
	"crypto/sha256"
	"time"

	"whoseline/models"

	"gorm.io/gorm"
)

// session is a session as it is stored, by the SHA-256 of its token.
type session struct {
	Hash       []byte `gorm:"primaryKey"`
	ID         string
	BusinessID string
	UserID     string
	StartedAt  time.Time
	SeenAt     time.Time // to the minute
	ExpiresAt  time.Time
}

// TableName is the table of sessions.
func (session) TableName() string { return "staff_sessions" }

func (s session) alive(now time.Time, idle time.Duration) bool {
	return s.Hash != nil && now.Before(s.ExpiresAt) && now.Sub(s.SeenAt) < idle
}

// attended is a session with its user.
type attended struct {
	session session
	member  member
}

// sessionByHash gives a session with its user and business. The zero one is none.
func (u *Users) sessionByHash(ctx context.Context, hash [sha256.Size]byte) (found attended, err error) {
	var sessions []session
	db := u.readAll(ctx)
	if err := db.Where("hash = ?", hash[:]).Limit(1).Find(&sessions).Error; err != nil || len(sessions) == 0 {
		return found, err
	}
	found.session = sessions[0]
	var rows []named
	err = db.Raw(`SELECT `+namedColumns+` FROM staff s JOIN `+u.owners()+` b ON b.id = s.business_id
		WHERE s.business_id = ? AND s.id = ?`, found.session.BusinessID, found.session.UserID).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return attended{}, err
	}
	found.member = rows[0].member()
	return found, nil
}

// insertSession keeps the number of a user's sessions bounded: the oldest go.
func insertSession(tx *gorm.DB, s session) error {
	if err := tx.Create(&s).Error; err != nil {
		return err
	}
	return tx.Exec(`DELETE FROM staff_sessions WHERE hash IN (SELECT hash FROM staff_sessions
		WHERE business_id = ? AND user_id = ? ORDER BY started_at DESC, id DESC LIMIT 1000 OFFSET ?)`,
		s.BusinessID, s.UserID, maxSessions).Error
}

// touchSession notes that a session was used. The statement names the last time, so that it writes once a minute at
// most.
func (u *Users) touchSession(ctx context.Context, s session, now time.Time) error {
	db := u.of(ctx, s.BusinessID)
	err := db.Model(&session{}).Where("hash = ? AND seen_at < ?", s.Hash, now).Update("seen_at", now).Error
	if err != nil {
		return err
	}
	return setMember(db, member{BusinessID: s.BusinessID, ID: s.UserID}, map[string]any{"last_seen_at": now})
}

func endSession(tx *gorm.DB, s session) (ended bool, err error) {
	gone := tx.Where("hash = ?", s.Hash).Delete(&session{})
	return gone.RowsAffected == 1, gone.Error
}

// endSessions ends a user's sessions but the one with an id.
func endSessions(tx *gorm.DB, m member, but string) error {
	return tx.Where("business_id = ? AND user_id = ? AND id <> ?", m.BusinessID, m.ID, but).Delete(&session{}).Error
}

// renewPassword replaces a hash, unless the password was changed meanwhile.
func (u *Users) renewPassword(ctx context.Context, m member, fresh string) error {
	return u.of(ctx, m.BusinessID).Model(&member{}).Where("business_id = ? AND id = ? AND password = ?", m.BusinessID, m.ID, m.Password).
		Update("password", fresh).Error
}

const sweepBatch = 1000 // rows that one statement deletes

// Sweep takes away sessions that have run out, tries that are forgotten and forms that are over. Run it every minute or so, in one process or
// in many.
func (u *Users) Sweep(ctx context.Context) error {
	now, db := u.now(), u.all(ctx)
	err := inBatches(ctx, func() *gorm.DB {
		return db.Exec(`DELETE FROM staff_sessions WHERE expires_at <= ? AND hash IN
			(SELECT hash FROM staff_sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, now, now, sweepBatch)
	})
	if err != nil {
		return models.FaultIn("delete sessions that are over", err)
	}
	old := now.Add(-forgetTries).UnixMicro()
	err = inBatches(ctx, func() *gorm.DB {
		return db.Exec(`DELETE FROM sign_in_tries WHERE at <= ? AND (scope, name) IN
			(SELECT scope, name FROM sign_in_tries WHERE at <= ? ORDER BY at LIMIT ?)`, old, old, sweepBatch)
	})
	if err != nil {
		return models.FaultIn("delete old tries", err)
	}
	if err := u.clearVisits(ctx, now); err != nil {
		return models.FaultIn("delete visits that are over", err)
	}
	if err := u.clearForms(ctx, now, u.life); err != nil {
		return models.FaultIn("delete old forms", err)
	}
	return nil
}

// inBatches deletes until there is nothing left to.
func inBatches(ctx context.Context, remove func() *gorm.DB) error {
	for ctx.Err() == nil {
		done := remove()
		if done.Error != nil || done.RowsAffected < sweepBatch {
			return done.Error
		}
	}
	return ctx.Err()
}

// digestOf is what is kept of a session's token. It tells a guesser nothing about the token, however long the search
// for it takes.
func digestOf(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// sessionsOf gives a user's sessions, newest first, those that have run out included.
func (u *Users) sessionsOf(ctx context.Context, businessID, userID string) (list []session, err error) {
	return list, u.of(ctx, businessID).Where("business_id = ? AND user_id = ?", businessID, userID).
		Order("started_at DESC, id DESC").Limit(maxSessions).Find(&list).Error
}

// endOwnSessions ends the session of a visitor with an id, or all but the present one for "", and gives the ids of those that it ended.
func endOwnSessions(tx *gorm.DB, v Visitor, id string) (ended []string, err error) {
	own := func() *gorm.DB {
		q := tx.Model(&session{}).Where("business_id = ? AND user_id = ? AND id <> ?", v.BusinessID, v.ID, v.SessionID)
		if id != "" {
			q = q.Where("id = ?", id)
		}
		return q
	}
	if err := own().Limit(maxSessions).Pluck("id", &ended).Error; err != nil || len(ended) == 0 {
		return nil, err
	}
	return ended, own().Where("id IN ?", ended).Delete(&session{}).Error
}
