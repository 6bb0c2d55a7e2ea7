// Package npm answers, in tests: where is what others published for node? Each set is installed once, into the user's cache
// folder. Whoever has no node fails: ./needs.sh installs it.
package npm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Installed gives a folder that holds the files, package.json and package-lock.json among them, and what these ask for.
// It is filled once for every version of the files.
func Installed(t testing.TB, name string, files fs.FS) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	home := filepath.Join(cache, "whoseline-test", name+"-"+version(t, files))
	if _, err := os.Stat(home); err == nil {
		return home
	}
	if err := install(t.Context(), home, files); err != nil {
		t.Fatalf("install %s with npm (./needs.sh installs npm): %v", name, err)
	}
	return home
}

func version(t testing.TB, files fs.FS) string {
	t.Helper()
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		sum.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// install fills a folder beside home and puts it into its place at the end: several test programs may be at it.
func install(ctx context.Context, home string, files fs.FS) error {
	if err := os.MkdirAll(filepath.Dir(home), 0o700); err != nil {
		return err
	}
	building, err := os.MkdirTemp(filepath.Dir(home), "building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(building)
	if err := os.CopyFS(building, files); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = building
	if said, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, said)
	}
	if err := os.Rename(building, home); err != nil {
		if _, there := os.Stat(home); there != nil {
			return err
		}
	}
	return nil
}
