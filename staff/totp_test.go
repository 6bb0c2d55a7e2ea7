package staff_test

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// The test values of RFC 6238, appendix B, for SHA-1; of their eight digits we use the last six.
func TestCodesAreThoseOfTheRFC(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037",
		20000000000: "65353130",
	} {
		if got := staff.TOTPAt([]byte("12345678901234567890"), seconds/30); got != want[2:] {
			t.Errorf("at %d: %s", seconds, got)
		}
	}
}

func TestASecondFactorIsAskedForOnceItWasAccepted(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		_, v := d.in(t, owner.Email)
		_, err := d.AcceptTOTP(t.Context(), v, "123456")
		wantCode(t, "nothing was offered", err, models.Conflict)
		_, _, err = d.OfferTOTP(t.Context(), v, "not the password")
		wantCode(t, "an offer without the password", err, models.Unauthorized)
		_, uri, err := d.OfferTOTP(t.Context(), v, password)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.AcceptTOTP(t.Context(), v, "12345"); models.CodeOf(err) != models.Invalid {
			t.Errorf("a wrong code: %v", err)
		}
		d.in(t, owner.Email) // an offer asks nobody for anything yet
		read, err := url.Parse(uri)
		if err != nil || read.Scheme != "otpauth" || read.Host != "totp" || read.Path != "/Whoseline:"+owner.Email ||
			read.Query().Get("issuer") != "Whoseline" || len(read.Query().Get("secret")) != 32 {
			t.Errorf("%s, %v", uri, err)
		}
		secret, recovery := d.protected(t, v)
		if len(recovery) != 10 || len(slices.Compact(slices.Sorted(slices.Values(recovery)))) != 10 {
			t.Error("recovery codes are not ten different ones")
		}
		_, _, err = d.OfferTOTP(t.Context(), v, password)
		wantCode(t, "another offer", err, models.Conflict)
		_, _, err = d.try(owner.Email, password, "")
		wantCode(t, "no code", err, staff.SecondFactorNeeded)
		_, _, err = d.try(owner.Email, "not the password", "")
		wantCode(t, "a wrong password", err, models.Unauthorized)
		_, w, err := d.try(owner.Email, password, staff.TOTPAt(secret, d.script.now().Unix()/30))
		if err != nil || !w.HasTOTP {
			t.Errorf("a code: %+v, %v", w, err)
		}
		wantCode(t, "drop without the password", d.DropTOTP(t.Context(), v, "not the password"), models.Unauthorized)
		if err := d.DropTOTP(t.Context(), v, password); err != nil {
			t.Fatal(err)
		}
		d.in(t, owner.Email)
		if n := d.rows(t, "staff_recovery_codes"); n != 0 {
			t.Errorf("%d recovery codes are left", n)
		}
	})
}

func TestACodeIsGoodOnceAndNearItsTime(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		_, v := d.in(t, owner.Email)
		secret, _ := d.protected(t, v)
		step := d.script.now().Unix() / 30
		at := func(steps int64) string { return staff.TOTPAt(secret, step+steps) }
		check := func(what, code string, want models.Code) {
			t.Helper()
			_, _, err := d.try(owner.Email, password, code)
			wantCode(t, what, err, want)
			_ = d.db.Gorm.Exec(`DELETE FROM sign_in_tries`).Error // delays are another test's
		}
		check("too old", at(-2), models.Unauthorized)
		check("too new", at(2), models.Unauthorized)
		check("the one before, with a space", at(-1)[:3]+" "+at(-1)[3:], "")
		check("it again", at(-1), models.Unauthorized)
		check("this one", at(0), "")
		check("it again", at(0), models.Unauthorized)
		check("the next one", at(1), "")
		check("an older one after a newer one", at(0), models.Unauthorized)
		d.script.pass(time.Minute)
		check("a later one", at(2), "")
	})
}

func TestACodeThatIsUsedAtOnceLetsOneIn(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		other := newDeskBeside(t, db, d.script)
		owner := d.owned(t, "shop")
		_, v := d.in(t, owner.Email)
		secret, recovery := d.protected(t, v)
		for _, code := range []string{staff.TOTPAt(secret, d.script.now().Unix()/30), recovery[0]} {
			var tries sync.WaitGroup
			var lock sync.Mutex
			in := 0
			for i := range 4 {
				one := []desk{d, other}[i%2]
				tries.Go(func() {
					_, _, err := one.try(owner.Email, password, code)
					lock.Lock()
					defer lock.Unlock()
					if err == nil {
						in++
					}
				})
			}
			tries.Wait()
			if in != 1 {
				t.Errorf("%d came in", in)
			}
			_ = d.db.Gorm.Exec(`DELETE FROM sign_in_tries`).Error
		}
	})
}

func TestARecoveryCodeStandsInOnce(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		_, v := d.in(t, owner.Email)
		_, recovery := d.protected(t, v)
		for i, code := range recovery {
			if i%2 == 0 {
				code = " " + strings.ToUpper(strings.ReplaceAll(code, "-", ""))
			}
			if _, _, err := d.try(owner.Email, password, code); err != nil {
				t.Errorf("code %d: %v", i, err)
			}
			_, _, err := d.try(owner.Email, password, code)
			wantCode(t, "again", err, models.Unauthorized)
			d.script.pass(24 * time.Hour)
		}
		if n := d.rows(t, "staff_recovery_codes"); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

func TestALostSecondFactorIsReset(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		_, v := d.in(t, owner.Email)
		d.protected(t, v)
		if err := d.ResetTOTP(audit.By(t.Context(), audit.Operator), "shop", owner.ID); err != nil {
			t.Fatal(err)
		}
		d.in(t, owner.Email)
		want := []string{"user.created", "session.started", "user.second_factor_added", "user.second_factor_reset", "session.started"}
		if diff := cmp.Diff(want, d.actions(t, "shop")); diff != "" {
			t.Error(diff)
		}
	})
}
