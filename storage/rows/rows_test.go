package rows_test

import (
	"errors"
	"testing"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/rows"
	"whoseline/storage/storagetest"
)

func TestAPageTellsWhetherMoreFollows(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		for _, id := range []string{"a", "b", "c"} {
			if err := db.Gorm.Create(&models.Wallet{BusinessID: id, Currency: models.Naira, Head: make([]byte, 32)}).Error; err != nil {
				t.Fatal(err)
			}
		}
		for limit, want := range map[int]int{2: 2, 3: 3, 4: 3} {
			list, more, err := rows.Page[models.Wallet](db.Gorm.Order("business_id"), limit)
			if err != nil || len(list) != want || more != (limit < 3) || list[0].BusinessID != "a" {
				t.Errorf("limit %d: %d rows, more: %v (%v)", limit, len(list), more, err)
			}
		}
	})
}

func TestAMissingRowIsNotFoundAndAFaultIsNot(t *testing.T) {
	t.Parallel()
	storagetest.Engines(t, func(t *testing.T, db *storage.DB) {
		_, err := rows.First[models.Wallet](db.Gorm.Where("business_id = 'a'"), "there is no such wallet")
		if !errors.Is(err, models.Fail(models.NotFound, "")) {
			t.Error(err)
		}
		if row, err := rows.Maybe[models.Wallet](db.Gorm.Where("business_id = 'a'")); row != nil || err != nil {
			t.Error(row, err)
		}
		if _, err := rows.First[models.Wallet](db.Gorm.Where("no_such_column = 1"), ""); models.CodeOf(err) != models.Internal {
			t.Error(err)
		}
	})
}
