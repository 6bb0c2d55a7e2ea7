package staff

import (
	"context"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

// Session is a session as its user sees it.
type Session struct {
	ID        string
	StartedAt time.Time
	SeenAt    time.Time // to the minute
	Here      bool      // it is the one that asks
}

// Sessions lists a visitor's sessions that go on, newest first: at most 20.
func (u *Users) Sessions(ctx context.Context, v Visitor) (list []Session, err error) {
	rows, err := u.sessionsOf(ctx, v.BusinessID, v.ID)
	if err != nil {
		return nil, models.FaultIn("list sessions", err)
	}
	now := u.now()
	for _, s := range rows {
		if s.alive(now, u.idle) {
			list = append(list, Session{s.ID, s.StartedAt, s.SeenAt, s.ID == v.SessionID})
		}
	}
	return list, nil
}

// EndSession ends one of a visitor's sessions, or all but the one that asks for "". Errors: models.NotFound.
func (u *Users) EndSession(ctx context.Context, v Visitor, id string) error {
	return u.change(ctx, v.BusinessID, "end sessions", func(tx *gorm.DB) error {
		ended, err := endOwnSessions(tx, v, id)
		switch {
		case err != nil:
			return err
		case len(ended) == 0 && id != "":
			return models.Fail(models.NotFound, "there is no such session")
		}
		for _, id := range ended {
			err := u.trail.NoteWith(tx, audit.Event{BusinessID: v.BusinessID, Actor: v.ID, Action: "session.ended", Target: id})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
