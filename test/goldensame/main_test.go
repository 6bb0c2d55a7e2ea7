package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const conversation = "What it shows.\n-- setup --\nbusiness acme\n" +
	"-- 1-request --\nGET / HTTP/1.1\n-- 1-response --\nHTTP/1.1 404 Not Found\n-- 1-wallet acme --\navailable=0\n"

// repository gives a folder with one committed conversation.
func repository(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, dir, "old.txtar", conversation)
	write(t, dir, "script.txtar", "exec whoseline\n-- in.csv --\na,b\n")
	for _, words := range []string{"init -q", "add .", "-c user.name=t -c user.email=t@example.com commit -q -m first"} {
		git := exec.Command("git", strings.Fields(words)...)
		git.Dir = dir
		if out, err := git.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v: %s", words, err, out)
		}
	}
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAConversationThatMovedAndGotAnotherCommentAndOtherNumbersIsTheSame(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	if err := os.Remove(filepath.Join(dir, "old.txtar")); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(strings.Replace(conversation, "What it shows", "Other words", 1), "-- 1-", "-- 7-")
	write(t, dir, "lumin/behaviour.txtar", text)
	write(t, dir, "script.txtar", "exec whoseline help\n")
	said, err := compare(dir, "HEAD")
	if err != nil || !strings.HasPrefix(said, "3 exchanges") {
		t.Errorf("%q, %v", said, err)
	}
}

func TestEveryChangedByteOfAConversationIsTold(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"an answer":                  {"404 Not Found", "404 Not found"},
		"a request":                  {"GET / HTTP", "GET // HTTP"},
		"a request that is left off": {"1-request", "1-start"},
		"a wallet":                   {"available=0", "available=1"},
		"whose wallet":               {"wallet acme", "wallet globex"},
		"the setup":                  {"business acme", "business globex"},
	} {
		dir := repository(t)
		changed := strings.Replace(conversation, change[0], change[1], 1)
		if changed == conversation {
			t.Fatalf("%s: nothing changed", name)
		}
		write(t, dir, "old.txtar", changed)
		said, err := compare(dir, "HEAD")
		if !errors.Is(err, errDiffer) || !strings.Contains(said, "gone: ") || !strings.Contains(said, "new:  ") {
			t.Errorf("%s: %q, %v", name, said, err)
		}
	}
}

func TestAConversationThatWentAwayOrCameTwiceIsTold(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	write(t, dir, "copy.txtar", conversation)
	if said, err := compare(dir, "HEAD"); !errors.Is(err, errDiffer) || strings.Count(said, "new:  ") != 3 {
		t.Errorf("twice: %q, %v", said, err)
	}
	for _, name := range []string{"copy.txtar", "old.txtar"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := compare(dir, "HEAD"); !errors.Is(err, errDiffer) || strings.Count(said, "gone: ") != 3 {
		t.Errorf("gone: %q, %v", said, err)
	}
	if _, err := compare(dir, "no-such-commit"); err == nil || errors.Is(err, errDiffer) {
		t.Errorf("an unknown commit: %v", err)
	}
}
