package config_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/config"
)

var zeros = base64.StdEncoding.EncodeToString(make([]byte, 32))

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "whoseline.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNothingSetIsTheDefault(t *testing.T) {
	t.Chdir(t.TempDir())
	got, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default(), got); diff != "" {
		t.Error(diff)
	}
}

func TestTheExampleShowsEveryDefault(t *testing.T) {
	t.Parallel()
	got, err := config.Load("whoseline.example.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default(), got); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile("whoseline.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(config.Default().String()) {
		name, _, _ := strings.Cut(line, " =")
		_, name, _ = strings.Cut(name, ".")
		if !bytes.Contains(text, []byte("\n"+name+" = ")) {
			t.Errorf("the example lacks %s", name)
		}
	}
}

func TestTheEnvironmentOverrulesTheFileAndTheFileTheDefaults(t *testing.T) {
	t.Parallel()
	path := file(t, `
[http]
addr = ":9000"
read_timeout = "5s"
trusted_proxies = ["10.0.0.0/8"]
[billing]
price = 7000
price_not_found = 0
`)
	got, err := config.Load(path, []string{
		"PATH=/bin", "WHOSELINE_TEST_POSTGRES=x", "WHOSELINE_CONFIG=ignored when a path is given",
		"WHOSELINE_BILLING__PRICE=1", "WHOSELINE_DATABASE__POOLED=true", "WHOSELINE_PROVIDERS__LIVE=dojah, directory",
		"WHOSELINE_PROVIDERS__BULKHEAD_WAIT=1ms", "WHOSELINE_SECURITY__MASTER_KEY=" + zeros,
		"WHOSELINE_SECURITY__PREVIOUS_KEYS=" + zeros + "," + zeros,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.HTTP.Addr, want.HTTP.ReadTimeout, want.HTTP.TrustedProxies = ":9000", 5*time.Second, []string{"10.0.0.0/8"}
	want.Billing.Price, want.Billing.PriceNotFound = 1, 0
	want.Database.Pooled = true
	want.Providers.Live, want.Providers.BulkheadWait = []string{"dojah", "directory"}, time.Millisecond
	want.Security.MasterKey = config.Secret(zeros)
	want.Security.PreviousKeys = []config.Secret{config.Secret(zeros), config.Secret(zeros)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheFileIsFoundByNameOrByVariable(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("whoseline.toml", []byte("[limits]\nper_key = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := config.Load("", nil)
	if err != nil || got.Limits.PerKey != 3 {
		t.Errorf("by name: %d, %v", got.Limits.PerKey, err)
	}
	got, err = config.Load("", []string{"WHOSELINE_CONFIG=" + file(t, "[limits]\nper_key = 4\n")})
	if err != nil || got.Limits.PerKey != 4 {
		t.Errorf("by variable: %d, %v", got.Limits.PerKey, err)
	}
	if _, err = config.Load("absent.toml", nil); err == nil {
		t.Error("a file that was named but is missing was passed over")
	}
}

func TestAFileWithASlipIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[bling]\nprice = 1":                                    "unknown section \"bling\"",
		"price = 1":                                             "unknown section \"price\"",
		"http = 1":                                              "http must be a section: [http]",
		"\"http.addr\" = \":1\"":                                "unknown section \"http.addr\"",
		"[http]\nadr = \":1\"":                                  "unknown key \"http.adr\"",
		"[http.addr]\nx = 1":                                    "http.addr must be a text",
		"[http]\nread_timeout = 30":                             "http.read_timeout must be a duration such as \"12s\"",
		"[http]\nread_timeout = \"soon\"":                       "http.read_timeout must be a duration",
		"[http]\ntrusted_proxies = \"10.0.0.0/8\"":              "http.trusted_proxies must be a list of texts",
		"[http]\ntrusted_proxies = [1]":                         "http.trusted_proxies must be a list of texts",
		"[http]\ntrusted_proxies = [\"10.0.0.1\"]":              "http.trusted_proxies[0] must be an address block",
		"[http]\ndocs = \"yes\"":                                "http.docs must be true or false",
		"[billing]\nprice = 1.5":                                "billing.price must be a whole number",
		"[billing]\nprice = -1":                                 "billing.price must be at least 0",
		"[billing]\nprice_advanced = -2":                        "billing.price_advanced must be at least -1",
		"[billing]\nprice = 1000000000001":                      "billing.price must be at most 1000000000000",
		"[billing]\nhold_lease = \"23999ms\"":                   "billing.hold_lease must be at least twice providers.total_timeout",
		"[http]\nwrite_timeout = \"12s\"":                       "http.write_timeout must be more than providers.total_timeout",
		"[http]\nidle_timeout = \"0s\"":                         "http.idle_timeout must be more than 0",
		"[providers]\nattempt_timeout = \"13s\"":                "providers.total_timeout must be at least providers.attempt_timeout",
		"[providers]\nlive = []":                                "providers.live must be at least 1 in number",
		"[providers]\nlive = [\"a\", \"a\"]":                    "providers.live must not name anything twice",
		"[providers]\nlive = [\"A b\"]":                         "providers.live[0] must be a source's name",
		"[http]\naddr = \"8080\"":                               "http.addr must be host:port",
		"[ops]\naddr = \"x:99999\"":                             "ops.addr must be host:port",
		"[database]\nurl = \"mysql://x\"":                       "database.url must be postgres://… or sqlite:path",
		"[log]\nlevel = \"loud\"":                               "log.level must be one of debug, info, warn, error",
		"[security]\nmaster_key = \"a\"\nmaster_key_file=\"b\"": "security.master_key and security.master_key_file exclude",
	} {
		_, err := config.Load(file(t, text), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestAVariableWithASlipIsRefused(t *testing.T) {
	t.Parallel()
	path := file(t, "")
	for variable, want := range map[string]string{
		"WHOSELINE_BILLING_PRICE=1":         "unknown variable WHOSELINE_BILLING_PRICE: settings are named WHOSELINE_SECTION__KEY",
		"WHOSELINE_BILLING__PRCE=1":         "unknown variable WHOSELINE_BILLING__PRCE",
		"WHOSELINE_BILLING__PRICE__X=1":     "unknown variable WHOSELINE_BILLING__PRICE__X",
		"WHOSELINE_billing__price=1":        "unknown variable WHOSELINE_billing__price",
		"WHOSELINE_BILLING__PRICE=":         "WHOSELINE_BILLING__PRICE must be a whole number",
		"WHOSELINE_BILLING__PRICE=-1":       "billing.price must be at least 0",
		"WHOSELINE_HTTP__DOCS=1":            "WHOSELINE_HTTP__DOCS must be true or false",
		"WHOSELINE_HTTP__READ_TIMEOUT=30":   "WHOSELINE_HTTP__READ_TIMEOUT must be a duration",
		"WHOSELINE_PROVIDERS__LIVE=":        "providers.live must be at least 1 in number",
		"WHOSELINE_CONFIGURATION=/etc/what": "unknown variable WHOSELINE_CONFIGURATION",
	} {
		_, err := config.Load(path, []string{variable})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", variable, err, want)
		}
	}
}

func TestEverySlipIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load(file(t, "[billing]\nprice = -5\n[log]\nlevel = \"loud\"\nrequests = \"some\""), nil)
	for _, name := range []string{"billing.price", "log.level", "log.requests"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

func TestEverySlipOfAFileAndOfTheEnvironmentIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load(file(t, "[http]\nadr = 1\naddr = 1\nDOCS = true\n[bling]\n[billing]\nprice = \"x\""), nil)
	for _, slip := range []string{
		`unknown key "http.adr"`, `unknown key "http.DOCS"`, "http.addr must be a text", `unknown section "bling"`, "billing.price must be a whole number",
	} {
		if err == nil || !strings.Contains(err.Error(), slip) {
			t.Errorf("%s is not named in: %v", slip, err)
		}
	}
	_, err = config.Load(file(t, ""), []string{
		"WHOSELINE_HTTP__DOCS=1", "WHOSELINE_HTTP__ADR=:1", "WHOSELINE_BILLING__PRICE=x", "WHOSELINE_BILLING__PRICE__X=1",
		"WHOSELINE_SECURITY__MASTER_KEY__HUSH=hush",
	})
	for _, slip := range []string{
		"WHOSELINE_HTTP__DOCS must be true or false", "unknown variable WHOSELINE_HTTP__ADR", "unknown variable WHOSELINE_BILLING__PRICE__X",
		"unknown variable WHOSELINE_SECURITY__MASTER_KEY__HUSH",
	} {
		if err == nil || !strings.Contains(err.Error(), slip) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s is not named in: %v", slip, err)
		}
	}
}

func TestAListReplacesTheListBeforeIt(t *testing.T) {
	t.Parallel()
	path := file(t, "[providers]\nlive = [\"a\", \"b\"]\n[channels]\nlive = [\"c\"]")
	got, err := config.Load(path, []string{"WHOSELINE_PROVIDERS__LIVE=d", "WHOSELINE_CHANNELS__LIVE="})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"d"}, got.Providers.Live); diff != "" || got.Channels.Live != nil {
		t.Error(diff, got.Channels.Live)
	}
}

func TestABrokenFileIsNotQuoted(t *testing.T) {
	t.Parallel()
	_, err := config.Load(file(t, "[security]\nmaster_key = \"hush\" hush"), nil)
	if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "line 2") {
		t.Error(err)
	}
}

func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("whoseline.example.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Add([]byte("[http]\nread_timeout = 30"))
	f.Add([]byte("http = [[1, {a = 2}]]\n\"http.addr\" = 1979-05-27"))
	path := filepath.Join(f.TempDir(), "whoseline.toml") // each worker is a process with a folder of its own
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, nil)
		if err == nil && c.Validate() != nil {
			t.Errorf("loaded, but not valid: %v", c.Validate())
		}
	})
}
