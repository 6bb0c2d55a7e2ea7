package storage_test

import (
	"strings"
	"testing"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// A plan that returns a column of another type than before cannot be used again, whatever the statement names.
func TestAStatementOfAnOldPlanIsPlannedAnew(t *testing.T) {
	t.Parallel()
	for _, pooled := range []bool{false, true} {
		url := storagetest.MigratedURL(t, storage.Postgres)
		l := openLine(t, storage.Options{URL: url, Pooled: pooled, MaxConns: 2})
		ask := func() error {
			var held []string
			return l.db.Read.Raw("SELECT seq FROM wallets").Scan(&held).Error
		}
		run := func() error { return l.pipeline.Run(t.Context(), []string{"SELECT seq FROM wallets"}, nil, nil) }
		for range 3 {
			if err := ask(); err != nil {
				t.Fatal(err)
			}
		}
		if err := run(); err != nil {
			t.Fatal(err)
		}
		other := storagetest.OpenURL(t, url)
		if err := other.Gorm.Exec("ALTER TABLE wallets ALTER COLUMN seq TYPE text").Error; err != nil {
			t.Fatal(err)
		}
		if err := ask(); err != nil {
			t.Errorf("pooled %t: %v", pooled, err)
		}
		if err := run(); err != nil {
			t.Errorf("pooled %t, in a pipeline: %v", pooled, err)
		}
	}
}

// The messages are PgBouncer's.
func TestAnErrorThatAPoolerCausesNamesTheSetting(t *testing.T) {
	t.Parallel()
	db := storagetest.Open(t, storage.Postgres)
	for code, message := range map[string]string{
		"08P01": "unsupported startup parameter: jit", "26000": `prepared statement "w1" does not exist`,
		"42P05": `prepared statement "w1" already exists`,
	} {
		raise := "DO $$ BEGIN RAISE EXCEPTION '" + message + "' USING ERRCODE = '" + code + "'; END $$"
		if err := db.Gorm.Exec(raise).Error; err == nil || !strings.Contains(err.Error(), "database.pooled") {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := db.Gorm.Exec("SELECT 1/0").Error; strings.Contains(err.Error(), "database.pooled") || models.CodeOf(err) != models.Internal {
		t.Errorf("another fault: %v", err)
	}
}
