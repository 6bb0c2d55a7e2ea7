package commands_test

import (
	"strings"
	"testing"

	"whoseline/storage/storagetest"
)

// TestADatabaseMovesFromSQLiteToPostgreSQL: what was answered, charged and kept on one engine goes on on the other.
func TestADatabaseMovesFromSQLiteToPostgreSQL(t *testing.T) {
	t.Parallel()
	old := open(t, "sqlite")
	who := old.tenant(t, 10)
	old.answer(t, "user", "create", "--business", who.id, "--email", "ada@example.com", "--role", "owner")
	old.answer(t, "webhook", "create", "--business", who.id, "--url", "https://hooks.example/x")
	old.answer(t, "testnumber", "set", "--business", who.id, "--phone", "08031234567", "--code", "123456")
	g := old.serve(t)
	first := g.tell(lookup(who.token, "08000000000", "order-1"))
	if first.status != 200 {
		t.Fatalf("%d %s", first.status, first.body)
	}
	fresh := &site{url: storagetest.URL(t, "postgres"), environ: old.environ}
	fresh = fresh.with("DATABASE__URL=" + fresh.url)
	if code, _, errs := fresh.command(t, "migrate", "copy", "--from", old.url); code != 1 || !strings.Contains(errs, "another gateway serves") {
		t.Errorf("a served source: exit code %d: %s", code, errs)
	}
	g.stop(t)

	code, out, errs := fresh.command(t, "migrate", "copy", "--from", old.url)
	if code != 0 || !strings.Contains(out, "The books are true: 1 businesses") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	if got, want := fresh.wallet(t, who.id), old.wallet(t, who.id); got.Available != want.Available || got.Held != want.Held || got.Available == 0 {
		t.Errorf("wallet %+v, not %+v", got, want)
	}
	if list := fresh.answer(t, "testnumber", "list", "--business", who.id); list["phoneNumber"] != "+2348031234567" {
		t.Errorf("what was sealed: %v", list)
	}
	if code, _, errs := fresh.command(t, "migrate", "copy", "--from", old.url); code != 1 || !strings.Contains(errs, "not empty") {
		t.Errorf("a second time: exit code %d: %s", code, errs)
	}
	g = fresh.serve(t)
	again := g.tell(lookup(who.token, "08000000000", "order-1"))
	if string(again.body) != string(first.body) || again.header.Get("Idempotent-Replayed") == "" {
		t.Errorf("the repeated request: %d %s", again.status, again.body)
	}
	if r := g.tell(lookup(who.token, "08000000004", "order-2")); r.status != 200 {
		t.Errorf("%d %s", r.status, r.body)
	}
	g.stop(t)
	fresh.mustVerify(t)
}

// TestOnlyAFileThatIsThereIsCopied: a mistyped path makes no empty database, and what goes the other way is refused.
func TestOnlyAFileThatIsThereIsCopied(t *testing.T) {
	t.Parallel()
	s := open(t, "sqlite")
	for from, want := range map[string]struct {
		code int
		says string
	}{
		"sqlite:" + t.TempDir() + "/none.db": {1, "no such file"},
		"postgres://elsewhere/db":            {2, "must be sqlite:PATH"},
		s.url:                                {1, "copies go from sqlite:PATH to a configured postgres:// database"},
	} {
		if code, _, errs := s.command(t, "migrate", "copy", "--from", from); code != want.code || !strings.Contains(errs, want.says) {
			t.Errorf("%s: exit code %d: %s", from, code, errs)
		}
	}
}
