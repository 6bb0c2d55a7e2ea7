package access_test

import (
	"testing"

	"gorm.io/gorm"

	"whoseline/access"
	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func BenchmarkBusiness(b *testing.B) {
	db := storagetest.Open(b, storage.SQLite)
	keys := access.NewKeys(access.Options{DB: db.Gorm, Read: db.Read, World: models.RealWorld(), Begin: func(tx *gorm.DB, id string) error {
		return tx.Create(&models.Wallet{BusinessID: id, Currency: models.Naira, Head: []byte("start")}).Error
	}})
	if _, err := access.NewBusinesses(keys).Create(b.Context(), access.NewBusiness{ID: "shop", Name: "Shop"}); err != nil {
		b.Fatal(err)
	}
	_, token, err := keys.Create(b.Context(), access.NewKey{BusinessID: "shop"})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("from memory", func(b *testing.B) {
		keys.Watch(b.Context())
		b.ReportAllocs()
		for b.Loop() {
			if _, err := keys.Business(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("garbage", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := keys.Business(b.Context(), flipped(token)); err == nil {
				b.Fatal("let in")
			}
		}
	})
}

func BenchmarkAllow(b *testing.B) {
	l := access.NewLimiter(models.RealWorld())
	b.ReportAllocs()
	for b.Loop() {
		l.Allow("0123456789abcdef01234567", 1_000_000)
	}
}
