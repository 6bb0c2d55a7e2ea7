package storage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"whoseline/test/wait"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// waiting is the sessions whose commits wait for the standby.
const waiting = " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()"

// hold gives a write by the pipeline, and one by a transaction, both of one row.
func writes(l line) map[string]func(name string) error {
	insert := "INSERT INTO wallets (business_id, currency, head) VALUES ($1, 'NGN', '')"
	return map[string]func(string) error{
		"a run": func(name string) error {
			soon, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			return l.pipeline.Run(soon, []string{insert, "SELECT 1"}, [][]any{{name}, {}}, nil)
		},
		"a transaction": func(name string) error {
			return l.db.Gorm.Transaction(func(tx *gorm.DB) error { return tx.Exec(insert, name).Error })
		},
	}
}

func TestACommitIsOneWhenTheStandbyHasIt(t *testing.T) {
	t.Parallel()
	pair := storagetest.StartPair(t)
	l := openReplicated(t, pair)
	for kind, write := range writes(l) {
		if err := write(kind + " before"); err != nil {
			t.Fatal(err)
		}
		pair.LoseStandby()
		done := make(chan error, 1)
		go func() { done <- write(kind) }()
		wait.Until(t, kind+" waits", func() bool { return pair.Tell("SELECT 1"+waiting) == 1 })
		if n := l.wallets(t); n != 1 {
			t.Errorf("%s: what the standby does not have can be seen: %d rows", kind, n)
		}
		pair.RestoreStandby()
		if err := <-done; err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		l.clear(t)
	}
}

func TestACommitWhoseWaitForTheStandbyWasCancelledIsNotTakenForOne(t *testing.T) {
	t.Parallel()
	pair := storagetest.StartPair(t)
	l := openReplicated(t, pair)
	kinds := writes(l)
	pair.LoseStandby()
	for _, by := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		done := make(chan error, 1)
		go func() { done <- kinds["a run"](by) }()
		wait.Until(t, by, func() bool { return pair.Tell("SELECT "+by+"(pid)"+waiting) == 1 })
		if err := <-done; models.CodeOf(err) != models.Unknown {
			t.Errorf("%s: %v", by, err)
		}
	}
	// A transaction finds out itself, as soon as anybody can know.
	done := make(chan error, 1)
	go func() { done <- kinds["a transaction"]("found out") }()
	wait.Until(t, "a transaction waits", func() bool { return pair.Tell("SELECT pg_terminate_backend(pid)"+waiting) == 1 })
	wait.Until(t, "it asks", func() bool { return pair.Tell("SELECT 1"+waiting) == 1 })
	pair.RestoreStandby()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := l.wallets(t); n != 3 {
		t.Errorf("%d rows", n)
	}
}

func TestATransactionThatDiesAtItsCommitIsToldToHaveDoneNothing(t *testing.T) {
	t.Parallel()
	l := openLine(t, storage.Options{URL: storagetest.MigratedURL(t, storage.Postgres)})
	for _, statement := range []string{
		"CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
		"CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON wallets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()",
	} {
		if err := l.db.Gorm.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	if err := writes(l)["a transaction"]("dead"); models.CodeOf(err) != models.Unavailable {
		t.Errorf("got %v", err)
	}
	if n := l.wallets(t); n != 0 {
		t.Error("it was done all the same")
	}
}

func TestTokensOfTransactionsAreForgotten(t *testing.T) {
	t.Parallel()
	now := noon
	l := openLine(t, storage.Options{URL: storagetest.MigratedURL(t, storage.Postgres), Now: func() time.Time { return now }})
	tokens := func(want int64) {
		t.Helper()
		var n int64
		if err := l.db.Gorm.Table("commits").Count(&n).Error; err != nil || n != want {
			t.Errorf("%d tokens (%v), want %d", n, err, want)
		}
	}
	write := writes(l)["a transaction"]
	if err := write("a"); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if err := l.db.Gorm.Transaction(func(*gorm.DB) error { return refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	for _, want := range []int64{1, 0} {
		if err := l.db.ForgetTokens(t.Context()); err != nil {
			t.Fatal(err)
		}
		tokens(want)
		now = now.Add(2 * time.Hour)
	}
}

func openReplicated(t *testing.T, pair *storagetest.Pair) line {
	t.Helper()
	l := openLine(t, storage.Options{URL: pair.URL("postgres")})
	if _, err := l.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l line) clear(t *testing.T) {
	t.Helper()
	if err := l.db.Gorm.Exec("DELETE FROM wallets").Error; err != nil {
		t.Fatal(err)
	}
}
