package storage_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

type directoryOwner struct {
	NumberIndex, OwnerIndex, Sealed []byte
	ImportedAt                      time.Time
}

func (directoryOwner) TableName() string { return "directory_owners" }

func TestRotatedKeysAreUsedAtOnceAndReadByOthers(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		clock := newClock()
		here, there := openKeyring(t, db, clock.now), openKeyring(t, db, clock.now)
		before, sealedBefore := sealRecord(t, there, "b/1")
		clock.pass(time.Second)
		if err := here.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		after, sealedAfter := sealRecord(t, here, "b/1")
		if bytes.Equal(before[:4], after[:4]) {
			t.Error("the old key is still in use")
		}
		for _, k := range []*storage.Keyring{here, there} {
			if err := opens(k, "b/1", before, sealedBefore); err != nil {
				t.Error("before:", err)
			}
			if err := opens(k, "b/1", after, sealedAfter); err != nil {
				t.Error("after:", err)
			}
		}
		if plain, err := there.Open("n", here.Seal("n", []byte("Ada"))); err != nil || string(plain) != "Ada" {
			t.Errorf("%q, %v", plain, err)
		}
		if !bytes.Equal(here.Index("a", "b"), openKeyring(t, db, clock.now).Index("a", "b")) {
			t.Error("rotation changed the index")
		}
	})
}

func TestAChainKeyOfAnotherProcessIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		clock := newClock()
		here, there := openKeyring(t, db, clock.now), openKeyring(t, db, clock.now)
		clock.pass(time.Second)
		if err := here.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		made := here.ChainKey()
		found, ok := there.ChainKeyOf(made.ID())
		if !ok || found.Sum("transfers", []byte("a")) != made.Sum("transfers", []byte("a")) {
			t.Errorf("the key that another process has made is not found: %t", ok)
		}
	})
}

func TestAProcessMovesToANewerKeyByItself(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		for _, wait := range []time.Duration{2 * time.Minute, time.Hour} {
			clock := newClock()
			here, there := openKeyring(t, db, clock.now), openKeyring(t, db, clock.now)
			if err := here.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
			clock.pass(wait)
			mine, _ := sealRecord(t, here, "b/1")
			theirs, _ := sealRecord(t, there, "b/1")
			if !bytes.Equal(mine[:4], theirs[:4]) || !bytes.Equal(here.Seal("n", nil)[:4], there.Seal("n", nil)[:4]) {
				t.Errorf("after %v the other process still uses the old key", wait)
			}
		}
	})
}

func TestSealingStopsWhenTheKeysCannotBeRefreshedForLong(t *testing.T) {
	t.Parallel()
	clock := newClock()
	db := storagetest.Open(t, storage.SQLite)
	k := openKeyring(t, db, clock.now)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	clock.pass(2 * time.Minute)
	if _, _, err := k.NewKey("b/1"); err != nil {
		t.Error(err)
	}
	clock.pass(time.Hour)
	if _, _, err := k.NewKey("b/1"); models.CodeOf(err) != models.Internal {
		t.Errorf("got %v", err)
	}
}

func TestKeysOpenInsideATransactionOfTheOneWriter(t *testing.T) {
	t.Parallel()
	clock := newClock()
	db := storagetest.Open(t, storage.SQLite)
	here, there := openKeyring(t, db, clock.now), openKeyring(t, db, clock.now)
	if err := here.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	wrapped, sealed := sealRecord(t, here, "b/1")
	tx := db.Gorm.Begin()
	defer tx.Rollback()
	if err := opens(there, "b/1", wrapped, sealed); err != nil {
		t.Error(err)
	}
}

// seed writes lookups and directory owners, of which the third lookup has been erased.
func seed(t *testing.T, db *storage.DB, k *storage.Keyring, count int) {
	t.Helper()
	var lookups []models.Lookup
	var owners []directoryOwner
	for i := range count {
		id, number := fmt.Sprintf("%024d", i), k.Index("number", fmt.Sprint(i))
		wrapped, sealed := sealRecord(t, k, storage.RecordAAD("b", id))
		lookup := models.Lookup{
			BusinessID: "b", ID: id, NumberIndex: number, DataKey: wrapped, Request: sealed,
			RequestedAt: noon, ModifiedAt: noon, ExpiresAt: noon,
		}
		if i == 3 {
			lookup.DataKey = nil
		}
		lookups = append(lookups, lookup)
		owners = append(owners, directoryOwner{number, []byte{1}, k.Seal(storage.DirectoryAAD(number), []byte("Ada")), noon})
	}
	if err := db.Gorm.CreateInBatches(lookups, 100).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.Gorm.CreateInBatches(owners, 100).Error; err != nil {
		t.Fatal(err)
	}
}

