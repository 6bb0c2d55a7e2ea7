package app_test

import (
	"encoding/base64"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/access"
	"whoseline/app"
	"whoseline/config"
	"whoseline/models"
	"whoseline/providers/directory"
	"whoseline/staff"
	"whoseline/storage/storagetest"
	"whoseline/webhooks"
)

// TestRewrapLosesNothingThatARoomSealed rotates the keys, rewraps, and lets the old ones be deleted: each room must
// still read what it had sealed, so the keyring's list of sealed columns agrees with the rooms.
func TestRewrapLosesNothingThatARoomSealed(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			settings := config.Default()
			settings.Database.URL = storagetest.MigratedURL(t, engine)
			settings.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
			settings.Webhooks.AllowLoopback = true
			world, passed := models.RealWorld(), time.Duration(0)
			now := world.Now
			world.Now = func() time.Time { return now().Add(passed) }
			a := opened(t, settings, world)
			event := furnish(t, a)
			if err := a.Keyring.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
			passed = 11 * time.Minute
			result, err := a.Keyring.Rewrap(t.Context(), nil)
			if err != nil || result.Rows != 7+2 || // two of them are keys of the chains
				result.Deleted != 2 || result.Kept != 0 {
				t.Fatalf("%+v, %v", result, err)
			}
			later := opened(t, settings, world)
			if e, err := later.Webhooks.Event(t.Context(), "acme", event); err != nil || string(e.Payload) != "{}" {
				t.Errorf("event: %q, %v", e.Payload, err)
			}
			staffIsSealed(t, later)
			var endpoint models.WebhookEndpoint
			if err := later.DB.Gorm.Take(&endpoint).Error; err != nil {
				t.Fatal(err)
			}
			if _, err := later.Keyring.Open("webhook_endpoints/acme/"+endpoint.ID, endpoint.Secret); err != nil {
				t.Error("endpoint:", err)
			}
			signed := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
				"iss": issuer, "aud": "phones", "sub": "ada", "exp": world.Now().Add(time.Minute).Unix(),
			})
			token, err := signed.SignedString([]byte(strings.Repeat("s", 32)))
			if err != nil {
				t.Fatal(err)
			}
			if who, err := later.Subjects.Read(t.Context(), token); err != nil || who.Subject != "ada" {
				t.Errorf("issuer: %+v, %v", who, err)
			}
		})
	}
}

func opened(t *testing.T, settings config.Config, world models.World) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), app.Options{Config: settings, World: world, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// staffIsSealed makes sure that a user's e-mail and both secrets of the second factor can be read.
func staffIsSealed(t *testing.T, a *app.App) {
	t.Helper()
	users, err := a.Users.List(t.Context(), "acme")
	if err != nil || len(users) != 1 || users[0].Email != "ada@example.com" {
		t.Fatalf("users: %+v, %v", users, err)
	}
	for _, column := range []string{"totp", "totp_offer"} {
		var sealed [][]byte
		if err := a.DB.Gorm.Table("staff").Pluck(column, &sealed).Error; err != nil || len(sealed) != 1 {
			t.Fatal(len(sealed), err)
		}
		if plain, err := a.Keyring.Open("acme/staff/"+users[0].ID+"/"+column, sealed[0]); err != nil || len(plain) == 0 {
			t.Error(column, err)
		}
	}
}

// issuer is an identity provider that shares a secret with us.
const issuer = "https://id.example"

// furnish seals something in each room: an owner, an endpoint's secret, an event and an identity provider's secret.
func furnish(t *testing.T, a *app.App) (event string) {
	t.Helper()
	if _, err := a.Businesses.Create(t.Context(), access.NewBusiness{ID: "acme", Name: "Acme"}); err != nil {
		t.Fatal(err)
	}
	hire(t, a)
	owners := strings.NewReader("phone,full_name\n08031234567,ADA OBI\n")
	if _, err := a.Directory.Import(t.Context(), owners, directory.ImportOptions{Format: "csv"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Webhooks.Create(t.Context(), webhooks.NewEndpoint{BusinessID: "acme", URL: "http://127.0.0.1:1/hook"}); err != nil {
		t.Fatal(err)
	}
	_, err := a.Issuers.Set(t.Context(), access.NewIssuer{
		BusinessID: "acme", Issuer: issuer, Audience: "phones", Secret: strings.Repeat("s", 32),
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := a.Webhooks.Seal(webhooks.NewEvent{BusinessID: "acme", Type: "t", LookupID: "l", Payload: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	if err := webhooks.Enqueue(a.DB.Gorm, e); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// hire makes a user whose second factor is there and is offered anew at once, which only a test can do.
func hire(t *testing.T, a *app.App) {
	t.Helper()
	const password = "a long enough secret"
	u, err := a.Users.Create(t.Context(), staff.NewUser{
		BusinessID: "acme", Email: "ada@example.com", Role: staff.Owner, Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, v, err := a.Users.SignIn(t.Context(), staff.SignIn{Email: u.Email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Users.OfferTOTP(t.Context(), v, password); err != nil {
		t.Fatal(err)
	}
	sealed := a.Keyring.Seal("acme/staff/"+u.ID+"/totp", []byte("secret"))
	if err := a.DB.Gorm.Exec(`UPDATE staff SET totp = ?`, sealed).Error; err != nil {
		t.Fatal(err)
	}
}
