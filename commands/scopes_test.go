package commands_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestAKeyIsMadeForWhatItIsToDo(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		s := open(t, engine)
		who := s.tenant(t, 10)
		made := s.answer(t, "key", "create", "--business", who.id, "--scopes", "wallet, lookup", "--purposes", "loan", "--verdict-only", "--expires", "2100-01-31")
		if fmt.Sprintln(made["scopes"], made["purposes"], made["verdictOnly"], made["expiresAt"]) != "[lookup wallet] [loan] true 2100-01-31T00:00:00.000Z\n" {
			t.Errorf("%v", made)
		}
		token := made["token"].(string)
		g := s.serve(t)
		r := g.tell(call{method: "POST", path: "/v1/erasures", token: token, body: `{"phoneNumber":"08000000000"}`})
		if r.status != 403 || !strings.Contains(string(r.body), `"code":"not_permitted"`) || !strings.Contains(string(r.body), `"scope":"erasures"`) {
			t.Errorf("%d %s", r.status, r.body)
		}
		if r := g.tell(call{method: "GET", path: "/v1/wallet", token: token}); r.status != 200 {
			t.Errorf("%d %s", r.status, r.body)
		}
		g.stop(t)
		s.mustVerify(t)
		_, out, _ := s.command(t, "key", "list", "--business", who.id)
		if !strings.Contains(out, "lookup,wallet, verdicts only") || !strings.Contains(out, "everything") {
			t.Error(out)
		}
		if code, _, errs := s.command(t, "key", "create", "--business", who.id, "--scopes", "everything"); code != 1 && code != 2 || !strings.Contains(errs, "scopes are lookup, history, wallet") {
			t.Errorf("%d %s", code, errs)
		}
	})
}
