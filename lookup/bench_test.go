package lookup

import (
	"testing"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func BenchmarkOpenAndSealARecord(b *testing.B) {
	d := newDesk(b, storagetest.Open(b, storage.SQLite))
	q := d.query()
	finding := found(ngozi)(Question{})
	b.ReportAllocs()
	for b.Loop() {
		record, key, err := d.open(q)
		if err != nil {
			b.Fatal(err)
		}
		record.Status = models.StatusFound
		record.hear(finding, noon)
		record.seal(key)
	}
}

func BenchmarkUnsealARecord(b *testing.B) {
	d := newDesk(b, storagetest.Open(b, storage.SQLite))
	record, key, err := d.open(d.query())
	if err != nil {
		b.Fatal(err)
	}
	finding := found(ngozi)(Question{})
	record.Status = models.StatusFound
	record.hear(finding, noon)
	record.seal(key)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.unseal(record.Lookup); err != nil {
			b.Fatal(err)
		}
	}
}
