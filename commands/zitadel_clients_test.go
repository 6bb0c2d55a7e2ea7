package commands_test

import (
	"bufio"
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

	"whoseline/test/wait"

	"github.com/google/go-cmp/cmp"

	"whoseline/test/npm"
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
		command.Dir = npm.Installed(t, "zitadel", os.DirFS(npmClient))
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
	kill := time.AfterFunc(wait.Patience, func() { _ = command.Process.Kill() })
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
