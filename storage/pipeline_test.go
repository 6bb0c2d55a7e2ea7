package storage_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

const insertWallets = `INSERT INTO wallets (business_id, currency, available, head)
	SELECT id, 'NGN', amount, head FROM unnest($1::text[], $2::int8[], $3::bytea[]) AS new (id, amount, head)
	RETURNING business_id, available`

type line struct {
	db       *storage.DB
	pipeline *storage.Pipeline
}

// lines runs a test on a pipeline that has its own session, and on one that shares sessions through a pooler.
func lines(t *testing.T, test func(t *testing.T, line line)) {
	t.Helper()
	for name, pooled := range map[string]bool{"direct": false, "pooled": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, openLine(t, storage.Options{URL: storagetest.MigratedURL(t, storage.Postgres), Pooled: pooled}))
		})
	}
}

func openLine(t testing.TB, options storage.Options) line {
	t.Helper()
	db, err := storage.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	pipeline, err := db.Pipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipeline.Close() })
	return line{db, pipeline}
}

func (l line) wallets(t *testing.T) (count int64) {
	t.Helper()
	if err := l.db.Gorm.Model(&models.Wallet{}).Count(&count).Error; err != nil {
		t.Fatal(err)
	}
	return count
}

func wallets(amounts ...int64) []any {
	var names []string
	var heads [][]byte
	for i := range amounts {
		names, heads = append(names, fmt.Sprintf("b%d", i)), append(heads, []byte{byte(i)})
	}
	return []any{names, amounts, heads}
}

func TestSeveralStatementsAreOneTransactionWhoseRowsComeBack(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		var got []string
		for range 2 { // described the first time, known the second
			got = nil
			err := l.pipeline.Run(t.Context(),
				[]string{"DELETE FROM wallets", insertWallets, "SELECT sum(available)::int8 FROM wallets WHERE currency = $1"},
				[][]any{nil, wallets(5, 7), {"NGN"}},
				func(statement int, scan func(...any) error) error {
					var name string
					var amount int64
					if statement == 2 {
						got = append(got, "sum")
						return scan(&amount)
					}
					err := scan(&name, &amount)
					got = append(got, fmt.Sprint(statement, name, amount))
					return err
				})
			if err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]string{"1b05", "1b17", "sum"}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if l.wallets(t) != 2 {
			t.Error("nothing was committed")
		}
	})
}

func TestEveryKindOfArrayArrivesWithItsNulls(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		at := noon.UTC().Truncate(time.Microsecond)
		old := time.Date(1950, 2, 3, 4, 5, 6, 7000, time.UTC)
		const query = `SELECT a, b, c, d, e, f FROM unnest($1::text[], $2::int8[], $3::bool[], $4::bytea[], $5::timestamptz[],
			$6::timestamptz[]) AS x (a, b, c, d, e, f)`
		args := []any{
			[]string{"é", ""},
			[]int64{-1, 1 << 60},
			[]bool{true, false},
			[][]byte{nil, {}},
			[]time.Time{noon, {}},
			[]*time.Time{nil, &old},
		}
		type row struct {
			A    string
			B    int64
			C    bool
			D    []byte
			E, F *time.Time
		}
		var got []row
		err := l.pipeline.Run(t.Context(), []string{query}, [][]any{args}, func(_ int, scan func(...any) error) error {
			var r row
			err := scan(&r.A, &r.B, &r.C, &r.D, &r.E, &r.F)
			got = append(got, r)
			return err
		})
		want := []row{{"é", -1, true, nil, &at, nil}, {"", 1 << 60, false, []byte{}, nil, &old}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
		empty := []any{[]string{}, []int64(nil), []bool{}, [][]byte{}, []time.Time{}, []*time.Time{}}
		got = nil
		if err := l.pipeline.Run(t.Context(), []string{query}, [][]any{empty}, nil); err != nil || len(got) != 0 {
			t.Errorf("empty arrays: %v, %v", err, got)
		}
	})
}

func TestABatchBeyondTheSocketsBuffersPasses(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		texts := make([]string, 2000)
		for i := range texts {
			texts[i] = strings.Repeat("x", 1000)
		}
		const echo = "SELECT t FROM unnest($1::text[]) AS x (t)"
		rows := 0
		err := l.pipeline.Run(t.Context(), []string{echo, echo}, [][]any{{texts}, {texts}},
			func(_ int, scan func(...any) error) error { rows++; return scan(new(string)) })
		if err != nil || rows != 4000 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
}

func TestThePlanSettingsHoldInsideARun(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		for setting, want := range map[string]string{
			"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
			"plan_cache_mode": "force_generic_plan", "statement_timeout": "10s",
		} {
			var got string
			err := l.pipeline.Run(t.Context(), []string{"SELECT current_setting($1)"}, [][]any{{setting}},
				func(_ int, scan func(...any) error) error { return scan(&got) })
			if err != nil || got != want {
				t.Errorf("%s = %q, %v", setting, got, err)
			}
		}
	})
}

func TestRunsFromManyGoroutinesWaitForEachOther(t *testing.T) {
	t.Parallel()
	lines(t, func(t *testing.T, l line) {
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				args := []any{[]string{fmt.Sprint(i)}, []int64{1}, [][]byte{{1}}}
				if err := l.pipeline.Run(t.Context(), []string{insertWallets}, [][]any{args}, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if l.wallets(t) != 20 {
			t.Error("some runs were lost")
		}
	})
}

func TestThereIsNoPipelineOnSQLiteNorAfterItsEnd(t *testing.T) {
	t.Parallel()
	if _, err := storagetest.Open(t, storage.SQLite).Pipeline(t.Context()); err == nil {
		t.Error("SQLite gave a pipeline")
	}
	l := openLine(t, storage.Options{URL: storagetest.URL(t, storage.Postgres)})
	if err := l.pipeline.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.pipeline.Run(t.Context(), []string{"SELECT 1"}, nil, nil); err == nil {
		t.Error("a closed pipeline ran")
	}
}
