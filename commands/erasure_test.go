package commands_test

import (
	"strings"
	"testing"

	"whoseline/storage/storagetest"
)

func TestErasingAPersonLeavesTheBooksTrueAndNamesNobody(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const gone, kept = "08031977246", "08000000000"
		s := open(t, engine, "LOG__LEVEL=debug", "LOG__REQUESTS=all")
		who, other := s.tenant(t, 10), s.tenant(t, 10)
		g := s.serve(t)
		for _, c := range []call{
			lookup(who.token, gone, "k"), lookup(who.token, gone, ""), lookup(who.token, kept, "k2"), lookup(other.token, gone, "k"),
		} {
			if r := g.tell(c); r.status != 200 {
				t.Fatalf("%d %s", r.status, r.body)
			}
		}
		before := s.wallet(t, who.id)
		r := g.tell(call{method: "POST", path: "/v1/erasures", token: who.token, body: `{"phoneNumber":"` + gone + `"}`})
		if r.status != 200 || !strings.Contains(string(r.body), `"erased":2,"pendingEnded":0,`) {
			t.Errorf("%d %s", r.status, r.body)
		}
		for want, c := range map[int]call{404: lookup(who.token, gone, "k"), 200: lookup(who.token, kept, "k2")} {
			if r := g.tell(c); r.status != want {
				t.Errorf("%d %s", r.status, r.body)
			}
		}
		if r := g.tell(lookup(other.token, gone, "k")); r.status != 200 || r.header.Get("Idempotent-Replayed") == "" {
			t.Errorf("another business: %d %s", r.status, r.body)
		}
		metrics := g.tellAt(g.ops, call{method: "GET", path: "/metrics"})
		if !strings.Contains(string(metrics.body), `whoseline_lookups_erased_total{cause="request"} 2`) {
			t.Error("the erasure is not counted")
		}
		g.stop(t)
		if w := s.wallet(t, who.id); w.Available != before.Available || w.Held != before.Held {
			t.Errorf("wallet: %+v, before %+v", w, before)
		}
		s.mustVerify(t)
		events := s.answer(t, "audit", "--business", who.id, "--limit", "1")
		if events["actor"] != "key "+who.keyID || events["action"] != "lookup.erased" {
			t.Errorf("%v", events)
		}
		mustNotShow(t, "the log", g.said.String(), []string{gone, gone[1:]})
		mustNotShow(t, "/metrics", string(metrics.body), []string{gone, gone[1:]})
		mustNotShow(t, "the database", dump(t, storagetest.OpenURL(t, s.url)), []string{gone, gone[1:]})
	})
}

func TestVerifyFindsKeysThatWereLostOrAreBack(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine)
		who, other := s.tenant(t, 2), s.tenant(t, 2)
		g := s.serve(t)
		for _, number := range []string{"08000000000", "08000000004"} {
			if r := g.tell(lookup(who.token, number, "")); r.status != 200 {
				t.Fatalf("%d %s", r.status, r.body)
			}
		}
		g.stop(t)
		if code, _, errs := s.command(t, "lookup", "erase", "--business", who.id, "--number", "08000000000"); code != 0 {
			t.Fatal(errs)
		}
		s.mustVerify(t)
		db := storagetest.OpenURL(t, s.url)
		for _, c := range []struct{ change, what string }{
			{`UPDATE lookups SET data_key = NULL`, "2 are erased; the audit trail tells of 1"},
			{`UPDATE lookups SET data_key = request`, "0 are erased; the audit trail tells of 1"},
		} {
			if err := db.Gorm.Exec(c.change).Error; err != nil {
				t.Fatal(err)
			}
			code, out, _ := s.command(t, "verify")
			if want := "business " + who.id + ": lookups " + who.id + " " + c.what + "\n"; code != 1 || out != want {
				t.Errorf("exit code %d: %s", code, out)
			}
		}
		if code, out, _ := s.command(t, "verify", "--business", other.id); code != 0 {
			t.Errorf("another business: exit code %d: %s", code, out)
		}
	})
}

func TestWrongCountersAreNamedAndMadeAnew(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine)
		who := s.tenant(t, 1)
		wrong := `INSERT INTO lookup_counts (business_id, hour, sandbox, advanced, source, key_id, outcome, checked, n, charged)
			VALUES (?, 1, false, false, '', 'k', 'found', '', 3, 300)`
		if err := storagetest.OpenURL(t, s.url).Gorm.Exec(wrong, who.id).Error; err != nil {
			t.Fatal(err)
		}
		if code, out, errs := s.command(t, "verify"); code != 1 || !strings.Contains(out+errs, "`whoseline lookup recount`") {
			t.Errorf("%d %s %s", code, out, errs)
		}
		if said := s.answer(t, "lookup", "recount", "--business", who.id); said["business"] != who.id {
			t.Error(said)
		}
		s.mustVerify(t)
		if code, _, errs := s.command(t, "lookup", "recount", "--business", "nobody"); code != 1 || !strings.Contains(errs, "no such business") {
			t.Errorf("%d %s", code, errs)
		}
	})
}

// A gateway is killed while it destroys the keys of many lookups. Nothing of the person is read meanwhile, and the next one goes on.
func TestAnErasureOutlivesTheGatewayThatIsKilled(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		const gone, lookups = "08000000000", 2500
		s := open(t, engine, hasty("PROVIDERS__SANDBOX_DELAY=1ms")...)
		who := s.tenant(t, 1_000_000)
		g := s.serve(t)
		l := g.loadOf(32, who.token, "load")
		l.after(t, lookups)
		l.stop()
		r := g.tell(call{method: "POST", path: "/v1/erasures", token: who.token, body: `{"phoneNumber":"` + gone + `"}`})
		if r.status != 202 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		id := field(t, r.body, "id").(string)
		progress := func() (state string, erased float64) {
			r := g.tell(call{method: "GET", path: "/v1/erasures/" + id, token: who.token})
			return field(t, r.body, "state").(string), field(t, r.body, "erased").(float64)
		}
		g.await(t, "a batch is erased", func() bool { _, erased := progress(); return erased > 0 })
		g.kill()
		db := storagetest.OpenURL(t, s.url)
		var left int64
		if err := db.Gorm.Raw("SELECT count(*) FROM lookups WHERE data_key IS NOT NULL").Scan(&left).Error; err != nil || left == 0 {
			t.Fatalf("%d keys are left: it was killed too late, %v", left, err)
		}
		s.mustVerify(t)
		// as if the minute were over in which others leave it alone
		if err := db.Gorm.Exec("UPDATE erasures SET lease_until = asked_at").Error; err != nil {
			t.Fatal(err)
		}
		g = s.serve(t)
		if state, _ := progress(); state == "running" {
			r := g.tell(call{method: "GET", path: "/v2/api/identity", token: who.token})
			if strings.Contains(string(r.body), "PRIOR") || strings.Contains(string(r.body), gone) {
				t.Errorf("the person can be read: %s", r.body)
			}
		}
		g.await(t, "the erasure has ended", func() bool { state, _ := progress(); return state == "completed" })
		if _, erased := progress(); erased < lookups {
			t.Errorf("%v are erased", erased)
		}
		g.stop(t)
		s.mustVerify(t)
		mustNotShow(t, "the database", dump(t, db), []string{gone, gone[1:], "PRIOR"})
		_, trail, _ := s.command(t, "audit", "--business", who.id, "--limit", "100")
		if n := strings.Count(trail, "erasure.completed"); n != 1 {
			t.Errorf("the trail tells %d times that it ended", n)
		}
	})
}
