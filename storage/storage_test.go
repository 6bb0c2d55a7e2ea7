package storage_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("Lagos", 3600))

func aKey() models.Key {
	return models.Key{
		Hash: []byte{1, 0, 2}, ID: "k1", BusinessID: "b1", Name: "till", AllowedIPs: []string{"10.0.0.0/8"},
		Scopes: []string{"lookup"}, Purposes: []string{},
		Requester: models.Requester{ID: "r1", FirstName: "Ada", LastName: "Obi"}, CreatedAt: noon,
	}
}

func TestAModelComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		want := aKey()
		if err := db.Gorm.Create(&want).Error; err != nil {
			t.Fatal(err)
		}
		want.CreatedAt = noon.UTC().Truncate(time.Microsecond)
		var got models.Key
		if err := db.Read.Take(&got, "id = ?", "k1").Error; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got.CreatedAt.Location() != time.UTC || !got.ExpiresAt.IsZero() || !got.RevokedAt.IsZero() {
			t.Errorf("times came back as %v, %v, %v", got.CreatedAt, got.ExpiresAt, got.RevokedAt)
		}
	})
}

func TestAZeroTimeIsNull(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		key := aKey()
		if err := db.Gorm.Create(&key).Error; err != nil {
			t.Fatal(err)
		}
		var count int64
		if err := db.Read.Model(&models.Key{}).Where("expires_at IS NULL").Count(&count).Error; err != nil || count != 1 {
			t.Errorf("found %d keys without an end, %v", count, err)
		}
		change := db.Gorm.Model(&models.Key{}).Where("id = ?", "k1")
		if err := change.Update("created_at", time.Time{}).Error; err == nil {
			t.Error("a zero time was accepted where there must be one")
		}
	})
}

func TestTimesCompareAcrossZonesAndFractions(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		key := aKey()
		key.ExpiresAt = noon
		if err := db.Gorm.Create(&key).Error; err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			at   time.Time
			want int64
		}{
			{noon.UTC().Add(-time.Hour), 1},
			{noon.In(time.FixedZone("", -7200)).Truncate(time.Second), 1},
			{noon.Add(time.Microsecond), 0},
			{noon.Truncate(time.Second).Add(time.Second), 0},
		} {
			var count int64
			err := db.Read.Model(&models.Key{}).Where("expires_at > ?", test.at).Count(&count).Error
			if err != nil || count != test.want {
				t.Errorf("after %v: %d, %v", test.at, count, err)
			}
		}
	})
}

func TestADuplicateIsToldApart(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		first, second := aKey(), aKey()
		if err := db.Gorm.Create(&first).Error; err != nil {
			t.Fatal(err)
		}
		if err := db.Gorm.Create(&second).Error; !errors.Is(err, gorm.ErrDuplicatedKey) {
			t.Errorf("got %v", err)
		}
	})
}

func TestATransactionIsAllOrNothingAndReadersSeeOnlyWhatIsCommitted(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		stop := errors.New("stop")
		for _, result := range []error{stop, nil} {
			err := db.Gorm.Transaction(func(tx *gorm.DB) error {
				if err := tx.Create(&models.Wallet{BusinessID: "b1", Currency: "NGN", Head: []byte{1}}).Error; err != nil {
					return err
				}
				if err := tx.Exec("UPDATE wallets SET available = 5 WHERE business_id = ?", "b1").Error; err != nil {
					return err
				}
				if err := db.Read.Take(&models.Wallet{}, "business_id = ?", "b1").Error; !errors.Is(err, gorm.ErrRecordNotFound) {
					t.Errorf("a reader saw what was not committed: %v", err)
				}
				var inside models.Wallet
				if err := tx.Take(&inside, "business_id = ?", "b1").Error; err != nil || inside.Available != 5 {
					t.Errorf("inside: %+v, %v", inside, err)
				}
				return result
			})
			if !errors.Is(err, result) {
				t.Fatal(err)
			}
		}
		var after models.Wallet
		if err := db.Read.Take(&after, "business_id = ?", "b1").Error; err != nil || after.Available != 5 {
			t.Errorf("after: %+v, %v", after, err)
		}
	})
}

func TestANegativeBalanceIsRefusedByTheDatabase(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		if err := db.Gorm.Create(&models.Wallet{BusinessID: "b1", Currency: "NGN", Available: -1, Head: []byte{1}}).Error; err == nil {
			t.Error("a wallet went below zero")
		}
	})
}

func TestReadersCannotWriteToTheFile(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite)
	if err := db.Read.Exec("DELETE FROM wallets").Error; err == nil {
		t.Error("a reader wrote")
	}
}

func TestTheFileIsPrivateAndItsFolderIsMade(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new folder?", "a #1%.db")
	db := storagetest.OpenURL(t, "sqlite:"+path)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", suffix, info, err)
		}
	}
}

func TestTheFileIsDurable(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.SQLite)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000"} {
		var got string
		if err := db.Gorm.Raw("PRAGMA " + pragma).Scan(&got).Error; err != nil || got != want {
			t.Errorf("%s = %q, %v", pragma, got, err)
		}
	}
}

func TestPoolStatsCountConnections(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		err := db.Gorm.Transaction(func(tx *gorm.DB) error {
			if err := tx.Exec("SELECT 1").Error; err != nil {
				return err
			}
			if stats := db.PoolStats(); stats.InUse != 1 || stats.Max < 8 {
				t.Errorf("%+v", stats)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestABadURLIsRefusedWithoutQuotingIt(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "mysql://x:secret@y", "sqlite:", "postgres://x:secret@%zz/db?a=%zz", "postgres://x:secret@h:99999999/d"} {
		_, err := storage.Open(t.Context(), storage.Options{URL: url})
		if models.CodeOf(err) != models.Invalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestAServerThatIsAwayIsAnError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	url := "postgres://x:secret@/d?host=" + t.TempDir()
	if _, err := storage.Open(ctx, storage.Options{URL: url}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
