package storage_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestASilentDatabaseIsUnavailableAndServesAgainWhenItSpeaks(t *testing.T) {
	t.Parallel()
	line, url := storagetest.Wire(t, storagetest.MigratedURL(t, storage.Postgres))
	l := openLine(t, storage.Options{URL: url, MaxConns: 4})
	readAll(t.Context(), t, l.db, "")
	line.Silent(true)
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	readAll(soon, t, l.db, models.Unavailable)
	again, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := l.pipeline.Run(again, []string{"SELECT 1"}, nil, nil); models.CodeOf(err) != models.Unavailable {
		t.Errorf("a pipeline that cannot even prepare says %v", err)
	}
	line.Silent(false)
	again, cancel = context.WithTimeout(t.Context(), 15*time.Second) // not those who use the pool up, and not for ever
	defer cancel()
	readAll(again, t, l.db, "")
	if err := l.pipeline.Run(again, []string{"SELECT 1"}, nil, nil); err != nil {
		t.Error(err)
	}
}

// readAll uses every connection of the pool at once.
func readAll(ctx context.Context, t *testing.T, db *storage.DB, want models.Code) {
	t.Helper()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var one int
			if err := db.Read.WithContext(ctx).Raw("SELECT 1 FROM pg_sleep(0.1)").Scan(&one).Error; models.CodeOf(err) != want {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
	all.Wait()
}

func TestADatabaseThatRefusesEverybodyIsUnavailable(t *testing.T) {
	t.Parallel()
	url, stop, err := storagetest.StartPostgres(t.TempDir(), map[string]string{"shared_buffers": "32MB"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { stop(true) }()
	l := openLine(t, storage.Options{URL: url})
	stop(true)
	stop = func(bool) {}
	if err := l.db.Gorm.Exec("SELECT 1").Error; models.CodeOf(err) != models.Unavailable {
		t.Errorf("a statement says %v", err)
	}
	_ = l.pipeline.Run(t.Context(), []string{"SELECT 1"}, nil, nil) // the connection is lost
	err = l.pipeline.Run(t.Context(), []string{"SELECT 1"}, nil, nil)
	if told := (*models.Error)(nil); !errors.As(err, &told) || told.Code != models.Unavailable || told.RetryAfter == 0 {
		t.Errorf("a pipeline that cannot connect says %v", err)
	}
}

func TestWriteFindsThatNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		url := storagetest.MigratedURL(t, engine)
		db := storagetest.OpenURL(t, url)
		for range 3 { // nothing of it stays
			if err := db.Write(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var rows int64
		if err := db.Read.Table("readiness").Count(&rows).Error; err != nil || rows != 1 {
			t.Errorf("%d rows (%v)", rows, err)
		}
		readOnly := "PRAGMA query_only = 1"
		if db.Engine == storage.Postgres {
			readOnly = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$"
		}
		if err := db.Gorm.Exec(readOnly).Error; err != nil {
			t.Fatal(err)
		}
		if db.Engine == storage.Postgres {
			db = storagetest.OpenURL(t, url)
		}
		if err := db.Write(t.Context()); models.CodeOf(err) != models.Unavailable {
			t.Errorf("got %v", err)
		}
	}
}

func TestAFileIsServedByOneAndUsedByMany(t *testing.T) {
	t.Parallel()
	url := storagetest.MigratedURL(t, storage.SQLite)
	first, err := storage.Open(t.Context(), storage.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	second := storagetest.OpenURL(t, url)
	if err := first.Occupy(); err != nil {
		t.Fatal(err)
	}
	if err := second.Occupy(); models.CodeOf(err) != models.Conflict {
		t.Errorf("a second one: %v", err)
	}
	if err := second.Write(t.Context()); err != nil {
		t.Errorf("a command beside it: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.Occupy(); err != nil {
		t.Errorf("after the first one: %v", err)
	}
}

func TestAnyNumberServePostgreSQL(t *testing.T) {
	t.Parallel()
	url := storagetest.MigratedURL(t, storage.Postgres)
	for range 2 {
		if err := storagetest.OpenURL(t, url).Occupy(); err != nil {
			t.Error(err)
		}
	}
}

func TestAStatementWithoutADeadlineIsToldOf(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		var told []string
		options := storage.Options{URL: storagetest.MigratedURL(t, engine), Undated: func(s string) { told = append(told, s) }}
		db, err := storage.Open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		soon, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, ctx := range []context.Context{soon, t.Context()} {
			if err := db.Gorm.WithContext(ctx).Exec("UPDATE readiness SET at = NULL").Error; err != nil {
				t.Fatal(err)
			}
			var n int64
			if err := db.Read.WithContext(ctx).Table("readiness").Count(&n).Error; err != nil {
				t.Fatal(err)
			}
		}
		if len(told) != 2 {
			t.Errorf("%s: told of %q", engine, told)
		}
	}
}
