package commands_test

import (
	"net"
	"strings"
	"syscall"
	"testing"

	"whoseline/storage"
)

func TestAGatewayThatIsToldToStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const slow = 20
		s := open(t, engine)
		who := s.tenant(t, slow)
		g := s.serve(t)
		silent, err := net.Dial("tcp", strings.TrimPrefix(g.http, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		calls := make([]call, slow)
		for i := range calls {
			calls[i] = lookup(who.token, "08000000007", "")
		}
		replies := make(chan []reply)
		go func() { replies <- burst([]*gateway{g}, calls) }()
		g.await(t, "all are under way", func() bool { return s.wallet(t, who.id).Held == slow*price })
		if err := g.command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		g.await(t, "/readyz says that it shuts down", func() bool { return g.opsStatus("/readyz") == 503 })
		if got := statuses(<-replies); got[200] != slow {
			t.Errorf("statuses: %v", got)
		}
		g.wait(t)
		if code := g.command.ProcessState.ExitCode(); code != 0 || strings.Contains(g.said.String(), "did not finish") {
			t.Errorf("exit code %d: %s", code, g.said.String())
		}
		if w := s.wallet(t, who.id); w.Available != 0 || w.Held != 0 {
			t.Errorf("wallet: %+v", w)
		}
		s.mustVerify(t)
	})
}

func TestAGatewayIsReadyWhenItServes(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		g := open(t, engine).serve(t)
		for path, want := range map[string]int{"/readyz": 200, "/livez": 200, "/metrics": 200, "/nothing": 404} {
			if got := g.opsStatus(path); got != want {
				t.Errorf("%s: %d", path, got)
			}
		}
		if r := g.tell(call{method: "GET", path: "/metrics"}); r.status == 200 {
			t.Error("callers can read the metrics")
		}
	})
}

func TestAKeyThatWasRevokedElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine)
		who := s.tenant(t, 10)
		g := s.serve(t)
		if r := g.tell(lookup(who.token, "08000000000", "")); r.status != 200 {
			t.Fatalf("before: %d %s", r.status, r.body)
		}
		s.answer(t, "key", "revoke", "--key", who.keyID)
		wallet := call{method: "GET", path: "/v1/wallet", token: who.token}
		g.await(t, "the key is refused", func() bool { return g.tell(wallet).status == 401 })
		if r := g.tell(lookup(who.token, "08000000000", "")); r.status != 403 {
			t.Errorf("afterwards: %d %s", r.status, r.body)
		}
	})
}

func TestAnAddressThatIsTakenIsReportedBeforeAnythingServes(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, setting := range []string{"HTTP__ADDR", "OPS__ADDR"} {
		s := open(t, storage.SQLite, setting+"="+taken.Addr().String())
		code, _, errs := s.command(t, "serve")
		name := strings.ToLower(strings.Replace(setting, "__", ".", 1))
		if code != 1 || !strings.Contains(errs, name) {
			t.Errorf("%s: exit code %d: %s", setting, code, errs)
		}
	}
}
