// Command mutants answers: would the simulation find a fault if there were one? It plants each fault of a list into the real
// code, one at a time, and plays histories until one breaks a promise. A fault that none finds is a failure, and so is one
// whose place is not there any more.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	seeds = flag.Int("seeds", 3000, "how many histories a fault may survive")
	only  = flag.String("only", "", "only the faults whose names contain this")
	check = flag.Bool("check", false, "only look whether every fault still has its place")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "whoseline-mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	missed, tried := 0, 0
	for i, m := range mutants {
		if !strings.Contains(m.name, *only) {
			continue
		}
		tried++
		overlay, err := m.plant(filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			return err
		}
		if *check {
			continue
		}
		began := time.Now()
		found, err := hunt(dir, overlay)
		if err != nil {
			return fmt.Errorf("%q: %w", m.name, err)
		}
		if found == "" {
			found, missed = "NOT FOUND", missed+1
		}
		fmt.Printf("%2d  %-55s  %-45s  %4.0f s\n", i+1, m.name, found, time.Since(began).Seconds())
	}
	fmt.Printf("%d faults, %d not found\n", tried, missed)
	if missed > 0 {
		return errors.New("the simulation misses faults")
	}
	return nil
}

// plant writes the changed files and gives the overlay that puts them into the place of the real ones.
func (m mutant) plant(dir string) (overlay string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	replace := map[string]string{}
	for i, e := range m.edits {
		real, err := filepath.Abs(e.file)
		if err != nil {
			return "", err
		}
		from := real
		if changed, again := replace[real]; again {
			from = changed
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if n := bytes.Count(text, []byte(e.old)); n != 1 {
			return "", fmt.Errorf("%q: its place stands %d times in %s:\n%s", m.name, n, e.file, e.old)
		}
		replace[real] = filepath.Join(dir, strconv.Itoa(i)+".go")
		if err := os.WriteFile(replace[real], bytes.Replace(text, []byte(e.old), []byte(e.new), 1), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// broken is how the simulation says what it has found.
var broken = regexp.MustCompile(`seed (\d+) breaks a promise: ([^\n]*)`)

// hunt plays histories against the changed code and tells which promise broke at which seed, "" if none did.
func hunt(dir, overlay string) (found string, err error) {
	binary := filepath.Join(dir, "simulation.test")
	build := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", binary, "./test/simulation")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("it does not build: %w\n%s", err, out)
	}
	play := exec.Command(binary, "-test.run", "TestEveryPromise", "-seeds", strconv.Itoa(*seeds), "-shrink=false", "-test.timeout", "60m")
	play.Dir = filepath.Join("test", "simulation")
	out, err := play.CombinedOutput()
	if err == nil {
		return "", nil
	}
	if said := broken.FindSubmatch(out); said != nil {
		return fmt.Sprintf("%s, seed %s", said[2], said[1]), nil
	}
	return "", fmt.Errorf("the simulation fails in another way: %w\n%.3000s", err, out)
}
