package commands_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"whoseline/providers/simulator"
	"whoseline/storage"
)

// gatewayOf is a site that knows the simulated operator's open gateway.
func gatewayOf(t *testing.T) *site {
	t.Helper()
	sim := simulator.New(simulator.Options{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	c := sim.Credentials(server.URL)["camara"]
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(c.PrivateKey), 0o600); err != nil {
		t.Fatal(err)
	}
	const vendor = "PROVIDERS__VENDOR__CAMARA__"
	return open(t, storage.SQLite, vendor+"BASE="+c.Base, vendor+"CLIENT_ID="+c.ClientID, vendor+"TOKEN_URL="+c.TokenURL, vendor+"PRIVATE_KEY_FILE="+file)
}

func TestAnOperatorCanAskForASignal(t *testing.T) {
	t.Parallel()
	s := gatewayOf(t)
	for number, swapped := range map[string]bool{"08031234560": false, "08031234564": true} {
		said := s.answer(t, "provider", "ask", "camara_sim_swap", "--phone", number)
		if told, _ := said["signals"].(map[string]any); said["outcome"] != "found" || told["sim_swapped"] != swapped {
			t.Errorf("%v", said)
		}
	}
	for _, name := range []string{"camara_number_recycling", "camara_tenure"} {
		if said := s.answer(t, "provider", "ask", name, "--phone", "08031234560", "--since", "2024-01-31"); said["outcome"] != "found" {
			t.Errorf("%s: %v", name, said)
		}
	}
}

func TestAskingForASignalNeverRepeatsTheNumber(t *testing.T) {
	t.Parallel()
	s := gatewayOf(t)
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{0, "camara_sim_swap: found sim_swapped = false", []string{"camara_sim_swap", "--phone", "08031234560"}},
		{1, "camara_sim_swap: not_found", []string{"camara_sim_swap", "--phone", "08031234561"}},
		{1, "rate_limited", []string{"camara_sim_swap", "--phone", "08031234566"}},
		{1, "camara_fill_in gives no signal", []string{"camara_fill_in", "--phone", "08031234560"}},
		{2, "--number must be a Nigerian number", []string{"camara_sim_swap", "--number", "0803123456x"}},
		{2, "--since must be a date", []string{"camara_tenure", "--phone", "08031234560", "--since", "yesterday"}},
		{2, "--within must be at least 1h", []string{"camara_sim_swap", "--phone", "08031234560", "--within", "1m"}},
		{2, "takes one NAME", []string{"--phone", "08031234560"}},
	} {
		code, out, errs := s.command(t, append([]string{"provider", "ask"}, c.args...)...)
		if code != c.code || !strings.Contains(out+errs, c.want) || strings.Contains(out+errs, "803123456") {
			t.Errorf("%v: exit code %d, %s%s", c.args, code, out, errs)
		}
	}
}
