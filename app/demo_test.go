package app_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"whoseline/storage"
)

// demo starts the demo in a folder on free ports and waits until it has said so.
func demo(t *testing.T, dir, last string, args ...string) *gateway {
	t.Helper()
	s := open(t, storage.SQLite) // the demo takes nothing from it
	g := s.launch(t, append(args, "demo", "--dir", dir, "--http", "127.0.0.1:0", "--ops", "127.0.0.1:0")...)
	g.await(t, "the demo has spoken", func() bool { return strings.Contains(g.said.String(), last) })
	return g
}

// told is what the demo says first with --json.
type told struct{ HTTP, Ops, Docs, BusinessID, LiveToken, SandboxToken, Dir string }

func demoJSON(t *testing.T, dir string) (*gateway, told) {
	t.Helper()
	g := demo(t, dir, "\n", "--json")
	first, _, _ := strings.Cut(g.said.String(), "\n")
	var v told
	decoder := json.NewDecoder(strings.NewReader(first))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%s: %v", first, err)
	}
	g.http, g.ops = v.HTTP, v.Ops
	return g, v
}

func TestTheDemoIsUsableFromItsFirstLine(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	g, first := demoJSON(t, dir)
	for token, charge := range map[string]string{first.LiveToken: "50.00 NGN", first.SandboxToken: "0.00 NGN"} {
		r := g.tell(lookup(token, "08000000000", ""))
		if r.status != 200 || r.header.Get("Whoseline-Charge") != charge || r.id() == "" {
			t.Errorf("%d %v %s", r.status, r.header, r.body)
		}
	}
	if r := g.tellAt(first.Docs, call{method: "GET"}); r.status != 200 {
		t.Errorf("docs: %d", r.status)
	}
	if g.opsStatus("/readyz") != 200 || first.Dir != dir {
		t.Errorf("not ready, or not in %s: %+v", dir, first)
	}
	g.stop(t)

	again, second := demoJSON(t, dir)
	if second.BusinessID != first.BusinessID || second.LiveToken != first.LiveToken || second.SandboxToken != first.SandboxToken {
		t.Errorf("a second run made other things: %+v, %+v", first, second)
	}
	r := again.tell(call{method: "GET", path: "/v1/wallet", token: second.LiveToken})
	if field(t, r.body, "available") != 100_000.0-price {
		t.Errorf("the second run did not keep the wallet: %s", r.body)
	}
	for _, name := range []string{"demo.json", "whoseline.db"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestTheRequestsThatTheDemoPrintsDoWhatItSays(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no curl")
		}
		t.Skip("there is no curl")
	}
	g := demo(t, filepath.Join(t.TempDir(), "kept"), "Ctrl-C")
	promises := []struct{ about, says string }{
		{"found, charged", `Whoseline-Charge: 50.00 NGN`},
		{"not_found, charged", `Whoseline-Charge: 50.00 NGN`},
		{"free", `Whoseline-Charge: 0.00 NGN`},
		{"wallet", `"available":90000`},
		{"wallet", `"kind":"capture"`},
	}
	requests := printedRequests(g.said.String())
	if len(requests) != len(promises) {
		t.Fatalf("%d requests are printed: %q", len(requests), requests)
	}
	for i, promise := range promises {
		if !strings.Contains(requests[i].about, promise.about) {
			t.Errorf("%q is not about %q", requests[i].about, promise.about)
		}
		out, err := exec.Command("sh", "-c", requests[i].line).CombinedOutput()
		if err != nil || !strings.Contains(string(out), promise.says) {
			t.Errorf("%s: %v: %s", requests[i].line, err, out)
		}
	}
}

// printed is a request in the demo's text and the line above it.
type printed struct{ about, line string }

func printedRequests(text string) (found []printed) {
	about := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "curl "):
			found = append(found, printed{about, line})
		case line != "":
			about = line
		}
	}
	return found
}

func TestADemoFolderThatCannotBeReadIsNotOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := filepath.Join(dir, "demo.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := open(t, storage.SQLite).command(t, "demo", "--dir", dir, "--http", "127.0.0.1:0", "--ops", "127.0.0.1:0")
	if text, err := os.ReadFile(broken); code != 1 || !strings.Contains(errs, broken) || err != nil || string(text) != "{" {
		t.Errorf("exit code %d: %s, %q, %v", code, errs, text, err)
	}
}
