package storage_test

import (
	"errors"
	"sync"
	"testing"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var engines = []string{storage.SQLite, storage.Postgres}

func TestReplicasThatStartAtOnceApplyEachMigrationOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := storagetest.URL(t, engine)
			var lock sync.Mutex
			var replicas sync.WaitGroup
			applied := map[string]int{}
			for range 4 {
				db := storagetest.OpenURL(t, url)
				replicas.Go(func() {
					done, err := db.Migrate(t.Context())
					if err != nil {
						t.Error(err)
					}
					lock.Lock()
					defer lock.Unlock()
					for _, migration := range done {
						applied[migration.Name]++
					}
				})
			}
			replicas.Wait()
			for name, times := range applied {
				if times != 1 {
					t.Errorf("%s was applied %d times", name, times)
				}
			}
			if len(applied) == 0 {
				t.Error("nothing was applied")
			}
		})
	}
}

func TestTheStatusTellsWhatIsPending(t *testing.T) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := storagetest.OpenURL(t, storagetest.URL(t, engine))
			before, err := db.MigrationStatus(t.Context())
			if err != nil || len(before) == 0 || before[0].Name != "house" || !before[0].AppliedAt.IsZero() {
				t.Fatalf("before: %+v, %v", before, err)
			}
			if current, err := db.Current(t.Context()); err != nil || current {
				t.Fatalf("current before: %v, %v", current, err)
			}
			if _, err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			after, err := db.MigrationStatus(t.Context())
			if err != nil || after[0].Version != 1 || after[0].AppliedAt.IsZero() {
				t.Errorf("after: %+v, %v", after, err)
			}
			if again, err := db.Migrate(t.Context()); err != nil || len(again) != 0 {
				t.Errorf("again: %+v, %v", again, err)
			}
			if current, err := db.Current(t.Context()); err != nil || !current {
				t.Errorf("current after: %v, %v", current, err)
			}
		})
	}
}

func TestADatabaseThatIsAwayIsNotCalledPending(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		if err := errors.Join(db.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Current(t.Context()); err == nil {
			t.Error("a closed database answered")
		}
	})
}
