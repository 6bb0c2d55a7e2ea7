package storage_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestSlowQueriesAreLoggedWithoutTheirValues(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	url := storagetest.URL(t, storage.Postgres)
	db, err := storage.Open(t.Context(), storage.Options{URL: url, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var name string
	db.Gorm.Raw("SELECT ?::text FROM pg_sleep(1.01)", "Ngozi").Scan(&name)
	db.Gorm.Take(&models.Wallet{}, "business_id = ?", "Ngozi")
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "pg_sleep") || strings.Contains(text, "Ngozi") {
		t.Errorf("logged %s", text)
	}
}

func TestBehindAPoolerNothingIsPrepared(t *testing.T) {
	t.Parallel()
	url := storagetest.URL(t, storage.Postgres)
	db, err := storage.Open(t.Context(), storage.Options{URL: url, Pooled: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := aKey()
	if err := db.Gorm.Create(&key).Error; err != nil {
		t.Fatal(err)
	}
	var got models.Key
	if err := db.Gorm.Where("created_at > ?", noon.Add(-time.Hour)).Take(&got).Error; err != nil || got.ID != "k1" {
		t.Error(got, err)
	}
	var prepared int
	if err := db.Gorm.Raw("SELECT count(*) FROM pg_prepared_statements").Scan(&prepared).Error; err != nil || prepared != 0 {
		t.Errorf("%d statements were prepared, %v", prepared, err)
	}
}

func TestErrorsThatAPoolerCausesNameTheSetting(t *testing.T) {
	t.Parallel()
	l := openLine(t, storage.Options{URL: storagetest.URL(t, storage.Postgres), MaxConns: 2})
	for _, statements := range [][]string{
		{"PREPARE taken AS SELECT 1", "PREPARE taken AS SELECT 1"},
		{"EXECUTE missing"},
	} {
		err := l.db.Gorm.Transaction(func(tx *gorm.DB) (err error) {
			for _, statement := range statements {
				err = errors.Join(err, tx.Exec(statement).Error)
			}
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "database.pooled") {
			t.Errorf("%s: %v", statements, err)
		}
		if err := l.pipeline.Run(t.Context(), statements, make([][]any, len(statements)), nil); err == nil || !strings.Contains(err.Error(), "database.pooled") {
			t.Errorf("%s, in a pipeline: %v", statements, err)
		}
	}
}
