package access_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"whoseline/test/wait"

	"go.uber.org/goleak"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/models"
	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestARevocationIsFeltElsewhereAfterAPoll(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		here := newHouse(db)
		there := newNeighbour(db, here.script)
		here.business(t, "shop")
		key, token := here.key(t, "shop")
		there.refresh(t)
		if got := there.code(t.Context(), token); got != "" {
			t.Fatal(got)
		}
		if err := here.Revoke(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		if got := here.code(t.Context(), token); got != models.Unauthorized {
			t.Errorf("here: %q", got)
		}
		if got := there.code(t.Context(), token); got != "" {
			t.Errorf("there, before the poll, nothing is remembered: %q", got)
		}
		there.refresh(t)
		if got := there.code(t.Context(), token); got != models.Unauthorized {
			t.Errorf("there, after the poll: %q", got)
		}
	})
}

// However often something changes while a good key is not used, it is no stranger; a guess is one.
func TestAKeyThatWasGoodIsNoStrangerAfterChanges(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		_, token := h.key(t, "shop")
		if _, strange := h.Stranger(token); !strange {
			t.Error("it was never seen")
		}
		if got := h.code(t.Context(), token); got != "" {
			t.Fatal(got)
		}
		for range 3 {
			_, _ = h.key(t, "shop")
			h.refresh(t)
		}
		if _, strange := h.Stranger(token); strange {
			t.Error("a key that was good is a stranger")
		}
		if _, strange := h.Stranger("nobody-has-this-token"); !strange {
			t.Error("a key that nobody has shown is none")
		}
	})
}

// The holder of a key is remembered as long as nothing changes.
func TestAHolderIsRememberedUntilItsKeyOrBusinessChanges(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		here := newHouse(db)
		there := newNeighbour(db, here.script)
		here.business(t, "shop")
		key, _ := here.key(t, "shop")
		holds := func(when string, want models.Code) {
			t.Helper()
			there.refresh(t)
			for range 2 { // from the database, then from memory
				c, err := there.Holder(t.Context(), "shop", key.ID)
				wantCode(t, when, err, want)
				if err == nil && c.Key.ID != key.ID {
					t.Errorf("%s: %+v", when, c)
				}
			}
			_, err := there.Holder(t.Context(), "rival", key.ID)
			wantCode(t, "another business", err, models.Unauthorized)
		}
		holds("good", "")
		if err := here.tenants.Suspend(t.Context(), "shop", "unpaid"); err != nil {
			t.Fatal(err)
		}
		holds("suspended", models.NotPermitted)
		if err := here.tenants.Resume(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		holds("resumed", "")
		if err := here.Revoke(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		holds("revoked", models.Unauthorized)
	})
}

func TestWithoutPollsTheDatabaseIsAsked(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		here := newHouse(db)
		there := newNeighbour(db, here.script)
		here.business(t, "shop")
		key, token := here.key(t, "shop")
		there.refresh(t)
		_ = there.code(t.Context(), token)
		if err := here.Revoke(t.Context(), key.ID); err != nil {
			t.Fatal(err)
		}
		here.script.pass(5*time.Second - 1)
		if got := there.code(t.Context(), token); got != "" {
			t.Errorf("just before the limit: %q", got)
		}
		here.script.pass(1)
		if got := there.code(t.Context(), token); got != models.Unauthorized {
			t.Errorf("at the limit: %q", got)
		}
	})
}

