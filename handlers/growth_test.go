package handlers_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"whoseline/models"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var growth = flag.Int("growth", 3000, "how many lookups the business has whose pages are timed")

// grown is the answer of the lookups that make a history long.
var grown, _ = json.Marshal(models.Answer{Owners: []models.Owner{{FullName: "ADA OBI", FirstName: "Ada", LastName: "Obi", DateOfBirth: "1990-01-02"}}})

// grow gives acme more lookups like one over 360 days, sealed as the gateway seals them, and the transfers of each. One in a thousand failed, and
// one in four is about one number.
func (o *office) grow(t *testing.T, l models.Lookup, n int) {
	key := l.KeyID
	t.Helper()
	often, err := models.ParseNigerian("08031234567")
	must(t, err)
	const part = 1000
	for from := 0; from < n; from += part {
		rows := make([]models.Lookup, 0, part)
		for i := from; i < min(from+part, n); i++ {
			l := models.Lookup{
				BusinessID: "acme", KeyID: key, Status: models.StatusFound, Source: "sandbox", Held: 5000, Charged: 5000, Purpose: "kyc",
				RequestedAt: o.world.now.Add(-time.Minute - time.Duration(n-i)*(360*24*time.Hour/time.Duration(n))),
			}
			l.ID = models.IDAt(l.RequestedAt)[:8] + fmt.Sprintf("%016x", i)
			l.AnsweredAt, l.ModifiedAt, l.ExpiresAt = l.RequestedAt, l.RequestedAt, l.RequestedAt
			phone := often
			if i%4 != 0 {
				phone, err = models.ParseNigerian(fmt.Sprintf("080%08d", i))
				must(t, err)
			}
			l.NumberIndex = o.app.Lookups.NumberIndex(phone, false)
			o.seal(t, &l, phone)
			if i%1000 == 999 {
				l.Status, l.Answer, l.Reason = models.StatusFailed, nil, "No source"
			}
			rows = append(rows, l)
		}
		must(t, o.app.DB.Gorm.CreateInBatches(rows, part).Error)
	}
	must(t, o.app.DB.Gorm.Exec(`INSERT INTO transfers (business_id, seq, kind, reference, debit, credit, amount, balance, created_at)
		SELECT 'acme', 100 + 2 * row_number() OVER (ORDER BY id) + s, CASE s WHEN 0 THEN 'hold' ELSE 'capture' END, id,
			CASE s WHEN 0 THEN 'available' ELSE 'held' END, CASE s WHEN 0 THEN 'held' ELSE 'revenue' END, 5000, 1000000, requested_at
		FROM lookups, (VALUES (0), (1)) AS step(s) WHERE business_id = 'acme' AND key_id = ? AND id <> ?`, l.KeyID, l.ID).Error)
}

// seal closes what was asked and answered into a lookup.
func (o *office) seal(t *testing.T, l *models.Lookup, phone models.Phone) {
	name := storage.RecordAAD(l.BusinessID, l.ID)
	key, wrapped, err := o.app.Keyring.NewKey(name)
	must(t, err)
	asked, err := json.Marshal(models.Request{Phone: phone.E164(), Prices: [2]int64{5000, 5000}})
	must(t, err)
	l.DataKey, l.Request = wrapped, key.Seal(nil, nil, asked, []byte(name+"/request"))
	l.Answer = key.Seal(nil, nil, grown, []byte(name+"/answer"))
}

// scans tells how often the tables that grow with lookups were read from end to end, in all connections that are closed by now.
func scans(t *testing.T, url string) (n int64) {
	t.Helper()
	err := storagetest.OpenURL(t, url).Gorm.Raw(`SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables
		WHERE schemaname = current_schema() AND relname IN ('lookups', 'transfers')`).Scan(&n).Error
	must(t, err)
	return n
}

// grownUp gives a gateway, with nobody else on its database, whose business acme has many lookups, and one of these.
func grownUp(t *testing.T) (o *office, id, url string) {
	t.Helper()
	url = storagetest.MigratedURL(t, storage.Postgres)
	first := &office{gateway: raise(t, url, &txtar.Archive{Files: []txtar.File{{Name: "setup", Data: []byte("business acme\n" + acme)}}})}
	_, err := first.app.Users.Create(t.Context(), staff.NewUser{
		BusinessID: "acme", Email: "owner@acme.example", Name: "The owner", Role: staff.Owner, Password: password,
	})
	must(t, err)
	id = first.lookUp(t, "acme-live-token-1", "08000000000")
	l, err := first.app.Lookups.Get(t.Context(), "acme", false, id)
	must(t, err)
	first.grow(t, l.Lookup, *growth)
	must(t, first.app.Lookups.CountNew(t.Context()))
	must(t, first.app.Lookups.TagNew(t.Context()))
	must(t, first.app.DB.Gorm.Exec("VACUUM ANALYZE").Error)
	first.leave(t)
	return &office{gateway: raise(t, url, &txtar.Archive{})}, id, url
}

// leave closes a gateway's connections, after which PostgreSQL has counted all that they did.
func (o *office) leave(t *testing.T) {
	t.Helper()
	o.closed = true
	must(t, o.app.DB.Close())
}

// TestPagesOfALargeBusinessAreReadByIndexes prints how long pages and lists take through HTTP.
func TestPagesOfALargeBusinessAreReadByIndexes(t *testing.T) {
	t.Parallel()
	o, id, url := grownUp(t)
	before := scans(t, url)
	b := o.enter(t, "owner@acme.example")
	for _, path := range []string{
		"/console", "/console/lookups", "/console/lookups?status=failed", "/console/lookups?status=erased", "/console/lookups?status=pending",
		"/console/lookups?sort=oldest", "/console/lookups/" + id,
		"/console/wallet", "/console/audit", "/console/webhooks", "/console/batches", "/console/keys",
	} {
		o.times(t, path, func() int { return b.get(path).status })
	}
	for _, path := range []string{
		"/v2/api/identity", "/v2/api/identity?status=failed", "/v1/lookups/" + id, "/v1/wallet", "/v1/wallet/transfers", "/v1/webhooks/events", "/v1/erasures",
	} {
		o.times(t, path, func() int { status, _ := o.says(t, "GET", path, ""); return status })
	}
	for _, number := range []string{"08031234567", "08099999999"} { // of a quarter of them, and of none
		o.times(t, "POST /v2/api/identity/search "+number, func() int {
			status, _ := o.says(t, "POST", "/v2/api/identity/search", `{"mobile":"`+number+`"}`)
			return status
		})
	}
	o.leave(t)
	if after := scans(t, url); after != before {
		t.Errorf("the table of lookups or of transfers was read from end to end %d times", after-before)
	}
}

// times asks for a page again and again, and prints how long that takes.
func (o *office) times(t *testing.T, path string, ask func() int) {
	t.Helper()
	const tries = 21
	var took []time.Duration
	for range tries {
		began := time.Now()
		if status := ask(); status != 200 {
			t.Fatalf("%s: %d", path, status)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("%-40s median %8s  95th %8s", path, took[tries/2].Round(10*time.Microsecond), took[tries*95/100].Round(10*time.Microsecond))
}
