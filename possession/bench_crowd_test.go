package possession

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// perPhone keeps the code that went to each number.
type perPhone struct{ codes sync.Map }

func (p *perPhone) Send(_ context.Context, m Message) Delivery {
	p.codes.Store(m.Phone, m.Code)
	return Delivery{Outcome: Accepted, Provider: "network", Segments: 1}
}

// BenchmarkACrowdOfPeople is 64 people at a time, each of whom gets a code and types it back.
func BenchmarkACrowdOfPeople(b *testing.B) {
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		b.Run(engine, func(b *testing.B) {
			net := &perPhone{}
			h := newHouse(b, storagetest.Open(b, engine), func(o *Options) {
				o.Live, o.Limits.PerBusiness, o.Limits.PerBlock = net, settings.Cap{}, settings.Cap{}
			})
			var next atomic.Int64
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := next.Add(1)
					w, p := who(fmt.Sprint("subject-", i)), phone(fmt.Sprintf("+234801%07d", i))
					if _, err := h.Enrol(b.Context(), SendCode{Who: w, Policy: customer, Phone: p}); err != nil {
						b.Error(err)
						return
					}
					code, _ := net.codes.Load(p)
					if _, err := h.Check(b.Context(), CheckCode{Who: w, Policy: customer, Code: code.(string)}); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
