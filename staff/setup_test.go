package staff_test

import (
	"context"
	"encoding/base32"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/audit"
	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
)

const password = "a long enough secret"

var office = netip.MustParseAddr("192.0.2.7")

// desk is one process that lets staff in, over a database.
type desk struct {
	*staff.Users
	tenants *access.Businesses
	trail   *audit.Trail
	script  *script
	db      *storage.DB
}

func newDesk(t *testing.T, db *storage.DB) desk { return newDeskBeside(t, db, &script{at: start}) }

// newDeskBeside is a further process, on the same clock. Passwords cost little.
func newDeskBeside(t *testing.T, db *storage.DB, s *script, change ...func(*staff.Options)) desk {
	o := staff.Options{
		DB: db.Gorm, Read: db.Read, World: s.world(), Vault: vault{}, Trail: audit.New(db.Gorm, db.Read, s.world(), vault{}),
		Idle: 30 * time.Minute, Life: 12 * time.Hour, Cost: staff.Cost{Memory: 64, Rounds: 1}, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&o)
	}
	users := staff.NewUsers(o)
	t.Cleanup(users.Close)
	keys := access.NewKeys(access.Options{
		DB: db.Gorm, Read: db.Read, World: s.world(),
		Begin: func(tx *gorm.DB, id string) error {
			return tx.Create(&models.Wallet{BusinessID: id, Currency: models.Naira, Head: []byte("start")}).Error
		},
	})
	return desk{Users: users, tenants: access.NewBusinesses(keys), trail: o.Trail, script: s, db: db}
}

// business makes a tenant with a chosen id.
func (d desk) business(t *testing.T, id string) {
	t.Helper()
	if _, err := d.tenants.Create(t.Context(), access.NewBusiness{ID: id, Name: "Business " + id}); err != nil {
		t.Fatal(err)
	}
}

// user makes a user of a business.
func (d desk) user(t *testing.T, businessID, email string, role staff.Role) staff.User {
	t.Helper()
	made, err := d.Create(t.Context(), staff.NewUser{
		BusinessID: businessID, Email: email, Name: "Ada Obi", Role: role, Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// owned makes a business with an owner.
func (d desk) owned(t *testing.T, businessID string) staff.User {
	t.Helper()
	d.business(t, businessID)
	return d.user(t, businessID, "owner@"+businessID+".example", staff.Owner)
}

func (d desk) try(email, password, code string) (string, staff.Visitor, error) {
	return d.SignIn(context.Background(), staff.SignIn{Email: email, Password: password, Code: code, Address: office})
}

// in signs somebody in who may.
func (d desk) in(t *testing.T, email string) (string, staff.Visitor) {
	t.Helper()
	token, v, err := d.try(email, password, "")
	if err != nil {
		t.Fatal(err)
	}
	return token, v
}

// inside is what the bearer of a token meets: "" for a visitor.
func (d desk) inside(token string) models.Code {
	_, err := d.Visitor(context.Background(), token)
	return models.CodeOf(err)
}

// protected gives a visitor a second factor and gives its secret and the recovery codes.
func (d desk) protected(t *testing.T, v staff.Visitor) (secret []byte, recovery []string) {
	t.Helper()
	text, _, err := d.OfferTOTP(t.Context(), v, password)
	if err != nil {
		t.Fatal(err)
	}
	secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	recovery, err = d.AcceptTOTP(t.Context(), v, staff.TOTPAt(secret, d.script.now().Unix()/30))
	if err != nil {
		t.Fatal(err)
	}
	d.script.pass(time.Minute) // so that the code that was just used is not the one that is due
	return secret, recovery
}

// actions are what was noted of a business, oldest first.
func (d desk) actions(t *testing.T, businessID string) (list []string) {
	t.Helper()
	d.Close()
	events, more, err := d.trail.List(t.Context(), businessID, 0, 100)
	if err != nil || more {
		t.Fatal(more, err)
	}
	for i := range events {
		list = append(list, events[len(events)-1-i].Action)
	}
	return list
}
