package lookup

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var growthOfPerson = flag.Int("growth-person", 2000, "how many lookups the number has that is erased")

// growPerson gives a number more lookups, as large as those that are found.
const growPerson = `INSERT INTO lookups (business_id, id, key_id, sandbox, status, reason, source, number_index, tags, data_key, request, answer, charged,
		advanced, held, purpose, requested_at, modified_at, expires_at, answered_at)
	SELECT 'shop', lpad(to_hex(extract(epoch FROM at)::bigint), 8, '0') || lpad(to_hex(i), 16, '0'), 'key0', false,
		'found', '', 'good', ?, '\x0102030405060708', decode(repeat('ab', 62), 'hex'), decode(repeat('cd', 180), 'hex'),
		decode(repeat('ef', 260), 'hex'), 0, false, 0, 'kyc', at, at, at, at
	FROM (SELECT i, timestamptz '2026-03-01 11:00Z' - interval '1 day' * (i::float8 * 360 / ?) AS at FROM generate_series(1, ?) i) rows`

// TestErasingANumberWithManyLookupsIsAnsweredBeforeTheyAreErased prints how long the answer takes, how long the rest, and how long other
// lookups take meanwhile.
func TestErasingANumberWithManyLookupsIsAnsweredBeforeTheyAreErased(t *testing.T) {
	d := newDesk(t, storagetest.Open(t, storage.Postgres))
	witness := d.evidence()
	d.wallet("shop", 100_000_000)
	q := d.query(about(erasedNumber))
	if err := d.db.Gorm.Exec(growPerson, d.numberIndex(q.Phone, false), *growthOfPerson, *growthOfPerson).Error; err != nil {
		t.Fatal(err)
	}
	if err := d.db.Gorm.Exec("ANALYZE").Error; err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	e, err := d.Erase(t.Context(), Erasure{BusinessID: "shop", Phone: q.Phone})
	if err != nil || !e.GoesOn {
		t.Fatalf("%+v, %v", e, err)
	}
	t.Logf("%d lookups: answered after %s", *growthOfPerson, time.Since(began).Round(time.Millisecond))
	yes := true
	readable := func(r *Record) bool { return !r.Erased() }
	if list, _, err := d.List(t.Context(), Search{BusinessID: "shop", Limit: 20}); err != nil || slices.ContainsFunc(list, readable) {
		t.Errorf("%d are listed, %v", len(list), err)
	}
	if list, _, err := d.List(t.Context(), Search{BusinessID: "shop", Limit: 20, Erased: &yes}); err != nil || len(list) != 20 {
		t.Errorf("%d are listed as erased, %v", len(list), err)
	}
	done := make(chan error, 1)
	began = time.Now()
	go func() { done <- d.EraseMore(t.Context(), func(Erasing) {}) }()
	meanwhile := d.meanwhile(done)
	t.Logf("erased after %s", time.Since(began).Round(time.Millisecond))
	if len(meanwhile) > 0 {
		slices.Sort(meanwhile)
		t.Logf("meanwhile %d lookups of others: half of them within %s, 95 of 100 within %s, all within %s", len(meanwhile),
			meanwhile[len(meanwhile)/2], meanwhile[len(meanwhile)*95/100], meanwhile[len(meanwhile)-1])
	}
	r, err := d.Erasing(t.Context(), "shop", false, e.ID)
	if err != nil || !r.Ended() || r.Erased != int64(*growthOfPerson) || witness.sum() != r.Erased {
		t.Errorf("%+v, evidence of %d, %v", r, witness.sum(), err)
	}
}

// meanwhile asks about another number again and again until something is done, and gives how long each took.
func (d *desk) meanwhile(done <-chan error) (took []time.Duration) {
	for i := 0; ; i++ {
		select {
		case err := <-done:
			if err != nil {
				d.t.Error(err)
			}
			return took
		default:
		}
		began := time.Now()
		if _, err := d.Find(d.t.Context(), d.query(about(otherNumber), func(q *Query) { q.IdempotencyKey = fmt.Sprint(i) })); err != nil {
			d.t.Error(err)
			return took
		}
		took = append(took, time.Since(began).Round(10*time.Microsecond))
	}
}
