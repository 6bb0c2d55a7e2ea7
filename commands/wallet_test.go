package commands_test

import (
	"bytes"
	"strconv"
	"testing"

	"whoseline/models"
	"whoseline/storage/storagetest"
)

func serveMany(t *testing.T, s *site, n int) (gateways []*gateway) {
	t.Helper()
	for range n {
		gateways = append(gateways, s.serve(t))
	}
	return gateways
}

func TestAWalletWorthTwentyAnswersPaysForTwentyOfTwoHundred(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine)
		who := s.tenant(t, 20)
		calls := make([]call, 200)
		for i := range calls {
			calls[i] = lookup(who.token, "08000000000", "")
		}
		got := statuses(burst(serveMany(t, s, processes(engine)), calls))
		if got[200] != 20 || got[402] != 180 {
			t.Errorf("statuses: %v", got)
		}
		if w := s.wallet(t, who.id); w.Available != 0 || w.Held != 0 {
			t.Errorf("wallet: %+v", w)
		}
		s.mustVerify(t)
	})
}

func TestOneIdempotencyKeyHasOneEffectInAllProcesses(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine, "PROVIDERS__SANDBOX_DELAY=50ms")
		who := s.tenant(t, 50)
		gateways := serveMany(t, s, processes(engine))
		calls := make([]call, 100)
		for i := range calls {
			calls[i] = lookup(who.token, "08000000000", "one and only")
		}
		replies := burst(gateways, calls)
		if got := statuses(replies); got[200] == 0 || got[200]+got[409] != len(calls) {
			t.Errorf("statuses: %v", got)
		}
		answer := mustReplay(t, gateways, calls[0])
		for _, r := range replies {
			if r.status == 200 && !bytes.Equal(r.body, answer) {
				t.Errorf("differs:\n%s\n%s", r.body, answer)
			}
		}
		for _, g := range gateways {
			if r := g.tell(lookup(who.token, "08000000001", "one and only")); r.status != 422 {
				t.Errorf("another body: %d %s", r.status, r.body)
			}
		}
		if paid := references(t, storagetest.OpenURL(t, s.url), who.id, models.Capture); len(paid) != 1 {
			t.Errorf("%d lookups were paid", len(paid))
		}
		if w := s.wallet(t, who.id); w.Available != 49*price || w.Held != 0 {
			t.Errorf("wallet: %+v", w)
		}
		s.mustVerify(t)
	})
}

// mustReplay asks every gateway once more and gives the answer that they all give.
func mustReplay(t *testing.T, gateways []*gateway, c call) (answer []byte) {
	t.Helper()
	for _, g := range gateways {
		r := g.tell(c)
		if r.status != 200 || r.header.Get("Idempotent-Replayed") != "true" {
			t.Fatalf("repeated: %d %v %s", r.status, r.header, r.body)
		}
		if answer != nil && !bytes.Equal(answer, r.body) {
			t.Errorf("differs:\n%s\n%s", answer, r.body)
		}
		answer = r.body
	}
	return answer
}

func TestTwentyOfTwoHundredCallersStayUnderACapAcrossProcesses(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine)
		who := s.tenant(t, 500)
		s.answer(t, "cap", "set", "--business", who.id, "--period", "day", "--money", strconv.Itoa(20*price), "--lookups", "1000")
		calls := make([]call, 200)
		for i := range calls {
			calls[i] = lookup(who.token, "08000000000", "")
		}
		got := statuses(burst(serveMany(t, s, processes(engine)), calls))
		if got[200] != 20 || got[402] != 180 {
			t.Errorf("statuses: %v", got)
		}
		if w := s.wallet(t, who.id); w.Available != 480*price || w.Held != 0 {
			t.Errorf("wallet: %+v", w)
		}
		s.mustVerify(t)
	})
}
