package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func BenchmarkNewKeyAndTwoSeals(b *testing.B) {
	k := openKeyring(b, storagetest.Open(b, storage.SQLite), time.Now)
	plain, out := make([]byte, 300), make([]byte, 0, 400)
	b.ReportAllocs()
	for b.Loop() {
		aead, _, err := k.NewKey("0123456789abcdef01234567/0123456789abcdef01234567")
		if err != nil {
			b.Fatal(err)
		}
		aead.Seal(out, nil, plain, nil)
		aead.Seal(out, nil, plain, nil)
	}
}

func BenchmarkOpenKeyAndOneOpen(b *testing.B) {
	k := openKeyring(b, storagetest.Open(b, storage.SQLite), time.Now)
	wrapped, sealed := sealRecord(b, k, "b/1")
	b.ReportAllocs()
	for b.Loop() {
		if err := opens(k, "b/1", wrapped, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	k := openKeyring(b, storagetest.Open(b, storage.SQLite), time.Now)
	b.ReportAllocs()
	for b.Loop() {
		k.Index("number", "+2348012345678")
	}
}

func BenchmarkRunUnnestInsert(b *testing.B) {
	l := openLine(b, storage.Options{URL: storagetest.MigratedURL(b, storage.Postgres)})
	const size = 64
	const insert = `INSERT INTO transfers (business_id, seq, kind, reference, debit, credit, amount, balance, head, created_at)
		SELECT b, s, 'hold', r, 'available', 'held', 1, 1, h, t
		FROM unnest($1::text[], $2::int8[], $3::text[], $4::bytea[], $5::timestamptz[]) AS x (b, s, r, h, t)`
	business, reference := make([]string, size), make([]string, size)
	seq, head, at := make([]int64, size), make([][]byte, size), make([]time.Time, size)
	next := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		for i := range size {
			next++
			business[i], seq[i], reference[i], at[i] = "b", next, fmt.Sprint(next), noon
			head[i] = bytes.Repeat([]byte{1}, 32)
		}
		err := l.pipeline.Run(context.Background(), []string{insert}, [][]any{{business, seq, reference, head, at}}, nil)
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(next), "µs/row")
}

func BenchmarkRunRoundTrip(b *testing.B) {
	l := openLine(b, storage.Options{URL: storagetest.URL(b, storage.Postgres)})
	for name, statements := range map[string][]string{"one": {"SELECT 1"}, "two": {"SELECT 1", "SELECT 2"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := l.pipeline.Run(context.Background(), statements, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
