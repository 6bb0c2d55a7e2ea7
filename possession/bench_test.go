package possession

import (
	"fmt"
	"testing"
	"time"

	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// BenchmarkSendAndCheck is one person who gets a code and types it back.
func BenchmarkSendAndCheck(b *testing.B) {
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, storagetest.Open(b, engine), func(o *Options) { o.Limits.PerBusiness, o.Limits.PerBlock = settings.Cap{}, settings.Cap{} })
			i := 0
			for b.Loop() {
				i++
				w, p := who(fmt.Sprint("subject-", i)), phone(fmt.Sprintf("+234801%07d", i))
				if _, err := h.Enrol(b.Context(), SendCode{Who: w, Policy: customer, Phone: p}); err != nil {
					b.Fatal(err)
				}
				if _, err := h.Check(b.Context(), CheckCode{Who: w, Policy: customer, Code: h.net.last().Code}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWrongCode(b *testing.B) {
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, storagetest.Open(b, engine))
			code := other(h.sent("ada", lagos))
			for b.Loop() {
				_ = h.try("ada", code)
			}
		})
	}
}

func BenchmarkParseInternational(b *testing.B) {
	for b.Loop() {
		if _, err := ParseInternational("+234 801 234 5678", "CH"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	l := usualLimits()
	e := errand{Who: who("ada"), number: []byte{1}, ip: []byte{3}, block: "2348012", nature: nature{region: "NG"}}
	counters, recent := countersOf(l, e, noon), []time.Time{noon, noon}
	for b.Loop() {
		_ = judge(l, e, recent, counters, nil, noon)
	}
}
