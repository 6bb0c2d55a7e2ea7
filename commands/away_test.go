package commands_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/app"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

func TestOfASilentDatabaseEveryCallerHearsAndTheGatewayRecovers(t *testing.T) {
	t.Parallel()
	url := storagetest.MigratedURL(t, storage.Postgres)
	line, wired := storagetest.Wire(t, url)
	s := openAt(t, url, "CHANNELS__LIVE=outbox")
	who := s.tenant(t, 1000)
	g := s.with("DATABASE__URL="+wired, "BILLING__SWEEP_EVERY=1s").inside(t)
	if faults := g.walk(who.token, "100"); len(faults) > 0 {
		t.Fatalf("before: %q", faults)
	}
	line.Silent(true)
	replies := together([]*gateway{g}, 40, func(g *gateway, i int) reply {
		return g.tell(lookup(who.token, "08000000000", fmt.Sprint("k", i%20)))
	})
	replies = append(replies, g.tell(call{method: "GET", path: "/v1/wallet", token: who.token}))
	for i, r := range replies {
		want := 500
		if i == len(replies)-1 {
			want = 503
		}
		if r.status != want || r.header.Get("Retry-After") == "" {
			t.Errorf("caller %d: %d %s, %s", i, r.status, r.body, r.header)
		}
	}
	if status := g.opsStatus("/readyz"); status != 503 {
		t.Errorf("ready: %d", status)
	}
	line.Silent(false)
	wait.Until(t, "it answers again", func() bool {
		return g.tell(lookup(who.token, "08000000000", "")).status == 200
	})
	wait.Until(t, "it is ready again", func() bool { return g.opsStatus("/readyz") == 200 })
	wait.Until(t, "nothing stays held", func() bool { return s.wallet(t, who.id).Held == 0 })
	s.mustVerify(t)
}

func TestADatabaseThatIsAwayIsToldInEachDialect(t *testing.T) {
	t.Parallel()
	url, stop, err := storagetest.StartPostgres(t.TempDir(), map[string]string{"shared_buffers": "32MB"})
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	t.Cleanup(func() {
		if !stopped {
			stop(true)
		}
	})
	s := openAt(t, url, "CHANNELS__LIVE=outbox", "DATABASE__MIGRATE=true")
	who := s.tenant(t, 10)
	g := s.inside(t)
	said := g.tell(call{method: "POST", path: "/v1/subjects/ada/tokens", token: who.token})
	subject, _ := field(t, said.body, "token").(string)
	stop(true)
	stopped = true
	for _, c := range []struct {
		call
		status int
		body   string
	}{
		{lookup(who.token, "08000000000", "k"), 500, `"message":"Service unavailable"`},
		{lookup(who.token, "08000000000", ""), 500, `"message":"Service unavailable"`},
		{call{method: "GET", path: "/v1/wallet", token: who.token}, 503, `"code":"unavailable"`},
		{call{method: "GET", path: "/auth/v1/users/me/phone", token: "Bearer " + subject}, 503, `"code":14`},
	} {
		r := g.tell(c.call)
		if r.status != c.status || !strings.Contains(string(r.body), c.body) || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s, Retry-After %q", c.path, r.status, r.body, r.header.Get("Retry-After"))
		}
	}
}

func TestAWrongMachineClockEndsNoLeaseAndIsNotReady(t *testing.T) {
	t.Parallel()
	s := open(t, storage.Postgres, "BILLING__SWEEP_EVERY=1s", "PROVIDERS__SANDBOX_DELAY=2s")
	who := s.tenant(t, 100)
	good := s.inside(t)
	for _, off := range []time.Duration{time.Hour, -time.Hour} {
		wrong := s.insideUnready(t, func(o *app.Options) { o.Machine = func() time.Time { return time.Now().Add(off) } })
		replies := together([]*gateway{good, wrong}, 8, func(g *gateway, i int) reply {
			return g.tell(lookup(who.token, "08000000000", ""))
		})
		if count := statuses(replies); count[http.StatusOK] != len(replies) {
			t.Errorf("%s off: %v", off, count)
		}
		if r := wrong.tellAt(wrong.ops, call{method: "GET", path: "/readyz"}); r.status != 503 || !strings.Contains(string(r.body), "off the database's") {
			t.Errorf("%s off: %d %s", off, r.status, r.body)
		}
	}
}

func TestASecondGatewayOnOneFileIsRefusedAndCommandsAreNot(t *testing.T) {
	t.Parallel()
	s := open(t, storage.SQLite)
	s.inside(t)
	if code, _, errs := s.command(t, "serve"); code != 1 || !strings.Contains(errs, "another gateway serves") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	s.tenant(t, 1)
	s.mustVerify(t)
}
