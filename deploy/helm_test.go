package deploy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

type anything = map[string]any

// helm must be there, as promtool must.
func helm(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	path, err := exec.LookPath("helm")
	if err != nil {
		t.Fatalf("%v: needs.sh installs it", err)
	}
	command := exec.CommandContext(t.Context(), path, args...)
	home := t.TempDir()
	command.Env = []string{"HOME=" + home, "XDG_CACHE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_DATA_HOME=" + home}
	out, err := command.CombinedOutput()
	return string(out), err
}

// chart renders the chart as release whoseline in namespace whoseline.
func chart(t *testing.T, args ...string) []byte {
	t.Helper()
	said, err := helm(t, append([]string{"template", "whoseline", "helm", "--namespace", "whoseline"}, args...)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return []byte(said)
}

// byKind decodes objects, of each kind one.
func byKind(t *testing.T, text []byte) map[string]anything {
	t.Helper()
	all := map[string]anything{}
	for from := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var o anything
		if err := from.Decode(&o); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if kind, is := o["kind"].(string); is {
			all[kind] = o
		}
	}
}

// plain takes out of an object what only a chart has: whose release it is, and how Helm treats it.
func plain(v any) any {
	switch v := v.(type) {
	case anything:
		for key, below := range v {
			if strings.HasPrefix(key, "helm.sh/") || key == "imagePullPolicy" || key == "whoseline/settings" || strings.HasPrefix(key, "app.kubernetes.io/") && key != "app.kubernetes.io/name" {
				delete(v, key)
				continue
			}
			if v[key] = plain(below); key == "annotations" && len(below.(anything)) == 0 {
				delete(v, key)
			}
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

func TestTheChartMakesWhatTheManifestsSay(t *testing.T) {
	t.Parallel()
	made := byKind(t, chart(t, "--set", "image.tag=dev,podMonitor.enabled=true"))
	wanted := map[string]anything{}
	for _, file := range []string{"kubernetes/whoseline.yaml", "kubernetes/podmonitor.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for kind, o := range byKind(t, text) {
			wanted[kind] = o
		}
	}
	delete(wanted, "Namespace")
	if len(wanted) != 7 || len(made) != len(wanted) {
		t.Errorf("the chart makes %d objects, the manifests %d", len(made), len(wanted))
	}
	for kind, want := range wanted {
		got, _ := plain(made[kind]).(anything)
		if meta := got["metadata"].(anything); want["metadata"].(anything)["labels"] == nil {
			delete(meta, "labels")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the manifest - and the chart +\n%s", kind, diff)
		}
	}
}

func TestHelmFindsNothingWrongWithTheChart(t *testing.T) {
	t.Parallel()
	if said, err := helm(t, "lint", "--strict", "helm"); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

func TestTheChartRefusesValuesThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for values, complaint := range map[string]string{
		"replicas=0":                           "replicas",
		"replica=3":                            "replica",
		"settings.WHOSELINE_LIMITS__PER_KEY=5": "WHOSELINE_LIMITS__PER_KEY",
		"settings.LIMITS=x":                    "LIMITS",
		"settings.WHOSELINE_DATABASE__URL=x":   "WHOSELINE_DATABASE__URL",
		"networkPolicy.egressPorts={smtp}":     "egressPorts",
	} {
		said, err := helm(t, "template", "whoseline", "helm", "--set", values)
		if err == nil || !strings.Contains(said, complaint) {
			t.Errorf("%s: %v, %s", values, err, said)
		}
	}
}

func TestValuesOfTheChartReachTheGateway(t *testing.T) {
	t.Parallel()
	made := byKind(t, chart(t, "--set-string", "settings.WHOSELINE_LIMITS__PER_KEY=5",
		"--set", "settings.WHOSELINE_HTTP__DRAIN=null,secretSettings.WHOSELINE_PROVIDERS__VENDOR__DOJAH__SECRET.secret=vendors,secretSettings.WHOSELINE_PROVIDERS__VENDOR__DOJAH__SECRET.key=dojah"))
	settings := made["ConfigMap"]["data"].(anything)
	if _, is := settings["WHOSELINE_HTTP__DRAIN"]; is || settings["WHOSELINE_LIMITS__PER_KEY"] != "5" {
		t.Errorf("settings: %v", settings)
	}
	text, err := yaml.Marshal(made["Deployment"])
	if err != nil {
		t.Fatal(err)
	}
	var o object
	if err := yaml.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	env := o.Spec.Template.Spec.Containers[0].Env
	if last := env[len(env)-1]; last.Name != "WHOSELINE_PROVIDERS__VENDOR__DOJAH__SECRET" || last.From.Secret.Name != "vendors" || last.From.Secret.Key != "dojah" {
		t.Errorf("secrets: %+v", env)
	}
	var about struct {
		Release string `yaml:"appVersion"`
	}
	read(t, "helm/Chart.yaml", &about)
	if image := o.Spec.Template.Spec.Containers[0].Image; image != "whoseline:"+about.Release {
		t.Errorf("image %s of chart %+v", image, about)
	}
}
