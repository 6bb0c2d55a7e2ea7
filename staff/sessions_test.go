package staff_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/audit"
	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestASessionLeadsToItsUser(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		token, v, err := d.try(" OWNER@shop.example", password, "")
		if err != nil {
			t.Fatal(err)
		}
		owner.LastSeenAt = start // signing in counts
		want := staff.Visitor{
			User: owner, SessionID: v.SessionID, BusinessName: "Business shop", StartedAt: start, ExpiresAt: start.Add(12 * time.Hour),
		}
		if diff := cmp.Diff(want, v); diff != "" || v.SessionID == "" || len(token) != 43 {
			t.Errorf("%q %s", token, diff)
		}
		got, err := d.Visitor(t.Context(), token)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if second, w := d.in(t, owner.Email); second == token || w.SessionID == v.SessionID {
			t.Error("two sessions are one")
		}
	})
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		s := &script{at: start}
		d := newDeskBeside(t, db, s, func(o *staff.Options) { o.Idle, o.Life = 20*time.Minute, time.Hour })
		owner := d.owned(t, "shop")
		unused, _ := d.in(t, owner.Email)
		used, _ := d.in(t, owner.Email)
		for range 3 {
			s.pass(15 * time.Minute)
			if got := d.inside(used); got != "" {
				t.Fatalf("used: %s after %s", got, s.now().Sub(start))
			}
		}
		if got := d.inside(unused); got != models.Unauthorized {
			t.Errorf("unused: %q", got)
		}
		s.pass(15*time.Minute - time.Microsecond)
		if got := d.inside(used); got != "" {
			t.Errorf("just before its end: %q", got)
		}
		s.pass(time.Microsecond)
		if got := d.inside(used); got != models.Unauthorized {
			t.Errorf("at its end: %q", got)
		}
		if seen, err := d.Find(t.Context(), "shop", owner.ID); err != nil || seen.LastSeenAt.IsZero() {
			t.Error(seen, err)
		}
		if err := d.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := d.rows(t, "staff_sessions"); n != 0 {
			t.Errorf("%d sessions after the sweep", n)
		}
	})
}

func (d desk) rows(t *testing.T, table string) (n int64) {
	t.Helper()
	if err := d.db.Gorm.Table(table).Count(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhatIsNoSessionIsRefusedInTheSameWords(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storagetest.Open(t, storage.SQLite))
	owner := d.owned(t, "shop")
	token, _ := d.in(t, owner.Email)
	over, _ := d.in(t, owner.Email)
	if err := errors.Join(d.SignOut(t.Context(), over), d.SignOut(t.Context(), over), d.SignOut(t.Context(), "")); err != nil {
		t.Fatal(err)
	}
	first := ""
	for what, text := range map[string]string{
		"none": "", "short": token[1:], "long": token + "a", "another": strings.Repeat("A", 43), "ended": over, "zero": strings.Repeat("\x00", 43),
	} {
		_, err := d.Visitor(t.Context(), text)
		wantCode(t, what, err, models.Unauthorized)
		if first == "" {
			first = err.Error()
		}
		if err.Error() != first {
			t.Errorf("%s: %q is not %q", what, err, first)
		}
	}
	if got := d.inside(token); got != "" {
		t.Errorf("the good one: %s", got)
	}
}

// What ends a user's sessions ends them in every process at once, and no one else's.
func TestSessionsEndWithWhatTheyRestOn(t *testing.T) {
	t.Parallel()
	for what, do := range map[string]func(d desk, id string) error{
		"disable":       func(d desk, id string) error { return d.Disable(t.Context(), "shop", id) },
		"role":          func(d desk, id string) error { return d.SetRole(t.Context(), "shop", id, staff.Viewer) },
		"password":      func(d desk, id string) error { return d.SetPassword(t.Context(), "shop", id, "another long secret") },
		"second factor": func(d desk, id string) error { return d.ResetTOTP(t.Context(), "shop", id) },
		"disabled row": func(d desk, id string) error {
			return d.db.Gorm.Exec(`UPDATE staff SET disabled_at = ? WHERE id = ?`, start, id).Error
		},
		"business gone": func(d desk, _ string) error { return d.db.Gorm.Exec(`DELETE FROM businesses WHERE id = 'shop'`).Error },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
				d := newDesk(t, db)
				other := newDeskBeside(t, db, d.script)
				d.owned(t, "shop")
				d.owned(t, "rival")
				ada := d.user(t, "shop", "ada@shop.example", staff.Admin)
				rival, _ := d.in(t, "owner@rival.example")
				token, v := d.in(t, ada.Email)
				if what == "second factor" {
					d.protected(t, v)
				}
				if got := other.inside(token); got != "" {
					t.Fatalf("before: %s", got)
				}
				if err := do(d, ada.ID); err != nil {
					t.Fatal(err)
				}
				if got := other.inside(token); got != models.Unauthorized {
					t.Errorf("after: %q", got)
				}
				if got := other.inside(rival); got != "" {
					t.Errorf("somebody else: %q", got)
				}
			})
		})
	}
}

func TestAChangedPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		stolen, _ := d.in(t, owner.Email)
		token, v := d.in(t, owner.Email)
		const fresh = "quite another secret"
		wantCode(t, "wrong", d.ChangePassword(t.Context(), v, "not the password", fresh), models.Unauthorized)
		wantCode(t, "weak", d.ChangePassword(t.Context(), v, password, "Password1234"), models.Invalid)
		if got := d.inside(stolen); got != "" {
			t.Fatalf("nothing was changed, but: %s", got)
		}
		if err := d.ChangePassword(t.Context(), v, password, fresh); err != nil {
			t.Fatal(err)
		}
		if got := d.inside(stolen); got != models.Unauthorized {
			t.Errorf("another session: %q", got)
		}
		if got := d.inside(token); got != "" {
			t.Errorf("one's own: %q", got)
		}
		_, _, err := d.try(owner.Email, password, "")
		wantCode(t, "the old one", err, models.Unauthorized)
		if _, _, err := d.try(owner.Email, fresh, ""); err != nil {
			t.Errorf("the new one: %v", err)
		}
	})
}

// Whoever may not sign in hears the same and leaves the same behind: an e-mail that nobody has is counted like others.
func TestNobodyLearnsWhoIsKnown(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		gone := d.user(t, "shop", "gone@shop.example", staff.Viewer)
		if err := d.Disable(t.Context(), "shop", gone.ID); err != nil {
			t.Fatal(err)
		}
		protected := d.user(t, "shop", "careful@shop.example", staff.Viewer)
		_, v := d.in(t, protected.Email)
		d.protected(t, v)
		for _, want := range []models.Code{
			models.Unauthorized, models.Unauthorized, models.Unauthorized, models.Unauthorized, models.Unauthorized, models.TooManyRequests,
		} {
			first := ""
			for what, s := range map[string]staff.SignIn{
				"wrong":    {Email: owner.Email, Password: "not the password"},
				"nobody":   {Email: "nobody@shop.example", Password: password},
				"disabled": {Email: gone.Email, Password: password},
				"code":     {Email: protected.Email, Password: password, Code: "000000"},
				"no text":  {Email: "\x00\xff", Password: "\x00\xff"},
			} {
				_, _, err := d.SignIn(t.Context(), s)
				wantCode(t, what, err, want)
				if first == "" {
					first = err.Error()
				}
				if err.Error() != first {
					t.Errorf("%s: %q is not %q", what, err, first)
				}
			}
			_ = d.db.Gorm.Exec(`DELETE FROM sign_in_tries WHERE scope = 'address'`).Error // accounts are what is asked about
		}
		if n := d.rows(t, "sign_in_tries"); n != 5 {
			t.Errorf("%d accounts are counted", n)
		}
	})
}

func TestAUserHasSoManySessions(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		var tokens []string
		for range 22 {
			token, _ := d.in(t, owner.Email)
			tokens = append(tokens, token)
			d.script.pass(time.Second)
		}
		for i, token := range tokens {
			if open := d.inside(token) == ""; open != (i >= 2) {
				t.Errorf("session %d: %t", i, open)
			}
		}
	})
}

func TestAPasswordOfAnotherCostIsHashedAnew(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		dearer := newDeskBeside(t, db, d.script, func(o *staff.Options) { o.Cost = staff.Cost{Memory: 128, Rounds: 2} })
		stored := func() (text string) {
			if err := d.db.Gorm.Table("staff").Pluck("password", &text).Error; err != nil {
				t.Fatal(err)
			}
			return text
		}
		if _, _, err := dearer.try(owner.Email, "not the password", ""); err == nil || !strings.Contains(stored(), "$m=64,t=1,p=1$") {
			t.Errorf("a wrong one: %v, %s", err, stored())
		}
		for range 2 {
			dearer.in(t, owner.Email)
			if !strings.HasPrefix(stored(), "$argon2id$v=19$m=128,t=2,p=1$") {
				t.Errorf("stored: %s", stored())
			}
		}
	})
}

func TestSignInsAreNoted(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		d := newDesk(t, db)
		owner := d.owned(t, "shop")
		for _, wrong := range []string{"not the password", ""} {
			_, _, err := d.try(owner.Email, wrong, "")
			wantCode(t, wrong, err, models.Unauthorized)
		}
		_, _, err := d.try("nobody@shop.example", password, "")
		wantCode(t, "nobody", err, models.Unauthorized)
		d.Close()
		token, v := d.in(t, owner.Email)
		if err := d.SignOut(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		want := []string{"user.created", "session.refused", "session.refused", "session.started", "session.ended"}
		if diff := cmp.Diff(want, d.actions(t, "shop")); diff != "" {
			t.Error(diff)
		}
		events, _, err := d.trail.List(t.Context(), "shop", 4, 1)
		if err != nil || events[0].Actor != audit.Unknown || events[0].Target != owner.ID || events[0].Detail != `{"why":"password"}` {
			t.Error(events, err)
		}
		events, _, err = d.trail.List(t.Context(), "shop", 0, 1)
		if err != nil || events[0].Actor != owner.ID || events[0].Target != v.SessionID {
			t.Error(events, err)
		}
		if n := d.rows(t, "trail_heads"); n != 1 {
			t.Errorf("%d trails", n)
		}
	})
}
