package lookup

import (
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var growth = flag.Int("growth", 2000, "how many lookups the business has whose lists are timed")

// grow gives the business more lookups: one in a thousand failed, the rest were found, all with a member of metadata.
const grow = `INSERT INTO lookups (business_id, id, key_id, sandbox, status, reason, source, number_index, tags, data_key, request, charged, advanced, held, purpose,
		requested_at, modified_at, expires_at, answered_at)
	SELECT 'shop', lpad(to_hex(extract(epoch FROM at)::bigint), 8, '0') || lpad(to_hex(i), 16, '0'), 'key0', false,
		CASE WHEN i % 1000 = 0 THEN 'failed' ELSE 'found' END, '', 'good', '\x01', decode(lpad(to_hex(i % 50000), 16, '0'), 'hex'),
		CASE WHEN i % 1000 = 0 THEN NULL ELSE '\x01'::bytea END, '\x01', 0, false, 0, '', at, at, at, at
	FROM (SELECT i, timestamptz '2026-03-01 12:00Z' - interval '1 day' * (i::float8 * 360 / ?) AS at FROM generate_series(1, ?) i) rows`

// TestListsOfALargeBusinessAreReadByIndexes prints how long lists take, the longest of five tries.
func TestListsOfALargeBusinessAreReadByIndexes(t *testing.T) {
	d := newDesk(t, storagetest.Open(t, storage.Postgres))
	d.wallet("shop", 100_000)
	d.fillDays(rand.New(rand.NewPCG(5, 6)), 50)
	if err := d.db.Gorm.Exec(grow, *growth, *growth).Error; err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := errors.Join(d.CountNew(t.Context()), d.TagNew(t.Context()), d.db.Gorm.Exec("ANALYZE").Error); err != nil {
		t.Fatal(err)
	}
	t.Logf("counted and indexed in %s", time.Since(began).Round(time.Millisecond))
	var size int64
	if err := d.db.Gorm.Raw("SELECT pg_total_relation_size('lookup_tags')").Scan(&size).Error; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d lookups, %d bytes of tags for each", *growth, size/int64(*growth))
	for name, f := range map[string]Search{
		"newest": {}, "failed": {Status: models.StatusFailed}, "another key": {KeyID: "key1"}, "a source that nobody has": {Source: "nobody"},
		"not found": {Status: models.StatusNotFound}, "a rare member": {Metadata: map[string]json.RawMessage{"agent": json.RawMessage(`"a7"`)}},
		"a member that nobody has": {Metadata: map[string]json.RawMessage{"agent": json.RawMessage(`"nobody"`)}},
	} {
		f.BusinessID, f.Limit = "shop", 20
		var longest time.Duration
		var n int
		for range 5 {
			began := time.Now()
			page, _, err := d.List(t.Context(), f)
			if err != nil {
				t.Fatal(name, err)
			}
			longest, n = max(longest, time.Since(began)), len(page)
		}
		t.Logf("%-26s %4d rows %10s", name, n, longest.Round(10*time.Microsecond))
	}
}
