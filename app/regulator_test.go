package app_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"whoseline/app"
	"whoseline/dashboard"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/storage"
)

const evidenceNumber = "08031230001"

// looked gives the business acme two live lookups and one of the sandbox.
func looked(t *testing.T, a *app.App) (first string) {
	t.Helper()
	if _, err := a.Till.TopUp(t.Context(), "acme", "r", 100_000); err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{evidenceNumber, "08031230002", evidenceNumber} {
		phone, err := models.ParseNigerian(text)
		if err != nil {
			t.Fatal(err)
		}
		q := lookup.Query{
			BusinessID: "acme", KeyID: "key-1", Sandbox: i == 2, Phone: phone, At: a.World.Now(), Consent: lookup.Consent{Purpose: "onboarding"},
			Price: lookup.Price{Found: 50, NotFound: 20}, Render: func(r *lookup.Record) []byte {
				if first == "" {
					first = r.ID
				}
				return []byte("{}")
			},
		}
		if _, err := a.Lookups.Find(t.Context(), q); err != nil && models.CodeOf(err) == models.Internal {
			t.Fatal(err)
		}
	}
	return first
}

func TestEachFigureOfTheEvidenceIsWhatItsQueryGives(t *testing.T) {
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			_, a := gatewayOver(t, engine)
			tenant(t, a)
			looked(t, a)
			today := a.World.Now().UTC().Truncate(24 * time.Hour)
			s := app.Scope{BusinessID: "acme", Span: lookup.Span{From: today.AddDate(0, 0, -1), To: today.AddDate(0, 0, 2)}}
			total := map[string]int64{}
			for _, scope := range []app.Scope{s, {BusinessID: "acme", Key: "key-1", Span: s.Span}, {BusinessID: "acme", Source: "sandbox", Span: s.Span}, {BusinessID: "acme", Person: "o'brien", Span: s.Span}} {
				e, err := a.Evidence(t.Context(), scope)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range e.Figures {
					total[f.Name] += f.N
					var rows []struct {
						Of string
						N  int64
					}
					if err := a.DB.Gorm.Raw(f.Query).Scan(&rows).Error; err != nil {
						t.Fatal(f.Query, err)
					}
					got := int64(0)
					for _, r := range rows {
						if r.Of == f.Of {
							got = r.N
						}
					}
					if f.Name != "other acts by person" && got != f.N {
						t.Errorf("%s of %s: %d, but its query gives %d", f.Name, f.Of, f.N, got)
					}
				}
				var page bytes.Buffer
				if err := dashboard.Print(&page, "evidence", e); err != nil || !strings.Contains(page.String(), e.Figures[0].Name) {
					t.Error(err, page.String())
				}
			}
			if total["lookups by outcome"] != 2 || total["lookups by key"] != 2 || total["records that the key saw"] != 2 || total["other acts by person"] == 0 {
				t.Errorf("%v", total)
			}
			sealed, n, err := a.SeenNumbers(t.Context(), app.Scope{BusinessID: "acme", Key: "key-1", Span: s.Span})
			if err != nil || n != 2 || bytes.Contains(sealed, []byte("80312300")) {
				t.Fatalf("%d numbers, %v", n, err)
			}
			if list, err := a.OpenNumbers(t.Context(), "acme", sealed); err != nil || string(list) != "+2348031230001\n+2348031230002\n" {
				t.Errorf("%q, %v", list, err)
			}
			if _, err := a.OpenNumbers(t.Context(), "other", sealed); models.CodeOf(err) != models.Invalid {
				t.Errorf("another business opens them: %v", err)
			}
			if lies := liesOf(t, a); len(lies) > 0 {
				t.Errorf("%v", lies)
			}
		})
	}
}

func TestAPersonIsToldAllThatIsHeldAboutTheirNumber(t *testing.T) {
	t.Parallel()
	_, a := gatewayOver(t, storage.SQLite)
	tenant(t, a)
	id := looked(t, a)
	phone, _ := models.ParseNigerian(evidenceNumber)
	h, err := a.Held(t.Context(), "acme", phone)
	if err != nil || len(h.Lookups) != 2 || h.Lookups[0].ID != id || h.Lookups[1].Environment != "sandbox" || !h.Complete {
		t.Fatalf("%+v, %v", h, err)
	}
	text, _ := json.Marshal(h)
	var page bytes.Buffer
	if err := dashboard.Print(&page, "subject", h); err != nil || !strings.Contains(page.String(), id) || !strings.Contains(string(text), `"purpose":"onboarding"`) {
		t.Error(err, page.String())
	}
	events, _, err := a.Trail.List(t.Context(), "acme", 0, 1)
	if err != nil || events[0].Action != "subject.accessed" || strings.Contains(events[0].Detail+events[0].Target, "803123") {
		t.Errorf("%+v, %v", events, err)
	}
	if _, err := a.Held(t.Context(), "nobody", phone); models.CodeOf(err) != models.NotFound {
		t.Error(err)
	}
}
