package storage_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"whoseline/storage"
)

// onDisk tells whether the files of a database hold some bytes anywhere.
func onDisk(t *testing.T, folder string, sought []byte) bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, sought) {
			return true
		}
	}
	return false
}

func openFile(t *testing.T) (folder string, db *storage.DB) {
	t.Helper()
	folder = t.TempDir()
	db, err := storage.Open(t.Context(), storage.Options{URL: "sqlite:" + folder + "/whoseline.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return folder, db
}

func do(t *testing.T, db *storage.DB, statement string, args ...any) {
	t.Helper()
	if err := db.Gorm.WithContext(t.Context()).Exec(statement, args...).Error; err != nil {
		t.Fatal(err)
	}
}

func TestADestroyedKeyIsNotFoundInTheFileNorInItsLog(t *testing.T) {
	t.Parallel()
	folder, db := openFile(t)
	key := []byte("the key of a person's record, 0123456789")
	do(t, db, "INSERT INTO directory_owners (number_index, owner_index, sealed, imported_at) VALUES (?, ?, ?, ?)", []byte("n"), []byte("o"), key, time.Now())
	if done, err := db.ClearLog(t.Context()); !done || err != nil || !onDisk(t, folder, key) {
		t.Fatal("the key was never there", done, err)
	}
	do(t, db, "UPDATE directory_owners SET sealed = ?", []byte("gone"))
	if done, err := db.ClearLog(t.Context()); !done || err != nil {
		t.Fatal(done, err)
	}
	if onDisk(t, folder, key) {
		t.Error("the key can still be carved out of the files")
	}
}

func TestRewrapLeavesNothingOfDeletedKeysInAFileOfAnOlderRelease(t *testing.T) {
	t.Parallel()
	folder, db := openFile(t)
	clock := newClock()
	k := openKeyring(t, db, clock.now)
	var old [][]byte
	if err := db.Read.Table("sealing_keys").Where("id <> 'index'").Pluck("wrapped", &old).Error; err != nil || len(old) != 2 {
		t.Fatal(len(old), err)
	}
	do(t, db, "PRAGMA secure_delete = OFF") // as it was
	if err := k.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock.pass(11 * time.Minute)
	if got, err := k.Rewrap(t.Context(), nil); err != nil || got.Deleted != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, key := range old {
		if onDisk(t, folder, key) {
			t.Error("a deleted key-encryption key can still be carved out of the files")
		}
	}
}
