package commands_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"whoseline/test/wait"

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
type told struct {
	HTTP, Ops, Docs, BusinessID, LiveToken, SandboxToken, Dir string
	Console, ConsoleEmail, ConsolePassword                    string
	Faces                                                     struct {
		Lumin   struct{ TenantID, TenantSecret string }
		DigiPay struct{ CompanyID, ClientID, SecretKey string }
		ZITADEL struct{ Issuer, ResourceOwner, ClientID string }
	}
}

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
	second.HTTP, second.Ops, second.Docs, second.Console = first.HTTP, first.Ops, first.Docs, first.Console
	second.Faces.ZITADEL.Issuer = first.Faces.ZITADEL.Issuer
	if second != first {
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

func TestTheDemoLetsItsOwnerIntoTheConsole(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	g, first := demoJSON(t, dir)
	g.stop(t)
	again, second := demoJSON(t, dir)
	if second.ConsoleEmail != first.ConsoleEmail || second.ConsolePassword != first.ConsolePassword {
		t.Errorf("another run has another login: %+v, %+v", first, second)
	}
	form := url.Values{"email": {second.ConsoleEmail}, "password": {second.ConsolePassword}}
	client := http.Client{Timeout: wait.Patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(second.Console+"/sign-in", form)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusSeeOther || len(response.Cookies()) != 1 {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	again.stop(t)
}

func TestTheFacesOfADemoLetTheirClientsIn(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	g, first := demoJSON(t, dir)
	if first.Faces.ZITADEL.Issuer != first.HTTP || first.Faces.DigiPay.CompanyID != first.BusinessID {
		t.Errorf("%+v", first)
	}
	g.stop(t)

	forgetFaces(t, dir)
	again, second := demoJSON(t, dir)
	lumin := second.Faces.Lumin
	if second.BusinessID != first.BusinessID || lumin.TenantID == first.Faces.Lumin.TenantID {
		t.Errorf("an older folder is not kept, or has no new clients: %+v, %+v", first, second)
	}
	r := again.tell(call{
		method: "POST", path: "/Onboarding/api/v1/Auth/GenerateOnboardingSessionToken",
		body: `{"tenantId":"` + lumin.TenantID + `","tenantSecret":"` + lumin.TenantSecret + `"}`,
	})
	if r.status != 200 {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// forgetFaces makes a demo's folder one of the time before there were faces.
func forgetFaces(t *testing.T, dir string) {
	t.Helper()
	path, state := filepath.Join(dir, "demo.json"), map[string]any{}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &state); err != nil || state["faces"] == nil {
		t.Fatalf("%s: %v", text, err)
	}
	delete(state, "faces")
	if text, err = json.Marshal(state); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatTheDemoPrintsDoesWhatItSays(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no curl")
		}
		t.Skip("there is no curl")
	}
	g := demo(t, filepath.Join(t.TempDir(), "a newcomer's folder"), "Ctrl-C")
	lookups, walks, found := strings.Cut(g.said.String(), "\n\nDoes this person hold it?")
	if !found {
		t.Fatal(lookups)
	}
	pasteRequests(t, lookups)
	pasteWalks(t, walks)
}

// pasteRequests runs each request of the first half in a shell of its own.
func pasteRequests(t *testing.T, text string) {
	t.Helper()
	promises := []struct{ about, says string }{
		{"found, charged", `Whoseline-Charge: 50.00 NGN`},
		{"not_found, charged", `Whoseline-Charge: 50.00 NGN`},
		{"free", `Whoseline-Charge: 0.00 NGN`},
		{"wallet", `"available":90000`},
		{"wallet", `"kind":"capture"`},
	}
	requests := printedRequests(text)
	if len(requests) != len(promises) {
		t.Fatalf("%d requests are printed: %q", len(requests), requests)
	}
	for i, promise := range promises {
		if !strings.Contains(requests[i].about, promise.about) {
			t.Errorf("%q is not about %q", requests[i].about, promise.about)
		}
		if said := paste(t, requests[i].line); !strings.Contains(said, promise.says) {
			t.Errorf("%s: %s", requests[i].line, said)
		}
	}
}

// pasteWalks runs each walk after the lines that all of them need, while the demo is running.
func pasteWalks(t *testing.T, text string) {
	t.Helper()
	sections := strings.Split(text, "\n\n")
	promises := []struct{ about, says string }{
		{"Lumin", "{\"status\":0}\n{\"status\":0}\n{\"status\":0}\n" + `\[{"phoneNumber":"\+234803\d{7}","isDefault":true}\]`},
		{"DigiPay", `"message":"OTP is sent to your mobile number."}}` + "\n" + `.*"Phone number successfully verified.","token":{"type":"Token","token":".+"user_id":"[0-9a-f]+"}}`},
		{"ZITADEL", `"phone":{"phone":"\+234813\d{7}","isPhoneVerified":true}}`},
	}
	if len(sections) <= len(promises) {
		t.Fatal(text)
	}
	_, first, _ := strings.Cut(sections[0], "\n")
	for i, promise := range promises {
		about, walk, _ := strings.Cut(sections[i+1], "\n")
		if !strings.Contains(about, promise.about) {
			t.Errorf("%q is not about %s", about, promise.about)
		}
		said := paste(t, first+"\n"+walk)
		if !regexp.MustCompile(promise.says).MatchString(said) {
			t.Errorf("%s\n%s", walk, said)
		}
	}
}

// paste runs lines as a shell does.
func paste(t *testing.T, lines string) string {
	t.Helper()
	shell := exec.Command("sh", "-c", lines)
	shell.Dir = t.TempDir()
	said, err := shell.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %s", lines, err, said)
	}
	return string(said)
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

func TestTheOutboxOfAFolderWithoutADemoIsRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "nothing")
	code, _, errs := open(t, storage.SQLite).command(t, "outbox", "--dir", dir, "--number", "+2348031234567")
	if _, err := os.Stat(dir); code != 2 || !strings.Contains(errs, "there is no demo in "+dir) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("exit code %d: %s, %v", code, errs, err)
	}
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
