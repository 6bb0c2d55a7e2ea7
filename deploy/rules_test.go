// Package deploy answers: what does an operator run beside the gateway, to know what is wrong before a customer calls?
//
// There is no code in it. The tests hold its files to what they promise; a test of app holds the metrics that they name
// to those that the gateway has.
package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const rulesFile = "prometheus/whoseline.rules.yaml"

var ruleTests = []string{"prometheus/whoseline.test.yaml", "prometheus/whoseline.days.test.yaml"}

type rule struct {
	Alert       string
	Labels      map[string]string
	Annotations map[string]string
}

// alerts gives the alerts of the rules in their order.
func alerts(t *testing.T) (list []rule) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	read(t, rulesFile, &file)
	for _, group := range file.Groups {
		for _, r := range group.Rules {
			if r.Alert != "" {
				list = append(list, r)
			}
		}
	}
	if len(list) == 0 {
		t.Fatal("there are no alerts")
	}
	return list
}

// read parses a YAML file.
func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// promtool must be there: a test that skips tells nobody that an alert does not fire.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	run(t, "promtool", args...)
}

func run(t *testing.T, tool string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("%v: needs.sh installs it", err)
	}
	if said, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, said)
	}
}

func TestPrometheusTakesItsFiles(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", rulesFile)
	promtool(t, "check", "config", "prometheus/prometheus.yaml")
}

func TestAlertmanagerTakesItsFileAndNamesAlertsThatExist(t *testing.T) {
	t.Parallel()
	const file = "prometheus/alertmanager.yaml"
	run(t, "amtool", "check-config", file)
	var known []string
	for _, a := range alerts(t) {
		known = append(known, a.Alert)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`Whoseline\w+`).FindAllString(string(text), -1)
	if len(named) == 0 {
		t.Error("no alert stands back for another")
	}
	for _, name := range named {
		if !slices.Contains(known, name) {
			t.Errorf("there is no alert %s", name)
		}
	}
	for _, severity := range []string{"page", "ticket"} {
		run(t, "amtool", "config", "routes", "test", "--config.file="+file, "--verify.receivers="+severity, "severity="+severity)
	}
}

func TestAlertsFireWhenTheyShouldAndOnlyThen(t *testing.T) {
	t.Parallel()
	for _, file := range ruleTests {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			promtool(t, "test", "rules", file)
		})
	}
}

// firing is the question by which a test asks whether an alert has fired.
var firing = regexp.MustCompile(`^ALERTS\{alertname="(\w+)", alertstate="firing"\}$`)

func TestEachAlertIsTriedBothWays(t *testing.T) {
	t.Parallel()
	var fired, quiet []string
	for _, name := range ruleTests {
		var file struct {
			Tests []struct {
				Alerts []struct {
					Name     string `yaml:"alertname"`
					Expected []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
				Questions []struct {
					Expr     string
					Expected []any `yaml:"exp_samples"`
				} `yaml:"promql_expr_test"`
			}
		}
		read(t, name, &file)
		for _, test := range file.Tests {
			for _, a := range test.Alerts {
				if len(a.Expected) == 0 {
					quiet = append(quiet, a.Name)
				}
			}
			for _, q := range test.Questions {
				if name := firing.FindStringSubmatch(q.Expr); name != nil && len(q.Expected) > 0 {
					fired = append(fired, name[1])
				}
			}
		}
	}
	for _, a := range alerts(t) {
		if !slices.Contains(fired, a.Alert) {
			t.Errorf("no test makes %s fire", a.Alert)
		}
		if !slices.Contains(quiet, a.Alert) {
			t.Errorf("no test keeps %s quiet", a.Alert)
		}
	}
}

func TestEachAlertTellsWhatToDo(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(section, "\n")
		sections[title] = body
	}
	for _, a := range alerts(t) {
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s does not say what is wrong", a.Alert)
		}
		if severity := a.Labels["severity"]; severity != "page" && severity != "ticket" {
			t.Errorf("%s: severity %q", a.Alert, severity)
		}
		if want := "{{ $externalLabels.whoseline_ops }}/runbooks/" + a.Alert; a.Annotations["runbook_url"] != want {
			t.Errorf("%s: runbook %q, want %s", a.Alert, a.Annotations["runbook_url"], want)
		}
		for _, part := range []string{"**Means.** ", "**Look.** ", "**Do.** "} {
			if strings.Count(sections[a.Alert], part) != 1 {
				t.Errorf("the runbook of %s lacks %s", a.Alert, part)
			}
		}
		delete(sections, a.Alert)
	}
	for title := range sections {
		t.Errorf("there is no alert for the runbook of %s", title)
	}
}