func TestEveryChangeIsFeltElsewhere(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		here := newHouse(db)
		there := newNeighbour(db, here.script)
		here.business(t, "shop")
		_, token := here.key(t, "shop")
		there.refresh(t)
		_ = there.code(t.Context(), token)
		ctx := t.Context()
		if err := here.tenants.SetSettings(ctx, "shop", settings.Choices{NaturalWindow: 60}); err != nil {
			t.Fatal(err)
		}
		err := here.tenants.SetPrice(ctx, "shop", billing.Price{Product: billing.Phone, Outcome: models.OutcomeFound, Amount: 11})
		if err != nil {
			t.Fatal(err)
		}
		there.refresh(t)
		c, err := there.Business(ctx, token)
		if err != nil || c.Business.Settings.NaturalWindow != 60 || c.Prices().For(false, models.OutcomeFound) != 11 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestWhenTheDatabaseCannotSayNobodyComesIn(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(storagetest.Open(t, db.Engine))
		h.business(t, "shop")
		_, token := h.key(t, "shop")
		h.refresh(t)
		if got := h.code(t.Context(), token); got != "" {
			t.Fatal(got)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if got := h.code(gone, token); got != "" {
			t.Errorf("from memory: %q", got)
		}
		if err := h.db.Gorm.Exec("DROP TABLE api_keys").Error; err != nil {
			t.Fatal(err)
		}
		if err := h.db.Gorm.Exec("DROP TABLE access_epoch").Error; err != nil {
			t.Fatal(err)
		}
		if err := h.Refresh(t.Context()); err == nil {
			t.Error("a failing poll went unnoticed")
		}
		if got := h.code(t.Context(), token); got != "" {
			t.Errorf("while the last poll is recent: %q", got)
		}
		h.script.pass(5 * time.Second)
		if got := h.code(t.Context(), token); got != models.Internal {
			t.Errorf("when it is not: %q", got)
		}
		if got := h.code(t.Context(), flipped(token)); got != models.Unauthorized {
			t.Errorf("garbage reached the database: %q", got)
		}
	})
}

func TestWatchPollsAndStops(t *testing.T) {
	db := storagetest.Open(t, storage.SQLite)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var log safeBuffer
	var polls atomic.Int64
	world := models.RealWorld()
	world.Now = func() time.Time {
		polls.Add(1)
		return time.Now()
	}
	here := newNeighbour(db, &script{at: start})
	watched := access.NewKeys(access.Options{DB: db.Gorm, World: world, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	here.business(t, "shop")
	key, token := here.key(t, "shop")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := watched.Watch(ctx)
	if _, err := watched.Business(ctx, token); err != nil {
		t.Fatal(err)
	}
	if err := here.Revoke(ctx, key.ID); err != nil {
		t.Fatal(err)
	}
	wait.Until(t, "the revocation is felt", func() bool {
		_, err := watched.Business(ctx, token)
		return err != nil
	})
	if err := db.Gorm.Exec("DELETE FROM access_epoch").Error; err != nil {
		t.Fatal(err)
	}
	wait.Until(t, "failing polls are reported", func() bool { return strings.Contains(log.String(), "cannot be polled") })
	failed := polls.Load()
	wait.Until(t, "others fail too", func() bool { return polls.Load() >= failed+2 })
	if err := db.Gorm.Exec("INSERT INTO access_epoch (one, epoch) VALUES (1, 9)").Error; err != nil {
		t.Fatal(err)
	}
	wait.Until(t, "their end is reported", func() bool { return strings.Contains(log.String(), "polled again") })
	cancel()
	<-stopped
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("logged: %s", log.String())
	}
}

func TestManyAskWhileKeysChange(t *testing.T) {
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		h := newHouse(db)
		h.business(t, "shop")
		_, token := h.key(t, "shop")
		h.refresh(t)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 200 {
					if got := h.code(t.Context(), token); got != "" {
						t.Errorf("a good key met %q", got)
					}
				}
			})
		}
		for range 20 {
			key, fresh := h.key(t, "shop")
			_ = h.code(t.Context(), fresh)
			if err := h.Revoke(t.Context(), key.ID); err != nil {
				t.Fatal(err)
			}
			if got := h.code(t.Context(), fresh); got != models.Unauthorized {
				t.Errorf("a revoked key met %q", got)
			}
			h.refresh(t)
		}
		all.Wait()
	})
}

// safeBuffer may be written to and read by several goroutines.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
