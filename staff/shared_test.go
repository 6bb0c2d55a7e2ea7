package staff_test

import (
	"testing"
	"time"

	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

const rivals = "what the rival knows"

// shared makes two businesses that have a user of the same e-mail, with different passwords.
func (d desk) shared(t *testing.T) (email string) {
	t.Helper()
	email = d.owned(t, "shop").Email
	d.business(t, "rival")
	_, err := d.Create(t.Context(), staff.NewUser{BusinessID: "rival", Email: email, Role: staff.Owner, Password: rivals})
	if err != nil {
		t.Fatal(err)
	}
	return email
}

func TestThePasswordTellsWhichBusinessSomebodyEnters(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		email := d.shared(t)
		for typed, business := range map[string]string{password: "shop", rivals: "rival"} {
			if _, v, err := d.try(email, typed, ""); err != nil || v.BusinessID != business {
				t.Errorf("%s: %q, %v", business, v.BusinessID, err)
			}
		}
		_, v, err := d.try(email, rivals, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Disable(t.Context(), "shop", v.ID); models.CodeOf(err) != models.NotFound {
			t.Errorf("one business's user is the other's: %v", err)
		}
	})
}

func TestNobodyGuessesAPasswordByKnowingThatOfAnAccountOfTheSameEmail(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		email := d.shared(t)
		_, v, err := d.try(email, rivals, "")
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			_, _, err := d.try(email, "a guess at the shop's", "")
			wantCode(t, "guess", err, models.Unauthorized)
			if err := d.SetPassword(t.Context(), "rival", v.ID, rivals); err != nil {
				t.Fatal(err)
			}
			_, _, _ = d.try(email, rivals, "")
		}
		_, _, err = d.try(email, "a guess at the shop's", "")
		wantCode(t, "one guess more", err, models.TooManyRequests)
	})
}

// An e-mail's accounts cannot be counted by the time that a wrong password takes, nor those of a release before this one.
func TestAWrongPasswordTakesTheSameWorkForAnyNumberOfAccounts(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		email := d.shared(t)
		stored := d.hashes(t)
		older := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4" // "password"
		for _, of := range [][]string{nil, stored[:1], stored, {older}, {older, stored[0]}} {
			if n, err := d.HashesFor(email, of...); n != 2 || err != nil {
				t.Errorf("%d accounts: %d hashes, %v", len(of), n, err)
			}
		}
		if err := db.Gorm.Exec("UPDATE staff SET password = ? WHERE business_id = 'shop'", older).Error; err != nil {
			t.Fatal(err)
		}
		if _, v, err := d.try(email, "password", ""); err != nil || v.BusinessID != "shop" {
			t.Fatal(v.BusinessID, err)
		}
		d.script.pass(time.Minute)
		for _, text := range d.hashes(t) {
			if text == older {
				t.Error("a password that was shown keeps its own salt")
			}
		}
	})
}

func (d desk) hashes(t *testing.T) (stored []string) {
	t.Helper()
	if err := d.db.Gorm.Table("staff").Order("business_id").Pluck("password", &stored).Error; err != nil || len(stored) != 2 {
		t.Fatal(len(stored), err)
	}
	return stored
}
