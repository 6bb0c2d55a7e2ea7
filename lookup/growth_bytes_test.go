package lookup

import (
	"flag"
	"fmt"
	"sync"
	"testing"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var growthOfDisk = flag.Int("growth-bytes", 500, "how many lookups are asked whose bytes on disk are counted")

// diskUse gives the tables that are not small, with the bytes of their rows and of what lies beside these, and of their indexes.
const diskUse = `SELECT c.relname AS name, pg_table_size(c.oid) AS rows, pg_indexes_size(c.oid) AS indexes
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'r' AND n.nspname = current_schema() AND pg_total_relation_size(c.oid) > ? ORDER BY pg_total_relation_size(c.oid) DESC`

// TestWhatAPaidLookupTakesOnDisk prints it, table by table. Each lookup is found, with two members of metadata and an idempotency key.
func TestWhatAPaidLookupTakesOnDisk(t *testing.T) {
	d := newDesk(t, storagetest.Open(t, storage.Postgres))
	const business = "61b934dfaab326675cdfaab3"
	d.wallet(business, int64(*growthOfDisk)*100)
	var all sync.WaitGroup
	for caller := range 16 {
		all.Go(func() {
			for i := caller; i < *growthOfDisk; i += 16 {
				_, err := d.Find(t.Context(), d.query(about(fmt.Sprintf("080%08d", i)), func(q *Query) {
					q.BusinessID, q.KeyID, q.IdempotencyKey = business, business, fmt.Sprint("order ", i)
				}))
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := d.TagNew(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.diskUse("as it grew")
	if err := d.db.Gorm.Exec("VACUUM FULL").Error; err != nil {
		t.Fatal(err)
	}
	d.diskUse("tidied up")
}

// diskUse prints what each table takes for a lookup.
func (d *desk) diskUse(when string) {
	d.t.Helper()
	var tables []struct {
		Name          string
		Rows, Indexes int64
	}
	if err := d.db.Gorm.Raw(diskUse, 16*8192).Scan(&tables).Error; err != nil || len(tables) == 0 {
		d.t.Fatal(tables, err)
	}
	n := int64(*growthOfDisk)
	for _, table := range tables {
		d.t.Logf("%s: %-20s %5d rows %5d indexes", when, table.Name, table.Rows/n, table.Indexes/n)
	}
}