// check opens everything with a keyring that has only what is in the database.
func check(t *testing.T, db *storage.DB, k *storage.Keyring) {
	t.Helper()
	var lookups []models.Lookup
	var owners []directoryOwner
	if err := db.Read.Find(&lookups).Error; err != nil {
		t.Fatal(err)
	}
	for _, lookup := range lookups {
		aad := storage.RecordAAD(lookup.BusinessID, lookup.ID)
		if err := opens(k, aad, lookup.DataKey, lookup.Request); (err == nil) != (lookup.DataKey != nil) {
			t.Fatalf("%s: %v", lookup.ID, err)
		}
	}
	if err := db.Read.Find(&owners).Error; err != nil {
		t.Fatal(err)
	}
	for _, owner := range owners {
		if plain, err := k.Open(storage.DirectoryAAD(owner.NumberIndex), owner.Sealed); err != nil || string(plain) != "Ada" {
			t.Fatalf("%q, %v", plain, err)
		}
	}
	if len(lookups) == 0 || len(owners) == 0 {
		t.Fatal("there is nothing to check")
	}
}

func TestRewrapMovesEverythingAndThenDeletesTheOldKeys(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		const count = 1100
		clock := newClock()
		k := openKeyring(t, db, clock.now)
		seed(t, db, k, count)
		if err := k.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.pass(time.Minute)
		var done int64
		first, err := k.Rewrap(t.Context(), func(n int64) { done = n })
		// all rows but one that was erased, and two keys of the chains
		if want := (storage.Rewrapped{Rows: 2*count + 1, Kept: 2}); err != nil || first != want || done != 2*count+1 {
			t.Fatalf("first: %+v, %d done, %v", first, done, err)
		}
		check(t, db, openKeyring(t, db, clock.now))
		clock.pass(10 * time.Minute)
		second, err := k.Rewrap(t.Context(), nil)
		if want := (storage.Rewrapped{Deleted: 2}); err != nil || second != want {
			t.Fatalf("second: %+v, %v", second, err)
		}
		check(t, db, openKeyring(t, db, clock.now))
		check(t, db, k)
		var keys int64
		if err := db.Read.Table("sealing_keys").Count(&keys).Error; err != nil || keys != 3 {
			t.Errorf("%d keys, %v", keys, err)
		}
	})
}

func TestARowThatDoesNotOpenKeepsTheOldKeys(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		clock := newClock()
		k := openKeyring(t, db, clock.now)
		seed(t, db, k, 5)
		spoil := db.Gorm.Model(&models.Lookup{}).Where("id LIKE ?", "%1")
		if err := spoil.Update("data_key", []byte("spoilt and not a key")).Error; err != nil {
			t.Fatal(err)
		}
		if err := k.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.pass(time.Hour)
		result, err := k.Rewrap(t.Context(), nil)
		if want := (storage.Rewrapped{Rows: 8 + 2}); err == nil || result != want {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

func TestRekeyNeedsTheNewMasterKeyFromThenOn(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		clock := newClock()
		k := openKeyring(t, db, clock.now)
		seed(t, db, k, 5)
		if err := k.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := k.Rekey(t.Context(), otherMaster); err != nil {
			t.Fatal(err)
		}
		check(t, db, k)
		check(t, db, openKeyring(t, db, clock.now, otherMaster))
		if _, err := storage.OpenKeyring(t.Context(), db.Gorm, masterKey, nil, clock.now); err == nil {
			t.Error("the old master key still opens")
		}
		if err := k.Rotate(t.Context()); err != nil {
			t.Errorf("rotate after rekey: %v", err)
		}
	})
}

func TestAPreviousMasterKeyStillOpensButDoesNotRotate(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		clock := newClock()
		seed(t, db, openKeyring(t, db, clock.now), 5)
		k := openKeyring(t, db, clock.now, otherMaster, masterKey)
		check(t, db, k)
		if err := k.Rotate(t.Context()); models.CodeOf(err) != models.Invalid {
			t.Errorf("got %v", err)
		}
		if err := k.Rekey(t.Context(), otherMaster); err != nil {
			t.Fatal(err)
		}
		check(t, db, openKeyring(t, db, clock.now, otherMaster))
	})
}
