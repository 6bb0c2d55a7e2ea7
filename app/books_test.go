package app_test

import (
	"context"
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/app"
	"whoseline/audit"
	"whoseline/billing"
	"whoseline/config"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/settings"
	"whoseline/staff"
	"whoseline/storage/storagetest"
)

// gatewayOver opens a gateway over a database of its own on an engine. It may be opened again.
func gatewayOver(t *testing.T, engine string) (config.Config, *app.App) {
	t.Helper()
	c := config.Default()
	c.Database.URL = storagetest.MigratedURL(t, engine)
	c.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
	return c, opened(t, c, models.RealWorld())
}

// tenant gives a business whatever the audit trail tells of: settings, two keys of which one was rotated, a price, people.
func tenant(t *testing.T, a *app.App) {
	t.Helper()
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := a.Businesses.Create(ctx, access.NewBusiness{ID: "acme", Name: "Acme"})
	ok(err)
	ok(a.Businesses.SetSettings(ctx, "acme", settings.Choices{NaturalWindow: 5, Channels: []string{"termii"}, Origins: []string{}}))
	key, _, err := a.Keys.Create(ctx, access.NewKey{BusinessID: "acme", Name: "shop", AllowedIPs: []string{"10.0.0.0/8"}})
	ok(err)
	_, _, err = a.Keys.Rotate(ctx, key.ID, 1234567891)
	ok(err)
	ok(a.Businesses.SetPrice(ctx, "acme", billing.Price{Product: billing.Phone, Outcome: models.OutcomeFound, Amount: 700}))
	owner, err := a.Users.Create(ctx, staff.NewUser{BusinessID: "acme", Email: "ada@acme.example", Role: staff.Owner, Password: "correct horse battery"})
	ok(err)
	viewer, err := a.Users.Create(ctx, staff.NewUser{BusinessID: "acme", Email: "bob@acme.example", Role: staff.Viewer, Password: "battery horse correct"})
	ok(err)
	ok(a.Users.SetRole(ctx, "acme", viewer.ID, staff.Admin))
	ok(a.Users.Disable(ctx, "acme", viewer.ID))
	ok(a.Users.SetPassword(ctx, "acme", owner.ID, "another horse battery"))
}

func liesOf(t *testing.T, a *app.App) []billing.Lie {
	t.Helper()
	found, err := a.Verify(t.Context(), "", func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return found.Lies
}

func TestAThiefOfTheDatabaseCannotForgeWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			_, a := gatewayOver(t, engine)
			tenant(t, a)
			if lies := liesOf(t, a); len(lies) > 0 {
				t.Fatalf("before: %+v", lies)
			}
			for name, c := range map[string]struct{ forge, row, what string }{
				"a key's address list":   {`UPDATE api_keys SET allowed_ips = '[]'`, "api_keys", "was changed"},
				"a key revived":          {`UPDATE api_keys SET expires_at = NULL WHERE expires_at IS NOT NULL`, "api_keys", "was changed"},
				"a sandbox key made one": {`UPDATE api_keys SET sandbox = NOT sandbox`, "api_keys", "was changed"},
				"a key's token":          {`UPDATE api_keys SET hash = number_index FROM (SELECT seal AS number_index FROM trail_heads) AS s WHERE expires_at IS NULL`, "api_keys", "was changed"},
				"a key added":            {`INSERT INTO api_keys (hash, id, business_id, name, sandbox, hint, requester_id, requester_first_name, requester_last_name, created_at) SELECT seal, 'x', 'acme', '', NOT (1 = 1), '', '', '', '', '2026-01-01 00:00:00+00:00' FROM trail_heads`, "api_keys x", "was made"},
				"a key taken away":       {`DELETE FROM api_keys WHERE expires_at IS NOT NULL`, "api_keys", "is missing"},
				"a price":                {`UPDATE prices SET amount = 0`, "prices phone/found", "was changed"},
				"a dated price":          {`UPDATE price_list SET amount = 0`, "price_list phone/found/", "was changed"},
				"a price added":          {`INSERT INTO prices (business_id, product, outcome, amount) VALUES ('acme', 'phone', 'not_found', 0)`, "prices phone/not_found", "was made"},
				"a price taken away":     {`DELETE FROM prices`, "prices phone/found", "is missing"},
				"a setting":              {`UPDATE businesses SET settings = '{}'`, "businesses acme", "was changed"},
				"a name":                 {`UPDATE businesses SET name = 'x'`, "businesses acme", "was changed"},
				"the business":           {`DELETE FROM businesses`, "api_keys", "is missing"},
				"a role":                 {`UPDATE staff SET role = 'owner' WHERE role = 'admin'`, "staff", "was changed"},
				"a person let in again":  {`UPDATE staff SET disabled_at = NULL`, "staff", "was changed"},
				"a password":             {`UPDATE staff SET password = 'x' WHERE role = 'owner'`, "staff", "was changed"},
				"a person taken away":    {`DELETE FROM staff WHERE role = 'admin'`, "staff", "is missing"},
				"what the trail tells":   {`UPDATE trail_events SET states = '' WHERE action = 'price.set'`, "trail_events", "does not follow"},
			} {
				wantLie(t, a, name, c.forge, billing.Lie{BusinessID: "acme", Row: c.row, What: c.what})
			}
		})
	}
}

