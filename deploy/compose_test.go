package deploy

import (
	"encoding/base64"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"whoseline/config"
)

type service struct {
	Image       string
	Environment map[string]string
	Volumes     []string
	Ports       []string
	ReadOnly    bool `yaml:"read_only"`
}

func services(t *testing.T) map[string]service {
	t.Helper()
	var file struct{ Services map[string]service }
	read(t, "compose.yaml", &file)
	for _, name := range []string{"postgres", "migrate", "gateway", "prometheus", "alertmanager", "grafana"} {
		if file.Services[name].Image == "" {
			t.Fatalf("compose.yaml has no %s", name)
		}
	}
	return file.Services
}

func TestWhatComposeMountsIsThere(t *testing.T) {
	t.Parallel()
	mounted := map[string]bool{}
	for name, s := range services(t) {
		for _, volume := range s.Volumes {
			source, target, _ := strings.Cut(volume, ":")
			if !strings.HasPrefix(source, ".") {
				continue
			}
			if _, err := os.Stat(source); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !strings.HasSuffix(target, ":ro") {
				t.Errorf("%s may write to %s", name, source)
			}
			mounted[filepath.Clean(source)] = true
		}
	}
	wanted, err := filepath.Glob("grafana/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(wanted, rulesFile, "prometheus/prometheus.yaml", "prometheus/alertmanager.yaml", "grafana/provisioning") {
		if !mounted[file] {
			t.Errorf("nothing mounts %s", file)
		}
	}
}

// asked is what compose takes from the operator's environment; defaulted is such a thing with a value of its own.
var (
	asked     = regexp.MustCompile(`\$\{(\w+):\?[^}]*\}`)
	defaulted = regexp.MustCompile(`\$\{\w+(?::?[-+][^}]*)?\}|\$\w`)
	secret    = regexp.MustCompile(`PASSWORD|KEY|SECRET|TOKEN|__URL$`)
)

func TestComposeAsksForEverySecret(t *testing.T) {
	t.Parallel()
	for name, s := range services(t) {
		for variable, value := range s.Environment {
			if secret.MatchString(variable) && !asked.MatchString(value) {
				t.Errorf("%s: %s is %q", name, variable, value)
			}
			if defaulted.MatchString(value) {
				t.Errorf("%s: %s may be left out", name, variable)
			}
		}
	}
}

func TestComposePublishesOnlyToThisMachineAndNeverTheOpsPort(t *testing.T) {
	t.Parallel()
	for name, s := range services(t) {
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") || strings.Contains(port, "9464") {
				t.Errorf("%s publishes %s", name, port)
			}
		}
	}
}

func TestComposeNamesSettingsThatExist(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gateway", "migrate"} {
		s := services(t)[name]
		if !s.ReadOnly {
			t.Errorf("%s may write to its image", name)
		}
		c := settings(t, s.Environment)
		if name == "gateway" {
			mustServe(t, c)
		}
	}
}

// settings gives what the gateway makes of an environment once the operator has given what is asked for.
func settings(t *testing.T, environment map[string]string) config.Config {
	t.Helper()
	empty := filepath.Join(t.TempDir(), "whoseline.toml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	environ := make([]string, 0, len(environment))
	for name, value := range environment {
		given := "given"
		if name == "WHOSELINE_SECURITY__MASTER_KEY" {
			given = base64.StdEncoding.EncodeToString(make([]byte, 32))
		}
		environ = append(environ, name+"="+asked.ReplaceAllString(value, given))
	}
	c, err := config.Load(empty, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mustServe checks that a gateway in a container is reached at both of its ports and shares its database.
func mustServe(t *testing.T, c config.Config) {
	t.Helper()
	for addr, port := range map[string]string{c.HTTP.Addr: ":8080", c.Ops.Addr: ":9464"} {
		if host, ok := strings.CutSuffix(addr, port); !ok || host != "" && host != "0.0.0.0" {
			t.Errorf("it listens at %s", addr)
		}
	}
	if !strings.HasPrefix(c.Database.URL, "postgres://") {
		t.Errorf("its database is %s", c.Database.URL)
	}
	if c.Security.MasterKeyFile != "" {
		return
	}
	if _, err := c.Master(); err != nil {
		t.Error(err)
	}
}

func TestThePartsOfComposeFindEachOther(t *testing.T) {
	t.Parallel()
	var scraping struct {
		Jobs []struct {
			Name string `yaml:"job_name"`
			DNS  []struct {
				Names []string
				Port  int
			} `yaml:"dns_sd_configs"`
		} `yaml:"scrape_configs"`
		Alerting struct {
			To []struct {
				Static []struct{ Targets []string } `yaml:"static_configs"`
			} `yaml:"alertmanagers"`
		}
	}
	read(t, "prometheus/prometheus.yaml", &scraping)
	if j := scraping.Jobs; len(j) != 1 || j[0].Name != "whoseline" || len(j[0].DNS) != 1 || j[0].DNS[0].Port != 9464 ||
		!slices.Equal(j[0].DNS[0].Names, []string{"gateway"}) {
		t.Errorf("Prometheus scrapes %+v", j)
	}
	if to := scraping.Alerting.To; len(to) != 1 || len(to[0].Static) != 1 || !slices.Equal(to[0].Static[0].Targets, []string{"alertmanager:9093"}) {
		t.Errorf("Prometheus tells %+v", to)
	}
	var sources struct{ Datasources []struct{ Type, URL string } }
	read(t, "grafana/provisioning/datasources/prometheus.yaml", &sources)
	if s := sources.Datasources; len(s) != 1 || s[0].Type != "prometheus" || s[0].URL != "http://prometheus:9090" {
		t.Errorf("Grafana asks %+v", s)
	}
	var boards struct {
		Providers []struct{ Options struct{ Path string } }
	}
	read(t, "grafana/provisioning/dashboards/whoseline.yaml", &boards)
	if len(boards.Providers) != 1 {
		t.Fatalf("dashboards come from %+v", boards.Providers)
	}
	for _, volume := range services(t)["grafana"].Volumes {
		source, target, _ := strings.Cut(volume, ":")
		if strings.HasSuffix(source, ".json") && path.Dir(target) != boards.Providers[0].Options.Path {
			t.Errorf("Grafana does not look for %s", target)
		}
	}
}
