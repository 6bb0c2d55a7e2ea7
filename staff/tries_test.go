package staff_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// waitFor is how long a refusal says to wait.
func waitFor(err error) time.Duration {
	if e := (*models.Error)(nil); errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

func TestWrongPasswordsDelayTheNextOnesInEveryProcess(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		desks := []desk{d, newDeskBeside(t, db, d.script)}
		owner := d.owned(t, "shop")
		n := 0
		wrong := func() error {
			n++
			_, _, err := desks[n%2].try(owner.Email, "not the password", "")
			return err
		}
		for range 5 {
			wantCode(t, "free", wrong(), models.Unauthorized)
		}
		for _, seconds := range []int{10, 20, 40, 80, 160, 320, 640, 900, 900} {
			delay := time.Duration(seconds) * time.Second
			for range 3 { // asking again does not make it longer
				err := wrong()
				wantCode(t, "too early", err, models.TooManyRequests)
				if waitFor(err) != delay {
					t.Fatalf("wait %s, not %s", waitFor(err), delay)
				}
			}
			_, _, err := desks[0].try(owner.Email, password, "")
			wantCode(t, "the right one too early", err, models.TooManyRequests)
			d.script.pass(delay)
			wantCode(t, "in time", wrong(), models.Unauthorized)
		}
		d.script.pass(15 * time.Minute)
		d.in(t, owner.Email)
		wantCode(t, "after a right one", wrong(), models.Unauthorized)
		wantCode(t, "delayed again: a right one of another account proves nothing", wrong(), models.TooManyRequests)
		d.script.pass(24 * time.Hour)
		for range 5 {
			wantCode(t, "after a day", wrong(), models.Unauthorized)
		}
	})
}

func TestAnAddressIsDelayedWhateverItTries(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		from := func(address, email string) error {
			_, _, err := d.SignIn(t.Context(), staff.SignIn{Email: email, Password: password, Address: netip.MustParseAddr(address)})
			return err
		}
		for i := range 20 {
			address := fmt.Sprintf("2001:db8:1:2::%x", i)
			wantCode(t, address, from(address, fmt.Sprintf("nobody%d@shop.example", i)), models.Unauthorized)
			if i == 10 { // who signs in oneself forgets nothing but that
				if err := from(address, owner.Email); err != nil {
					t.Fatal(err)
				}
			}
		}
		err := from("2001:db8:1:2:3:4:5:6", owner.Email)
		wantCode(t, "the same network", err, models.TooManyRequests)
		if waitFor(err) != 10*time.Second {
			t.Errorf("wait %s", waitFor(err))
		}
		if err := from("2001:db8:1:3::1", owner.Email); err != nil {
			t.Errorf("another network: %v", err)
		}
		if err := from("192.0.2.1", owner.Email); err != nil {
			t.Errorf("another address: %v", err)
		}
	})
}

// Fifty at once over two processes: no more are looked at than one after another would be.
func TestGuessesAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := storagetest.MigratedURL(t, engine)
			d := newDesk(t, storagetest.OpenURL(t, url))
			other := newDeskBeside(t, storagetest.OpenURL(t, url), d.script)
			owner := d.owned(t, "shop")
			codes := guessAtOnce(t, owner.Email, d, other)
			if codes[models.Unauthorized] != 5 || codes[models.TooManyRequests] != 45 {
				t.Error(codes)
			}
			d.Close()
			other.Close()
			events, _, err := d.trail.List(t.Context(), "shop", 0, 100)
			if err != nil || len(events) != 6 {
				t.Errorf("%d events, %v", len(events), err)
			}
		})
	}
}

// guessAtOnce makes fifty guesses from as many addresses and counts what became of them.
func guessAtOnce(t *testing.T, email string, desks ...desk) map[models.Code]int {
	t.Helper()
	var guesses sync.WaitGroup
	var lock sync.Mutex
	codes := map[models.Code]int{}
	for i := range 50 {
		guesses.Go(func() {
			_, _, err := desks[i%len(desks)].SignIn(t.Context(), staff.SignIn{
				Email: email, Password: fmt.Sprintf("guess number %d", i), Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}),
			})
			lock.Lock()
			defer lock.Unlock()
			codes[models.CodeOf(err)]++
		})
	}
	guesses.Wait()
	return codes
}

// Of tries at once the one that is counted later may have begun earlier, or come from a machine whose clock is behind.
func TestATryThatIsFreeDelaysNobodyWhoseClockIsBehind(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		for range 4 {
			_, _, err := d.try(owner.Email, "not the password", "")
			wantCode(t, "free", err, models.Unauthorized)
			d.script.pass(-time.Millisecond)
		}
		d.in(t, owner.Email)
	})
}

func TestAnOpenSessionIsNoPlaceToGuessThePassword(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		_, v := d.in(t, owner.Email)
		for i := range 5 {
			err := d.ChangePassword(t.Context(), v, fmt.Sprintf("guess number %d", i), "quite another secret")
			wantCode(t, "guess", err, models.Unauthorized)
		}
		wantCode(t, "here", d.ChangePassword(t.Context(), v, password, "quite another secret"), models.TooManyRequests)
		wantCode(t, "there", d.DropTOTP(t.Context(), v, password), models.TooManyRequests)
		_, _, err := d.try(owner.Email, password, "")
		wantCode(t, "at the door", err, models.TooManyRequests)
		if err := d.SetPassword(t.Context(), "shop", owner.ID, "the operator's choice"); err != nil {
			t.Fatal(err)
		}
		_, _, err = d.try(owner.Email, "the operator's choice", "")
		wantCode(t, "another password alone", err, models.TooManyRequests)
		wantCode(t, "another business's", d.Forgive(t.Context(), "rival", owner.ID), models.NotFound)
		if err := d.Forgive(t.Context(), "shop", owner.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.try(owner.Email, "the operator's choice", ""); err != nil {
			t.Errorf("after the operator helped: %v", err)
		}
	})
}

func TestForgottenTriesAreSweptAway(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		d.business(t, "shop")
		_, _, err := d.try("nobody@shop.example", password, "")
		wantCode(t, "nobody", err, models.Unauthorized)
		for _, step := range []struct {
			after time.Duration
			left  int64
		}{{24*time.Hour - time.Microsecond, 2}, {time.Microsecond, 0}} {
			d.script.pass(step.after)
			if err := d.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := d.rows(t, "sign_in_tries"); n != step.left {
				t.Errorf("%d are left", n)
			}
		}
	})
}
