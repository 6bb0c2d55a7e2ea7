//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"whoseline/bench/naive"
)

// gateway is the product, built from this module, and how to run it.
type gateway struct {
	binary string
	dir    string
	url    string // of its database
	master string // its master key
}

// server is a process that answers lookups.
type server struct {
	*process
	addr string
	ops  string // the gateway's second listener
}

// buildGateway compiles the module that this program belongs to, unless a finished binary is named.
func buildGateway(ctx context.Context, dir, binary string) (string, error) {
	if binary != "" {
		return filepath.Abs(binary)
	}
	mod, err := output(exec.CommandContext(ctx, "go", "env", "GOMOD"))
	if err != nil {
		return "", err
	}
	binary = filepath.Join(dir, "whoseline")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	cmd.Dir = filepath.Dir(strings.TrimSpace(string(mod)))
	_, err = output(cmd)
	return binary, err
}

// newMasterKey makes the 32 bytes that a gateway seals its keys under.
func newMasterKey() string {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	return base64.StdEncoding.EncodeToString(key[:])
}

// env is the gateway's environment: the settings that the benchmark needs, and nothing that happens to be set around
// us.
func (g *gateway) env(more ...string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + g.dir,
		"WHOSELINE_DATABASE__URL=" + g.url,
		"WHOSELINE_SECURITY__MASTER_KEY=" + g.master,
		"WHOSELINE_PROVIDERS__LIVE=sandbox",
		"WHOSELINE_BILLING__PRICE=100",
	}
	return append(env, more...)
}

// run carries out one of the gateway's commands and gives its answer.
func (g *gateway) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, g.binary, append(args, "--json")...)
	cmd.Dir, cmd.Env = g.dir, g.env()
	return output(cmd)
}

// serve starts a gateway and waits until it is ready.
func (g *gateway) serve(ctx context.Context, name string, more ...string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	ops, err := freeAddr()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(g.binary, "serve")
	cmd.Dir = g.dir
	cmd.Env = g.env(append(more, "WHOSELINE_HTTP__ADDR="+addr, "WHOSELINE_OPS__ADDR="+ops)...)
	p, err := launch(cmd, filepath.Join(g.dir, name+".log"), syscall.SIGKILL)
	if err != nil {
		return nil, err
	}
	s := &server{process: p, addr: addr, ops: ops}
	return s, s.await(ctx, func() error { return wantStatus(ctx, "http://"+ops+"/readyz", http.StatusOK) })
}

// serveNaive starts this program again, as the naive design's server.
func serveNaive(ctx context.Context, dir, databaseURL, sink string, wallets int) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "naive", addr, fmt.Sprint(wallets), sink)
	cmd.Env = append(os.Environ(), naiveDatabase+"="+databaseURL)
	p, err := launch(cmd, filepath.Join(dir, "naive.log"), syscall.SIGKILL)
	if err != nil {
		return nil, err
	}
	s := &server{process: p, addr: addr}
	return s, s.await(ctx, func() error {
		return wantStatus(ctx, "http://"+addr+naive.Path, http.StatusMethodNotAllowed)
	})
}

// wantStatus asks for a page and is content with one status only.
func wantStatus(ctx context.Context, url string, status int) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != status {
		return fmt.Errorf("%s answered %s", url, resp.Status)
	}
	return nil
}

// stop ends the server, gently first.
func (s *server) stop() {
	if s != nil {
		s.process.stop(syscall.SIGTERM, 30*time.Second)
	}
}
