package webhooks

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// BenchmarkDelivery claims, delivers over loopback and settles; an operation is one delivery.
func BenchmarkDelivery(b *testing.B) {
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		for _, businesses := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/businesses=%d", engine, businesses), func(b *testing.B) { benchmarkDelivery(b, engine, businesses) })
		}
	}
}

func benchmarkDelivery(b *testing.B, engine string, businesses int) {
	o := newOffice(b, storagetest.Open(b, engine), &script{at: noon})
	at := newReceiver(b, func(http.ResponseWriter, *http.Request) {})
	for i := range businesses {
		o.endpoint(fmt.Sprint(i), at.URL)
	}
	tx := o.primary.Begin()
	for i := range b.N {
		id := o.world.NewID()
		e, err := o.Seal(NewEvent{BusinessID: fmt.Sprint(i % businesses), Type: "t", LookupID: id, Payload: make([]byte, 1000)})
		if err != nil {
			b.Fatal(err)
		}
		if err := Enqueue(tx, e); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit().Error; err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	d := newDispatcher(o.Service)
	for done := 0; done < b.N; {
		d.turn(b.Context())
		d.gather(<-d.results)
		done += len(d.ended)
	}
	d.finish()
	b.StopTimer()
	var left int64
	if err := o.replica.Model(&models.WebhookDelivery{}).Where("state <> 'delivered'").Count(&left).Error; err != nil || left > 0 {
		b.Fatalf("%d left, %v", left, err)
	}
}

// BenchmarkHasEndpoint is what every lookup pays.
func BenchmarkHasEndpoint(b *testing.B) {
	o := newOffice(b, storagetest.Open(b, storage.SQLite), &script{at: time.Now()})
	if err := o.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		o.HasEndpoint(b.Context(), "shop", false)
	}
}
