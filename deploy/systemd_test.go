package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unit writes the unit as it would be where its program is there, and gives the file.
func unit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("systemd/whoseline.service")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const where = "/usr/local/bin/whoseline "
	if strings.Count(string(text), where) != 1 {
		t.Fatal("the unit does not start", where)
	}
	file := filepath.Join(t.TempDir(), "whoseline.service")
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), where, program+" ", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSystemdTakesTheUnitAndFindsItClosed(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatalf("%v: needs.sh installs it", err)
	}
	file := unit(t)
	for _, args := range [][]string{
		{"verify", "--man=no", file},
		{"security", "--offline=true", "--threshold=20", "--no-pager", file}, // of 100, which is wide open
	} {
		if said, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil || args[0] == "verify" && len(said) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", strings.Join(args, " "), err, said)
		}
	}
}