// wantLie forges within a transaction which is then taken back, so that one tenant serves for all.
func wantLie(t *testing.T, a *app.App, name, forge string, want billing.Lie) {
	t.Helper()
	var kept []string
	tables := []string{"api_keys", "prices", "price_list", "businesses", "staff", "trail_events"}
	for _, table := range tables {
		kept = append(kept, "DROP TABLE IF EXISTS kept_"+table, "CREATE TABLE kept_"+table+" AS SELECT * FROM "+table)
	}
	run := func(statements ...string) {
		for _, s := range statements {
			if err := a.DB.Gorm.Exec(s).Error; err != nil {
				t.Fatalf("%s: %s: %v", name, s, err)
			}
		}
	}
	run(kept...)
	run(forge)
	lies := liesOf(t, a)
	if len(lies) != 1 || lies[0].BusinessID != "acme" || !strings.HasPrefix(lies[0].Row, want.Row) || !strings.Contains(lies[0].What, want.What) {
		t.Errorf("%s: %+v, want %+v", name, lies, want)
	}
	for _, table := range tables {
		run("DELETE FROM "+table, "INSERT INTO "+table+" SELECT * FROM kept_"+table)
	}
}

// older makes a business as version 0.2 did: its trail tells of no row, and its wallet has no chain of free lookups.
func older(t *testing.T, a *app.App) {
	t.Helper()
	keys := access.NewKeys(access.Options{DB: a.DB.Gorm, World: a.World, Log: slog.New(slog.DiscardHandler), Begin: func(tx *gorm.DB, id string) error {
		wallet := billing.EmptyWallet(a.Keyring, id)
		wallet.FreeHead = nil
		if err := tx.Create(&wallet).Error; err != nil {
			return err
		}
		return lookup.BeginConsents(tx, a.Keyring, id)
	}})
	if _, err := access.NewBusinesses(keys).Create(t.Context(), access.NewBusiness{ID: "acme", Name: "Acme"}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, _, err := keys.Create(t.Context(), access.NewKey{BusinessID: "acme", Name: "old"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheUpgradeTakesOverWhatThereIsOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			c, a := gatewayOver(t, engine)
			older(t, a)
			if lies := liesOf(t, a); len(lies) != 2 { // the wallet, and the first row
				t.Fatalf("before the upgrade: %+v", lies)
			}
			a = opened(t, c, models.RealWorld())
			if lies := liesOf(t, a); len(lies) > 0 {
				t.Fatalf("after it: %+v", lies)
			}
			events, _, err := a.Trail.List(t.Context(), "acme", 0, 0)
			if err != nil || len(events) != 2 || events[1].Action != audit.Sealed || events[1].Detail != `{"rows":4}` ||
				events[0].Action != "chain.begun" || events[0].Detail != `{"freeLookups":0}` {
				t.Errorf("%+v, %v", events, err)
			}
			// A thief would have the upgrade happen again.
			for _, forge := range []string{"UPDATE wallets SET free_head = NULL", "UPDATE api_keys SET name = 'mine'"} {
				if err := a.DB.Gorm.Exec(forge).Error; err != nil {
					t.Fatal(err)
				}
			}
			if lies := liesOf(t, opened(t, c, models.RealWorld())); len(lies) != 2 {
				t.Errorf("upgraded again: %+v", lies)
			}
		})
	}
}

func TestRowsThatAnOlderGatewayChangedAreSealedWhenAsked(t *testing.T) {
	t.Parallel()
	_, a := gatewayOver(t, "sqlite")
	tenant(t, a)
	beside := access.NewKeys(access.Options{DB: a.DB.Gorm, World: a.World})
	if _, _, err := beside.Create(context.Background(), access.NewKey{BusinessID: "acme", Name: "beside"}); err != nil {
		t.Fatal(err)
	}
	if lies := liesOf(t, a); len(lies) != 1 || !strings.Contains(lies[0].What, "seal chains") {
		t.Fatalf("%+v", lies)
	}
	for i, want := range []int{1, 1, 0} { // looked at, sealed, nothing left
		if free, rows, err := a.SealRest(t.Context(), "", i == 0); err != nil || free != 0 || rows != want {
			t.Errorf("%d: %d free, %d rows, %v", i, free, rows, err)
		}
	}
	if lies := liesOf(t, a); len(lies) > 0 {
		t.Errorf("%+v", lies)
	}
}
