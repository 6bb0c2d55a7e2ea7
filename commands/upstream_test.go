package commands_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"whoseline/test/wait"

	"whoseline/models"
	"whoseline/providers/simulator"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// pendingNumber is one for which the simulated vendor has no answer yet.
const pendingNumber = "08031234563"

// farSide is a simulated vendor and a site whose only source it is.
type farSide struct {
	*site
	sim          *simulator.Simulator
	base, vendor string
}

func simulated(t *testing.T, engine, vendor, live string, settings ...string) *farSide {
	t.Helper()
	sim := simulator.New(simulator.Options{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	c := sim.Credentials(server.URL)[vendor]
	key := "PROVIDERS__VENDOR__" + strings.ToUpper(vendor) + "__"
	return &farSide{open(t, engine, append([]string{
		"PROVIDERS__LIVE=" + live, key + "BASE=" + c.Base, key + "SECRET=" + c.Secret, key + "PARTNER_ID=" + c.PartnerID,
		key + "WEBHOOK_SECRET=" + c.WebhookSecret, key + "CALLBACK_URL=https://gateway.example/upstream/" + vendor,
		"WEBHOOKS__ALLOW_LOOPBACK=true",
	}, settings...)...), sim, server.URL, vendor}
}

// brings lets the vendor send what has become of a result, and gives how the gateway answered each time.
func (f *farSide) brings(t *testing.T, g *gateway, ref, more string) (statuses string) {
	t.Helper()
	ask := fmt.Sprintf(`{"url":"%s/upstream/%s","id":"%s"%s}`, g.http, f.vendor, ref, more)
	response, err := http.Post(f.base+"/__sim/webhooks/"+f.vendor, "application/json", bytes.NewBufferString(ask))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var said struct{ Statuses []int }
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the vendor could not send: HTTP %d, %v", response.StatusCode, err)
	}
	return fmt.Sprint(said.Statuses)
}

// owes gives the reference under which the vendor owes its only answer, and its state.
func owes(t *testing.T, db *storage.DB) (ref string, state models.UpstreamState) {
	t.Helper()
	var row models.UpstreamRef
	if err := db.Read.Take(&row).Error; err != nil {
		t.Fatal(err)
	}
	return row.Ref, row.State
}

// listener is a business's own endpoint, which counts what it is told.
func listener(t *testing.T) (url string, told *atomic.Int64) {
	t.Helper()
	told = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, told
}

func TestAnAnswerThatAVendorBringsLaterIsChargedAndToldOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		f := simulated(t, engine, "youverify", "youverify", "BILLING__SWEEP_EVERY=1h") // nothing is polled
		shop := f.tenant(t, 3)
		url, told := listener(t)
		f.answer(t, "webhook", "create", "--business", shop.id, "--url", url)
		db := storagetest.OpenURL(t, f.url)

		g := f.serve(t)
		pending := g.tell(lookup(shop.token, pendingNumber, "order-1"))
		if status := field(t, pending.body, "data", "status"); pending.status != http.StatusOK || status != "pending" {
			t.Fatalf("HTTP %d: %s", pending.status, pending.body)
		}
		ref, state := owes(t, db)
		if w := f.wallet(t, shop.id); state != models.UpstreamOwed || w.Held != price {
			t.Errorf("%s, wallet %+v", state, w)
		}
		if got := f.brings(t, g, ref, `,"signature":"wrong"`) + f.brings(t, g, ref, `,"signature":"none"`); got != "[401][401]" {
			t.Errorf("forgeries were answered with %s", got)
		}
		if w := f.wallet(t, shop.id); w.Held != price {
			t.Errorf("a forgery moved money: %+v", w)
		}
		g.stop(t)
		g = f.serve(t)
		if got := f.brings(t, g, ref, `,"times":3,"header":"x-yv-signature"`); got != "[200 200 200]" {
			t.Errorf("it was answered with %s", got)
		}
		seen := g.tell(call{method: "GET", path: "/v2/api/identity/" + pending.id(), token: shop.token})
		if status := field(t, seen.body, "data", "status"); status != "found" {
			t.Errorf("%s", seen.body)
		}
		wait.Until(t, "the business is told", func() bool { return told.Load() > 0 })
		f.settledOnce(t, db, shop, pendingNumber, pending.id())
		if n := told.Load(); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

// settledOnce checks that one answer was paid for and charged, and that the books agree.
func (f *farSide) settledOnce(t *testing.T, db *storage.DB, shop tenant, number, lookup string) {
	t.Helper()
	if w := f.wallet(t, shop.id); w.Available != 2*price || w.Held != 0 {
		t.Errorf("wallet %+v", w)
	}
	if got := references(t, db, shop.id, models.Capture); len(got) != 1 || !got[lookup] {
		t.Errorf("captured %v", got)
	}
	if _, state := owes(t, db); state != models.UpstreamKept {
		t.Errorf("the answer is %s", state)
	}
	if n := f.sim.Count(f.vendor, number); n.Hits != 1 || n.Billed != 1 {
		t.Errorf("the vendor counts %+v", n)
	}
	f.mustVerify(t)
}

func TestAnAnswerThatAVendorOwesIsFetchedWithoutPayingAgain(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		f := simulated(t, engine, "youverify", "youverify", "BILLING__SWEEP_EVERY=200ms")
		shop := f.tenant(t, 3)
		url, told := listener(t)
		f.answer(t, "webhook", "create", "--business", shop.id, "--url", url)
		db := storagetest.OpenURL(t, f.url)
		g := f.serve(t)
		pending := g.tell(lookup(shop.token, pendingNumber, ""))
		g.kill()
		f.serve(t)
		wait.Until(t, "the business is told", func() bool { return told.Load() > 0 })
		f.settledOnce(t, db, shop, pendingNumber, pending.id())
	})
}

