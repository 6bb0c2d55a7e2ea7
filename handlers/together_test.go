package handlers_test

import (
	"bytes"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"whoseline/storage"
	"whoseline/storage/storagetest"
)

const together = `
-- world --
tick 0s
-- setup --
business acme
key acme-live-token-1 business=acme
topup 100000 business=acme
`

// elsewhere is another gateway: its ids are others because its clock shows another second.
const elsewhere = `
-- world --
now 2021-12-15T00:20:54Z
tick 0s
`

const repeated = `POST /v2/api/identity/ng/phone HTTP/1.1
token: acme-live-token-1
Idempotency-Key: k-1

{"mobile":"08000000000","isSubjectConsent":true}
`

// The end of Y-12: fifty at once over two gateways that share a database.
func TestOneIdempotencyKeyAtOnceIsOneLookupAndOneDebit(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{storage.SQLite, storage.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := storagetest.MigratedURL(t, engine)
			first := &conversation{gateway: raise(t, url, txtar.Parse([]byte(together)))}
			second := &conversation{gateway: raise(t, url, txtar.Parse([]byte(elsewhere)))}
			var came []chan answer
			for range 25 {
				came = append(came, first.begin(t, first.request(repeated)), second.begin(t, second.request(repeated)))
			}
			var body []byte
			fresh := 0
			for _, c := range came {
				a := <-c
				a.check(t)
				switch {
				case a.status == 409:
					continue
				case a.status != 200 || body != nil && !bytes.Equal(a.body, body):
					t.Fatalf("%s", a)
				case a.header.Get("Idempotent-Replayed") == "":
					fresh++
				}
				body = a.body
			}
			if got := first.wallet(t, "acme"); fresh != 1 || got != "available=95000 held=0 entries=3\n" {
				t.Errorf("%d fresh answers, %s", fresh, got)
			}
		})
	}
}
