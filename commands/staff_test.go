package commands_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"whoseline/app"
	"whoseline/billing"
	"whoseline/config"
	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage/storagetest"
)

func TestVerifyNamesTheFirstEventThatLies(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine)
		who, other := s.tenant(t, 1), s.tenant(t, 1)
		s.answer(t, "user", "create", "--business", who.id, "--email", "ada@example.com", "--role", "owner")
		s.mustVerify(t)
		db := storagetest.OpenURL(t, s.url)
		if err := db.Gorm.Exec(`UPDATE trail_events SET actor = 'eve' WHERE business_id = ?`, who.id).Error; err != nil {
			t.Fatal(err)
		}
		code, out, errs := s.command(t, "verify")
		want := "business " + who.id + ": trail_events 1 does not follow from the one before\n"
		if code != 1 || out != want || errs != "" {
			t.Errorf("exit code %d: %s%s", code, out, errs)
		}
		code, out, _ = s.command(t, "--json", "verify", "--business", who.id)
		var said struct {
			OK   bool
			Lies []billing.Lie
		}
		if err := json.Unmarshal([]byte(out), &said); err != nil || code != 1 || said.OK || len(said.Lies) != 1 {
			t.Errorf("exit code %d: %s", code, out)
		}
		if code, out, _ := s.command(t, "verify", "--business", other.id); code != 0 {
			t.Errorf("another business: exit code %d: %s", code, out)
		}
	})
}

// The personal values of staff, each unlike anything that a log would hold by chance.
const (
	staffEmail    = "chiamaka.obiora-7741@lagos.example"
	staffName     = "Chiamaka Obiora-Whitlock"
	staffPassword = "zebra-QuarkNine-pavement"
	wrongPassword = "walrus-QuarkTen-pavement"
	strangerEmail = "nobody-3319@abuja.example"
	staffAddress  = "198.51.100.77"
)

func TestNothingOfStaffIsLoggedMeasuredOrStoredInPlain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine, "LOG__LEVEL=debug")
		who := s.tenant(t, 1)
		settings, err := config.Load("", s.environment())
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		a, err := app.New(t.Context(), app.Options{
			Config: settings, Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		if err != nil {
			t.Fatal(err)
		}
		values := append(staffAtWork(t, a, who.id), staffEmail, staffName, staffPassword, wrongPassword, strangerEmail, staffAddress)
		metrics := httptest.NewRecorder()
		a.Ops.ServeHTTP(metrics, httptest.NewRequest("GET", "http://127.0.0.1/metrics", nil))
		if !strings.Contains(metrics.Body.String(), `whoseline_sign_ins_total{outcome="refused"} 2`) {
			t.Error("sign-ins are not counted")
		}
		stored := dump(t, storagetest.OpenURL(t, s.url))
		if err := a.DB.Gorm.Exec(`ALTER TABLE staff_emails RENAME TO elsewhere`).Error; err != nil {
			t.Fatal(err)
		}
		_, _, err = a.Users.SignIn(t.Context(), signIn(staffEmail, staffPassword, ""))
		if models.CodeOf(err) != models.Internal {
			t.Errorf("without its table: %v", err)
		}
		mustNotShow(t, "an error", err.Error(), values)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		mustNotShow(t, "the log", log.String(), values)
		mustNotShow(t, "/metrics", metrics.Body.String(), values)
		mustNotShow(t, "the database", stored, values)
	})
}

func signIn(email, password, code string) staff.SignIn {
	return staff.SignIn{Email: email, Password: password, Code: code, Address: netip.MustParseAddr(staffAddress)}
}

// staffAtWork does all that staff may do and gives the secrets that came up.
func staffAtWork(t *testing.T, a *app.App, business string) (secrets []string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	n := staff.NewUser{BusinessID: business, Email: staffEmail, Name: staffName, Role: staff.Owner, Password: staffPassword}
	_, err := a.Users.Create(t.Context(), n)
	must(err)
	_, err = a.Users.Create(t.Context(), n)
	if models.CodeOf(err) != models.Conflict {
		t.Errorf("a second time: %v", err)
	}
	for _, s := range []staff.SignIn{signIn(staffEmail, wrongPassword, ""), signIn(strangerEmail, wrongPassword, "")} {
		if _, _, err := a.Users.SignIn(t.Context(), s); models.CodeOf(err) != models.Unauthorized {
			t.Errorf("a wrong password: %v", err)
		}
	}
	token, v, err := a.Users.SignIn(t.Context(), signIn(staffEmail, staffPassword, ""))
	must(err)
	secret, _, err := a.Users.OfferTOTP(t.Context(), v, staffPassword)
	must(err)
	if _, err := a.Users.AcceptTOTP(t.Context(), v, "1"); models.CodeOf(err) != models.Invalid {
		t.Errorf("a wrong code: %v", err)
	}
	must(a.Users.ChangePassword(t.Context(), v, staffPassword, staffPassword+"2"))
	must(a.Users.ChangePassword(t.Context(), v, staffPassword+"2", staffPassword))
	_, err = a.Users.Visitor(t.Context(), token)
	must(err)
	a.Users.Close()
	return []string{token, secret}
}
