// Command mutants answers: would the simulation find a fault if there were one? It plants each fault of a list into the real
// code, each behind a switch, and plays histories with one at a time until a promise breaks. A fault that none finds is a failure,
// and so is one whose place is not there any more.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
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
	every = flag.Int("every", 1, "take only every nth fault, for several machines")
	from  = flag.Int("from", 0, "which one of them is the first")
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
	overlay, err := plant(dir)
	if err != nil || *check {
		return err
	}
	binary := filepath.Join(dir, "simulation.test")
	build := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", binary, "./test/simulation")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("the faults do not build: %w\n%s", err, out)
	}
	missed, tried := 0, 0
	for i, m := range mutants {
		if !strings.Contains(m.name, *only) || i%*every != *from {
			continue
		}
		began := time.Now()
		found, err := hunt(binary, i)
		if err != nil {
			return fmt.Errorf("%q: %w", m.name, err)
		}
		tried++
		if found == "" {
			found, missed = "NOT FOUND", missed+1
		}
		fmt.Printf("%2d  %-55s  %-40s  %4.0f s\n", i+1, m.name, found, time.Since(began).Seconds())
	}
	fmt.Printf("%d faults, %d not found\n", tried, missed)
	if missed > 0 {
		return errors.New("the simulation misses faults")
	}
	return nil
}

// plant writes the changed files, with all faults behind switches, and gives the overlay that puts them into the place of the
// real ones.
func plant(dir string) (overlay string, err error) {
	texts := map[string][]byte{} // by file
	for i, m := range mutants {
		for _, e := range m.edits {
			if texts[e.file] == nil {
				if texts[e.file], err = os.ReadFile(e.file); err != nil {
					return "", err
				}
			}
			if n := bytes.Count(texts[e.file], []byte(e.old)); n != 1 {
				return "", fmt.Errorf("%q: its place stands %d times in %s:\n%s", m.name, n, e.file, e.old)
			}
			changed := strings.ReplaceAll(e.new, "{on}", fmt.Sprintf("planted(%d)", i))
			texts[e.file] = bytes.Replace(texts[e.file], []byte(e.old), []byte(changed), 1)
		}
	}
	for file := range maps.Clone(texts) {
		folder := filepath.Dir(file)
		texts[filepath.Join(folder, "planted.go")] = []byte("package " + filepath.Base(folder) + switches)
	}
	return lay(dir, texts)
}

// switches tell which fault is the one, in each package that has some.
const switches = `

import (
	"os"
	"strconv"
)

var plantedOne = os.Getenv("WHOSELINE_MUTANT")

func planted(n int) bool { return plantedOne == strconv.Itoa(n) }
`

func lay(dir string, texts map[string][]byte) (overlay string, err error) {
	replace := map[string]string{}
	for file, text := range texts {
		real, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		replace[real] = filepath.Join(dir, strings.ReplaceAll(file, string(filepath.Separator), "-"))
		if err := os.WriteFile(replace[real], text, 0o600); err != nil {
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

// hunt plays histories with one fault and tells which promise broke at which seed, "" if none did.
func hunt(binary string, n int) (found string, err error) {
	play := exec.Command(binary, "-test.run", "TestEveryPromise", "-seeds", strconv.Itoa(*seeds), "-shrink=false", "-test.timeout", "60m")
	play.Dir = filepath.Join("test", "simulation")
	play.Env = append(os.Environ(), "WHOSELINE_MUTANT="+strconv.Itoa(n))
	out, err := play.CombinedOutput()
	if err == nil {
		return "", nil
	}
	if said := broken.FindSubmatch(out); said != nil {
		return fmt.Sprintf("%s, seed %s", said[2], said[1]), nil
	}
	return "", fmt.Errorf("the simulation fails in another way: %w\n%.3000s", err, out)
}
