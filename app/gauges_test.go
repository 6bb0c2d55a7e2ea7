package app_test

import (
	"encoding/base64"
	"maps"
	"testing"
	"time"

	"whoseline/app"
	"whoseline/config"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// gauges gives the gauges of a gateway that are named, with their first label's value where there is one.
func gauges(t *testing.T, a *app.App, names ...string) map[string]float64 {
	t.Helper()
	families, err := a.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	wanted, all := map[string]bool{}, map[string]float64{}
	for _, name := range names {
		wanted[name] = true
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			if !wanted[name] {
				break
			}
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			all[name] = m.GetGauge().GetValue()
		}
	}
	return all
}

func TestGaugesTellWhatWaitsWhatIsDisabledAndWhenAllWasVerified(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, time.December, 1, 12, 0, 0, 0, time.UTC)
			settings := config.Default()
			settings.Database.URL = storagetest.MigratedURL(t, engine)
			settings.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32)))
			settings.Providers.Live = []string{"sandbox"}
			world := models.WorldBy(func() time.Time { return now })
			a := opened(t, settings, world)
			named := []string{
				"whoseline_lookups_pending", "whoseline_lookups_pending_oldest_seconds", "whoseline_owed_answers",
				"whoseline_webhook_endpoints_disabled", "whoseline_verify_age_seconds",
			}
			quiet := map[string]float64{named[0]: 0, named[1]: 0, named[2]: 0, named[3]: 0}
			if got := gauges(t, a, named...); !maps.Equal(got, quiet) {
				t.Errorf("at first: %v", got)
			}
			if _, err := a.Verify(t.Context(), "", func(int64) {}); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Hour)
			for i, status := range []string{"pending", "pending", "found"} {
				id, asked := string(rune('a'+i)), now.Add(-time.Duration(i+1)*time.Minute)
				for statement, args := range map[string][]any{
					`INSERT INTO lookups (business_id, id, key_id, sandbox, advanced, status, held, number_index, request, purpose, requested_at, modified_at, expires_at)
						VALUES ('acme', ?, 'k', ?, ?, ?, 0, ?, ?, '', ?, ?, ?)`: {id, false, false, status, []byte("i"), []byte("r"), asked, asked, asked},
					`INSERT INTO upstream_refs (business_id, lookup_id, source, ref, state, created_at) VALUES ('acme', ?, 'smile', ?, 'owed', ?)`:         {id, id, asked},
					`INSERT INTO webhook_endpoints (business_id, id, url, algorithm, secret, created_at, disabled_at) VALUES ('acme', ?, '', '', ?, ?, ?)`: {id, []byte("s"), asked, asked},
				} {
					if err := a.DB.Gorm.Exec(statement, args...).Error; err != nil {
						t.Fatal(err)
					}
				}
			}
			want := map[string]float64{named[0]: 2, named[1]: 120, named[2]: 2, named[3]: 3, named[4]: 3600}
			if got := gauges(t, a, named...); !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestReadinessIsAMetricToo(t *testing.T) {
	t.Parallel()
	settings := config.Default()
	settings.Database.URL = storagetest.MigratedURL(t, storage.SQLite)
	settings.Security.MasterKey = config.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	settings.Providers.Live = []string{"sandbox"}
	a := opened(t, settings, models.World{})
	if err := a.DB.Gorm.Exec("DROP TABLE readiness").Error; err != nil {
		t.Fatal(err)
	}
	got := gauges(t, a, "whoseline_ready")
	if got["whoseline_ready writing"] != 0 || len(got) < 6 || got["whoseline_ready database"] != 1 || got["whoseline_ready sources"] != 1 {
		t.Errorf("checks: %v", got)
	}
}
