package commands_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// unpasted are the blocks that a demo cannot run as they stand, by what is in them and in no other, and why.
var unpasted = map[string]string{
	"go run . demo ":                "it starts the demo itself",
	"./whoseline demo":              "it starts the demo itself",
	"https://example.com/whoseline": "the endpoint's name must resolve, which takes a network",
	"/confirm -H":                   "it takes a business whose lookups are bound to the number",
}

// typed are the codes that the guides make up, and to whom the true ones went.
var typed = map[string]string{
	`{"otp":"686330"}`:  "+201000000000",
	`"otp":"321465"`:    "+91123456789",
	`{"code":"123456"}`: "+2348012345678",
}

var (
	fenced = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")
	digits = regexp.MustCompile(`"[0-9]{6}"`)
)

// TestTheExamplesOfTheGuidesRun pastes every block of commands that speaks to a demo, with its credentials filled in, and
// expects that each request is answered with 200.
func TestTheExamplesOfTheGuidesRun(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no curl")
		}
		t.Skip("there is no curl")
	}
	guides := pages(t)
	dir := filepath.Join(t.TempDir(), "whoseline-demo")
	_, at := demoJSON(t, dir)
	skipped, pasted := map[string]bool{}, 0
	for _, guide := range append([]string{"../README.md"}, guides...) {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
			why := excuse(block[1], skipped)
			if why != "" || !regexp.MustCompile(`GATEWAY|127\.0\.0\.1|whoseline-demo`).MatchString(block[1]) {
				continue
			}
			pasted++
			said := paste(t, at.fill(t, dir, block[1]))
			answers := regexp.MustCompile(`status (\d+)`).FindAllString(said, -1)
			if want := strings.Count(block[1], "curl "); len(answers) != want || strings.Count(said, "status 20") != want {
				t.Errorf("%s:\n%s\n%s", guide, block[1], said)
			}
		}
	}
	if pasted < 9 || len(skipped) != len(unpasted) {
		t.Errorf("%d blocks were pasted; skipped: %v of %v", pasted, skipped, unpasted)
	}
}

// pages are those of docs, in whatever folder.
func pages(t *testing.T) (all []string) {
	t.Helper()
	for _, pattern := range []string{"../docs/*.md", "../docs/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		all = append(all, found...)
	}
	return all
}

func excuse(block string, used map[string]bool) string {
	for part, why := range unpasted {
		if strings.Contains(block, part) {
			used[part] = true
			return why
		}
	}
	return ""
}

// fill makes a block of a guide one that runs: the demo's address and credentials, and the codes that it really sent.
func (v told) fill(t *testing.T, dir, block string) string {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	block = strings.NewReplacer(
		"https://GATEWAY", v.HTTP, "http://127.0.0.1:8080", v.HTTP, "wl_live_…", v.LiveToken, "wl_test_…", v.SandboxToken,
		`"tenantId":"…"`, `"tenantId":"`+v.Faces.Lumin.TenantID+`"`, `"tenantSecret":"…"`, `"tenantSecret":"`+v.Faces.Lumin.TenantSecret+`"`,
		"go run . ", program+" ", "--dir whoseline-demo", "--dir '"+dir+"'",
	).Replace(block)
	lines := strings.Split(block, "\n")
	for i, line := range lines {
		for made, to := range typed {
			if strings.Contains(line, made) {
				lines[i] = strings.Replace(line, made, digits.ReplaceAllString(made, `"'$(sent `+to+`)'"`), 1)
			}
		}
	}
	return `curl() { command curl -s -w '%{stderr}status %{http_code}\n' "$@"; }
sent() { ` + program + ` outbox --dir '` + dir + `' --json --limit 1 --to $1 | sed 's/.*"code":"\([^"]*\)".*/\1/'; }
CLIENT_ID=` + v.Faces.DigiPay.ClientID + ` SECRET_KEY=` + v.Faces.DigiPay.SecretKey + ` COMPANY_ID=` + v.Faces.DigiPay.CompanyID + `
TOKEN=$(command curl -s -X POST ` + v.HTTP + `/v1/subjects/guide/tokens -H 'token: ` + v.LiveToken + `' | sed 's/.*"token":"\([^"]*\)".*/\1/')
` + strings.Join(lines, "\n")
}
