package commands_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"whoseline/test/wait"

	"whoseline/providers/simulator"
	"whoseline/storage"
)

// prometheus runs the real one over the rules that are shipped, evaluated each second, and gives its address.
func prometheus(t *testing.T, scraped string) (base string) {
	t.Helper()
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatalf("%v: needs.sh installs it", err)
	}
	dir := t.TempDir()
	rules, err := os.ReadFile("../deploy/prometheus/whoseline.rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules = regexp.MustCompile(`(?m)^    interval: \w+$`).ReplaceAll(rules, []byte("    interval: 1s"))
	settings := `{"global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}, "rule_files": ["rules.yaml"],
		"scrape_configs": [{"job_name": "whoseline", "static_configs": [{"targets": ["` + strings.TrimPrefix(scraped, "http://") + `"]}]}]}`
	for name, text := range map[string][]byte{"rules.yaml": rules, "prometheus.yaml": []byte(settings)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	process := exec.CommandContext(t.Context(), path, "--config.file="+filepath.Join(dir, "prometheus.yaml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address=127.0.0.1:0")
	said, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill() // it may have ended
		_ = process.Wait()
	})
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if at := regexp.MustCompile(`msg="Listening on" address=(\S+)`).FindStringSubmatch(lines.Text()); at != nil {
			go func() { _, _ = io.Copy(io.Discard, said) }() // so that it never waits for a reader
			return "http://" + at[1]
		}
	}
	t.Fatal("Prometheus does not listen")
	return ""
}

// panels are the questions of the dashboards that are shipped.
func panels(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../deploy/grafana/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var board struct {
			Panels []struct{ Targets []struct{ Expr string } }
		}
		if err := json.Unmarshal(text, &board); err != nil {
			t.Fatal(err)
		}
		for _, p := range board.Panels {
			for _, target := range p.Targets {
				all = append(all, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
			}
		}
	}
	return all
}

// shows tells whether a question has an answer with a number in it. One that divides by nothing has none.
func shows(t *testing.T, base, question string) bool {
	t.Helper()
	response, err := http.Get(base + "/api/v1/query?query=" + url.QueryEscape(question))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusServiceUnavailable { // it has only begun
		return false
	}
	var said struct {
		Status, Error string
		Data          struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || said.Status != "success" {
		t.Fatalf("%s: %s, %v", question, said.Error, err)
	}
	return slices.ContainsFunc(said.Data.Result, func(r struct{ Value [2]any }) bool { return r.Value[1] != "NaN" })
}

func TestEveryPanelOfTheDashboardsShowsDataOfAGatewayUnderLoad(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Options{})
	far := httptest.NewServer(sim)
	t.Cleanup(far.Close)
	c, key := sim.Credentials(far.URL)["dojah"], "PROVIDERS__VENDOR__DOJAH__"
	carrier, account := sim.Credentials(far.URL)["termii"], "CHANNELS__ACCOUNT__TERMII__"
	s := open(t, storage.SQLite, "PROVIDERS__LIVE=dojah,sandbox", key+"BASE="+c.Base, key+"SECRET="+c.Secret, key+"APP_ID="+c.AppID,
		"CHANNELS__LIVE=termii", account+"BASE="+carrier.Base, account+"SECRET="+carrier.Secret, account+"SENDER="+carrier.Sender,
		"WEBHOOKS__ALLOW_LOOPBACK=true", "ROUTING__BALANCE_EVERY=5s", "BILLING__SWEEP_EVERY=1s")
	who := s.tenant(t, 1000)
	receiver, _ := listener(t)
	endpoint := s.answer(t, "webhook", "create", "--business", who.id, "--url", receiver)["id"].(string)
	g := s.inside(t)
	base := prometheus(t, g.ops)
	wait.Until(t, "Prometheus has seen the gateway", func() bool { return shows(t, base, `whoseline_lookups_total`) })
	var missing []string
	round := 0
	wait.Until(t, "every panel shows something", func() bool {
		round++
		if r := g.tell(call{method: "POST", path: "/v1/webhooks/" + endpoint + "/test", token: who.token}); r.status/100 != 2 && r.status != 429 {
			t.Fatalf("try the webhook: %d %s", r.status, r.body)
		}
		visitors(t, g, who, round)
		missing = slices.DeleteFunc(panels(t), func(q string) bool { return shows(t, base, q) })
		return len(missing) == 0
	}, func() { t.Log("nothing to see:\n" + strings.Join(missing, "\n")) })
}

// visitors do something of everything: lookups that are found and unknown, and a number proven by its code.
func visitors(t *testing.T, g *gateway, who tenant, round int) {
	t.Helper()
	for _, number := range []string{"08000000000", "08000000001", fmt.Sprintf("0803123%04d", round)} {
		if r := g.tell(lookup(who.token, number, "")); r.status == 0 {
			t.Fatalf("%s: no answer", number)
		}
	}
	if round > 5 {
		return
	}
	number := fmt.Sprintf("+23480312%02d500", 30+round)
	p := person{gateway: g, key: who.token, business: who.id, ref: fmt.Sprintf("ada%d", round), number: number}
	token := p.token(t)
	p.told(t, "/v2/users/"+p.ref+"/phone", `{"phone":"`+number+`","sendCode":{}}`)
	right := guess{token, p.code(t)} // the one that was sent
	if r := g.try(t, right, 2); r.status != 200 {
		t.Fatalf("the code: %d %s", r.status, r.body)
	}
}
