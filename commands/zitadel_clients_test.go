package commands_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// request is a call that a client is to make.
type request struct {
	Call string `json:"call"`
	User string `json:"user,omitempty"`
	Arg  string `json:"arg,omitempty"`
	Wish string `json:"wish,omitempty"`
}

// client is a running one of ZITADEL's.
type client struct {
	name    string
	calls   *json.Encoder
	answers *bufio.Scanner
	said    *transcript
}

// official starts a client for a token: go is the Go client, grpc and grpc-web are npm's @zitadel/client, node is npm's
// @zitadel/node.
func official(t *testing.T, name, base, token string) *client {
	t.Helper()
	var command *exec.Cmd
	if name == "go" {
		at, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		command = exec.Command(built(t), at.Hostname(), at.Port(), token)
	} else {
		command = exec.Command("node", "client.js", name, base, token)
		command.Dir = installed(t)
	}
	return start(t, name, command)
}

func start(t *testing.T, name string, command *exec.Cmd) *client {
	t.Helper()
	c := &client{name: name, said: &transcript{}}
	command.Stderr = c.said
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatalf("start the client: %v", err)
	}
	c.calls, c.answers = json.NewEncoder(in), bufio.NewScanner(out)
	kill := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	t.Cleanup(func() {
		defer kill.Stop()
		_ = in.Close() // it ends by itself
		if err := command.Wait(); err != nil {
			t.Errorf("the client: %v: %s", err, c.said)
		}
	})
	return c
}

func (c *client) ask(t *testing.T, r request) (u understood) {
	t.Helper()
	if err := c.calls.Encode(r); err != nil || !c.answers.Scan() {
		t.Fatalf("%s: %v: %s", r.Call, errors.Join(err, c.answers.Err()), c.said)
	}
	if err := json.Unmarshal(c.answers.Bytes(), &u); err != nil {
		t.Fatalf("%s: %v: %s", r.Call, err, c.answers.Bytes())
	}
	return u
}

func (c *client) expect(t *testing.T, r request, want understood) {
	t.Helper()
	if diff := cmp.Diff(want, c.ask(t, r)); diff != "" {
		t.Fatalf("%s %s (-want +got):\n%s", c.name, r.Call, diff)
	}
}

// The folders of the clients, beside this one.
const (
	goClient  = "../test/zitadelgo"
	npmClient = "../test/zitadelnpm"
)

// built gives the Go client's program. It is a module of its own: see there.
func built(t *testing.T) string {
	t.Helper()
	path, err := buildGoClient()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var buildGoClient = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binaryFolder, "zitadelgo")
	command := exec.Command("go", "build", "-o", path, ".")
	command.Dir = goClient
	if said, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the Go client: %w: %s", err, said)
	}
	return path, nil
})

// installed gives a folder with the npm clients.
func installed(t *testing.T) string {
	t.Helper()
	home, err := installNpmClients()
	if err != nil {
		t.Fatalf("install the npm clients (./needs.sh installs node and npm): %v", err)
	}
	return home
}

// installNpmClients fills a folder in the cache once for every version of the clients.
var installNpmClients = sync.OnceValues(func() (string, error) {
	sum := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json", "client.js"} {
		content, err := os.ReadFile(filepath.Join(npmClient, name))
		if err != nil {
			return "", err
		}
		sum.Write(content)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	home := filepath.Join(cache, "whoseline-test", "zitadel-"+hex.EncodeToString(sum.Sum(nil)[:8]))
	if _, err := os.Stat(home); err == nil {
		return home, nil
	}
	return home, installInto(home)
})

// installInto fills a folder beside home and puts it into its place at the end: several test programs may be at it.
func installInto(home string) error {
	if err := os.MkdirAll(filepath.Dir(home), 0o700); err != nil {
		return err
	}
	building, err := os.MkdirTemp(filepath.Dir(home), "building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(building)
	if err := os.CopyFS(building, os.DirFS(npmClient)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = building
	if said, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, said)
	}
	if err := os.Rename(building, home); err != nil {
		if _, there := os.Stat(home); there != nil {
			return err
		}
	}
	return nil
}
