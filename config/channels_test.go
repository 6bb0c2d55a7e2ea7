package config_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/config"
)

func TestAChannelsAccountComesFromTheFileAndTheEnvironment(t *testing.T) {
	t.Parallel()
	path := file(t, `
[channels]
live = ["termii", "twilio"]
[channels.account.termii]
base = "https://v3.api.termii.com/api"
secret = "from the file"
sender = "Acme"
receipt_from = "192.0.2.0/24, 2001:db8::/32"
`)
	got, err := config.Load(path, []string{
		"WHOSELINE_CHANNELS__ACCOUNT__TERMII__SECRET=from the environment",
		"WHOSELINE_CHANNELS__ACCOUNT__TWILIO__USERNAME=AC1",
		"WHOSELINE_CHANNELS__PUBLIC_URL=https://codes.example.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default().Channels
	want.Live, want.PublicURL = []string{"termii", "twilio"}, "https://codes.example.com"
	want.Account = map[string]config.Account{
		"termii": {
			Base: "https://v3.api.termii.com/api", Secret: "from the environment", Sender: "Acme",
			ReceiptFrom: "192.0.2.0/24, 2001:db8::/32",
		},
		"twilio": {Username: "AC1"},
	}
	if diff := cmp.Diff(want, got.Channels); diff != "" {
		t.Error(diff)
	}
}

func TestAChannelWithASlipIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[channels]\nlive = [\"a\", \"a\"]":                             "channels.live must not name anything twice",
		"[channels]\npublic_url = \"http://codes.example.com\"":         "channels.public_url must be an https URL",
		"[channels]\nattempt_timeout = \"20s\"":                         "channels.total_timeout must be at least channels.attempt_timeout",
		"[channels]\ntotal_timeout = \"60s\"":                           "http.write_timeout must be more than channels.total_timeout",
		"[channels.account.termii]\nsecrt = \"x\"":                      "unknown key \"channels.account.termii.secrt\"",
		"[channels.account.termii]\nbase = \"http://a.example\"":        "channels.account.termii.base must be an https URL",
		"[channels.account.termii]\nreceipt_from = \"10.0.0.0/8, ten\"": "channels.account.termii.receipt_from must be address blocks",
		"[channels.account.\"A b\"]\nsecret = \"x\"":                    "must be a source's name",
	} {
		_, err := config.Load(file(t, text), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestAChannelsSecretsAreListedButNotShown(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Channels.AttemptTimeout = time.Second
	c.Channels.Account = map[string]config.Account{"termii": {Secret: "hush", Sender: "Acme", ReceiptSecret: "hush", ReceiptToken: "hush"}}
	for _, text := range []string{c.String(), fmt.Sprintf("%v %+v %#v", c, c.Channels, c.Channels)} {
		if strings.Contains(text, "hush") {
			t.Errorf("shown: %s", text)
		}
	}
	want := "channels.account.termii.secret = ***\nchannels.account.termii.sender = Acme\n"
	if !strings.Contains(c.String(), want) {
		t.Error(c.String())
	}
}

func TestTheExampleShowsEverySettingOfAChannel(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("whoseline.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "[channels.account.termii]")
	for field := range reflect.TypeFor[config.Account]().Fields() {
		if name := field.Tag.Get("koanf"); !strings.Contains(section, "\n# "+name+" = ") {
			t.Errorf("the example lacks %s", name)
		}
	}
}
