package staff

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	"gorm.io/gorm"

	"whoseline/audit"
	"whoseline/models"
)

const (
	visitPrefix = "visit."
	visitLife   = 30 * time.Minute
)

// visit is a stay of one of the operator's people in a business's console.
type visit struct {
	Hash       []byte `gorm:"primaryKey"`
	ID         string
	BusinessID string
	OwnerID    string // whose the operator's people are
	OperatorID string
	StartedAt  time.Time
	ExpiresAt  time.Time

	BusinessName string `gorm:"-:migration;->"`
}

// TableName is the table of visits.
func (visit) TableName() string { return "operator_visits" }

// StartVisit lets one of the operator's people see a business's console as its viewer sees it, masked, for half an hour. It is noted in the
// business's trail. The token is that of a session, which Visitor knows.
func (u *Users) StartVisit(ctx context.Context, businessID string, who User) (token string, err error) {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails: crypto/rand stops the program instead
	token = visitPrefix + base64.RawURLEncoding.EncodeToString(secret[:])
	hash, now := digestOf(token), u.now()
	v := visit{
		Hash: hash[:], ID: u.world.NewID(), BusinessID: businessID, OwnerID: who.BusinessID, OperatorID: who.ID, StartedAt: now,
		ExpiresAt: now.Add(visitLife),
	}
	err = u.change(ctx, businessID, "visit a console", func(tx *gorm.DB) error {
		if err := u.mustBe(tx, businessID); err != nil {
			return err
		}
		if err := insertVisit(tx, v); err != nil {
			return err
		}
		return u.trail.NoteWith(tx, audit.Event{BusinessID: businessID, Actor: who.OperatorActor(), Action: "console.visited", Target: v.ID})
	})
	return token, err
}

// guest tells whose a visit is: a viewer of the business, with the operator's name in the trail.
func (u *Users) guest(ctx context.Context, token string) (Visitor, error) {
	if len(token) != len(visitPrefix)+base64.RawURLEncoding.EncodedLen(32) {
		return Visitor{}, errSessionEnded
	}
	v, err := u.visitByHash(ctx, digestOf(token))
	if err != nil {
		return Visitor{}, models.FaultIn("read visit", err)
	}
	if v.Hash == nil || !u.now().Before(v.ExpiresAt) {
		return Visitor{}, errSessionEnded
	}
	operator := User{ID: v.OperatorID}
	return Visitor{
		User:      User{BusinessID: v.BusinessID, ID: operator.OperatorActor(), Name: "The operator", Role: Viewer, CreatedAt: v.StartedAt},
		SessionID: v.ID, BusinessName: v.BusinessName, StartedAt: v.StartedAt, ExpiresAt: v.ExpiresAt,
	}, nil
}

func isVisit(token string) bool { return strings.HasPrefix(token, visitPrefix) }