func TestAJobsCallbackIsTakenUnderItsSignatureOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const number = "08031234560"
		f := simulated(t, engine, "smile", "smile_v1_async", "BILLING__SWEEP_EVERY=1h")
		shop := f.tenant(t, 3)
		url, told := listener(t)
		f.answer(t, "webhook", "create", "--business", shop.id, "--url", url)
		db := storagetest.OpenURL(t, f.url)
		g := f.serve(t)
		pending := g.tell(lookup(shop.token, number, ""))
		ref, _ := owes(t, db)
		if status := field(t, pending.body, "data", "status"); status != "pending" || ref != pending.id() {
			t.Fatalf("%s, owed under %q", pending.body, ref)
		}
		got := f.brings(t, g, ref, `,"signature":"wrong"`) + f.brings(t, g, ref, `,"signature":"none"`) + f.brings(t, g, ref, `,"times":2`)
		if got != "[401][401][200 200]" {
			t.Errorf("it was answered with %s", got)
		}
		wait.Until(t, "the business is told", func() bool { return told.Load() > 0 })
		f.settledOnce(t, db, shop, number, pending.id())
	})
}

func TestWhatTwoGatewaysHearOfOneAnswerAtOnceIsPaidForAndChargedOnce(t *testing.T) {
	t.Parallel()
	f := simulated(t, storage.Postgres, "youverify", "youverify", "BILLING__SWEEP_EVERY=200ms")
	shop := f.tenant(t, 3)
	url, told := listener(t)
	f.answer(t, "webhook", "create", "--business", shop.id, "--url", url)
	db := storagetest.OpenURL(t, f.url)
	gateways := []*gateway{f.serve(t), f.serve(t)} // both poll, and hear
	pending := gateways[0].tell(lookup(shop.token, pendingNumber, "order-1"))
	ref, _ := owes(t, db)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for _, status := range strings.Fields(strings.Trim(f.brings(t, gateways[i%2], ref, `,"times":3`), "[]")) {
				if status != "200" && status != "503" {
					t.Errorf("it was answered with %s", status)
				}
			}
		})
	}
	all.Wait()
	wait.Until(t, "the business is told", func() bool { return told.Load() > 0 })
	f.settledOnce(t, db, shop, pendingNumber, pending.id())
	if n := told.Load(); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestAnAnswerForALookupThatIsBeingAskedForIsToComeAgain(t *testing.T) {
	t.Parallel()
	f := simulated(t, storage.Postgres, "youverify", "youverify", "BILLING__SWEEP_EVERY=1h")
	shop := f.tenant(t, 3)
	url, _ := listener(t)
	f.answer(t, "webhook", "create", "--business", shop.id, "--url", url)
	db := storagetest.OpenURL(t, f.url)
	g := f.serve(t)
	pending := g.tell(lookup(shop.token, pendingNumber, ""))
	ref, _ := owes(t, db)
	err := db.Gorm.Exec("INSERT INTO lookup_claims VALUES (?, ?, 'another', now() + interval '1 hour')", shop.id, pending.id()).Error
	if err != nil {
		t.Fatal(err)
	}
	if got := f.brings(t, g, ref, ""); got != "[503]" {
		t.Errorf("it was answered with %s", got)
	}
	if err := db.Gorm.Exec("DELETE FROM lookup_claims").Error; err != nil {
		t.Fatal(err)
	}
	if got := f.brings(t, g, ref, ""); got != "[200]" {
		t.Errorf("it was answered with %s", got)
	}
	f.settledOnce(t, db, shop, pendingNumber, pending.id())
}

func TestASourceThatAnswersOnlyByCallbackIsBilledOnceForABusinessThatCannotBeTold(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const number = "08031234560"
		f := simulated(t, engine, "smile", "smile_v1_async", "BILLING__SWEEP_EVERY=1h")
		shop := f.tenant(t, 3)
		db := storagetest.OpenURL(t, f.url)
		g := f.serve(t)
		first := g.tell(lookup(shop.token, number, "order-1"))
		for range 4 {
			if again := g.tell(lookup(shop.token, number, "order-1")); again.status != http.StatusOK || !bytes.Equal(again.body, first.body) {
				t.Errorf("HTTP %d: %s", again.status, again.body)
			}
		}
		if n := f.sim.Count(f.vendor, number); n.Billed != 1 {
			t.Errorf("the vendor counts %+v", n)
		}
		ref, _ := owes(t, db)
		if got := f.brings(t, g, ref, ""); got != "[200]" {
			t.Errorf("it was answered with %s", got)
		}
		seen := g.tell(call{method: "GET", path: "/v2/api/identity/" + first.id(), token: shop.token})
		if status := field(t, seen.body, "data", "status"); status != "found" {
			t.Errorf("%s", seen.body)
		}
		f.settledOnce(t, db, shop, number, first.id())
	})
}
