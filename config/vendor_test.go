package config_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/config"
)

func TestAVendorsAccountComesFromTheFileAndTheEnvironment(t *testing.T) {
	t.Parallel()
	path := file(t, `
[providers]
definitions = "vendors"
[providers.vendor.dojah]
base = "sandbox"
app_id = "app"
secret = "from the file"
cost = 4500
[providers.vendor.mtn_ci]
base = "https://api.example.com/v1"
`)
	got, err := config.Load(path, []string{
		"WHOSELINE_PROVIDERS__VENDOR__DOJAH__SECRET=from the environment",
		"WHOSELINE_PROVIDERS__VENDOR__CAMARA__PRIVATE_KEY_FILE=/keys/camara.pem",
		"WHOSELINE_PROVIDERS__VENDOR__CAMARA__TOKEN_URL=http://127.0.0.1:9000/camara/token",
		"WHOSELINE_PROVIDERS__VENDOR__MTN_CI__BASE=http://localhost:9000/mtn",
		"WHOSELINE_PROVIDERS__VENDOR__DOJAH__BALANCE_FLOOR=100000",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]config.Vendor{
		"dojah":  {Base: "sandbox", AppID: "app", Secret: "from the environment", Cost: 4500, BalanceFloor: 100_000},
		"camara": {PrivateKeyFile: "/keys/camara.pem", TokenURL: "http://127.0.0.1:9000/camara/token"},
		"mtn_ci": {Base: "http://localhost:9000/mtn"},
	}
	if diff := cmp.Diff(want, got.Providers.Vendor); diff != "" {
		t.Error(diff)
	}
	if got.Providers.Definitions != "vendors" || config.Default().Providers.Vendor != nil {
		t.Errorf("definitions %q, default %v", got.Providers.Definitions, config.Default().Providers.Vendor)
	}
}

func TestAVendorsAccountWithASlipIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[providers]\nvendor = 1":                                   "providers.vendor must hold sections: [providers.vendor.NAME]",
		"[providers.vendor]\ndojah = 1":                             "providers.vendor.dojah must be a section: [providers.vendor.dojah]",
		"[providers.vendor.dojah]\nsecrt = \"x\"":                   "unknown key \"providers.vendor.dojah.secrt\"",
		"[providers.vendor.dojah]\nsecret = 1":                      "providers.vendor.dojah.secret must be a text",
		"[providers.vendor.dojah]\ncost = \"45\"":                   "providers.vendor.dojah.cost must be a whole number",
		"[providers.vendor.dojah]\ncost = -1":                       "providers.vendor.dojah.cost must be at least 0",
		"[routing]\nbalance_alert = 10":                             "routing.balance_alert must be at least routing.balance_floor",
		"[providers.vendor.dojah]\nbase = \"http://a.example\"":     "providers.vendor.dojah.base must be empty, \"sandbox\" or an https URL",
		"[providers.vendor.dojah]\nbase = \"https://a:b@c.org\"":    "providers.vendor.dojah.base must be",
		"[providers.vendor.dojah]\nbase = \"https://c.org/?a=b\"":   "providers.vendor.dojah.base must be",
		"[providers.vendor.dojah]\ntoken_url = \"sandbox\"":         "providers.vendor.dojah.token_url must be an https URL",
		"[providers.vendor.\"A b\"]\nbase = \"sandbox\"":            "must be a source's name",
		"[providers.vendor.\"a.b\"]\nbase = \"sandbox\"":            "must be a source's name",
		"[providers.vendor.dojah.inner]\nbase = \"sandbox\"":        "unknown key \"providers.vendor.dojah.inner\"",
		"[providers.vendor.dojah]\nbase = \"http://10.0.0.1:8080\"": "providers.vendor.dojah.base must be",
	} {
		_, err := config.Load(file(t, text), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	path := file(t, "")
	for _, variable := range []string{
		"WHOSELINE_PROVIDERS__VENDOR=x", "WHOSELINE_PROVIDERS__VENDOR__DOJAH=x", "WHOSELINE_PROVIDERS__VENDOR__DOJAH__SECRT=x",
		"WHOSELINE_PROVIDERS__VENDOR__dojah__SECRET=x", "WHOSELINE_PROVIDERS__VENDOR____SECRET=x",
		"WHOSELINE_BILLING__VENDOR__DOJAH__SECRET=x",
	} {
		name, _, _ := strings.Cut(variable, "=")
		if _, err := config.Load(path, []string{variable}); err == nil || !strings.Contains(err.Error(), "unknown variable "+name) {
			t.Errorf("%s: %v", variable, err)
		}
	}
}

func TestAVendorsSecretIsListedButNotShown(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Providers.Vendor = map[string]config.Vendor{"dojah": {Secret: "hush", AppID: "app"}}
	for _, text := range []string{c.String(), fmt.Sprintf("%v %+v %#v", c, c.Providers, c.Providers)} {
		if strings.Contains(text, "hush") {
			t.Errorf("shown: %s", text)
		}
	}
	if want := "providers.vendor.dojah.app_id = app\nproviders.vendor.dojah.secret = ***\n"; !strings.Contains(c.String(), want) {
		t.Error(c.String())
	}
}

func TestTheExampleShowsEverySettingOfAVendor(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("whoseline.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	for field := range reflect.TypeFor[config.Vendor]().Fields() {
		if name := field.Tag.Get("koanf"); !strings.Contains(string(text), "\n# "+name+" = ") {
			t.Errorf("the example lacks %s", name)
		}
	}
}
