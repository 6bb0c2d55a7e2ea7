//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const profileSeconds = 5

// profile saves a CPU profile of the gateway, taken while the hot load runs once more; the rounds are over by then,
// so that taking it slows down nothing that counts.
func (r *rig) profile(ctx context.Context, folder string) error {
	hot := choose(map[string]bool{"gateway_hot_64": true})
	if err := r.prepare(ctx, hot); err != nil {
		return err
	}
	progress("profile of the gateway under the hot load")
	loaded := make(chan error, 1)
	go func() {
		_, err := r.measureServer(ctx, hot[0], (profileSeconds+2)*time.Second)
		loaded <- err
	}()
	if err := pause(ctx, quiet+shortWarm+time.Second/2); err != nil {
		return err
	}
	path := filepath.Join(folder, "gateway.cpu.pprof")
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", r.servers[gatewayServer].ops, profileSeconds)
	err := download(ctx, url, path)
	if failed := <-loaded; failed != nil {
		return failed
	}
	if err == nil {
		progress("saved %s; see it with: go tool pprof -top %s", path, path)
	}
	return err
}

// download saves what a URL answers.
func download(ctx context.Context, url, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", url, resp.Status, content)
	}
	return os.WriteFile(path, content, 0o600)
}
