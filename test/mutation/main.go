// Command mutation answers: would the tests notice it if a rule were another one? It makes every small change that its list
// of operators knows to the named files of one room, all in one test program that an environment variable switches, and runs
// the room's tests for each. What no test notices is printed.
//
//	go run ./test/mutation ./billing decide.go sweep.go
package main

import (
	"bytes"
	"context"
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
	"sync"
	"time"
)

var (
	quick   = flag.String("quick", "/sqlite", "the tests that are run first")
	rest    = flag.String("rest", "", "the tests that are run for what those do not notice; `none`: no more")
	atOnce  = flag.Int("at-once", 2, "how many runs there are at once")
	timeout = flag.Duration("timeout", 3*time.Minute, "of a run; one that takes longer has noticed")
)

func main() {
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: mutation FOLDER FILE...")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(room string, names []string) error {
	dir, err := os.MkdirTemp("", "whoseline-mutation-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var files []*file
	for _, name := range names {
		f, err := read(filepath.Join(room, name))
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	program, err := build(dir, room, files)
	if err != nil {
		return err
	}
	if noticed(program, room, 0) {
		return errors.New("the tests fail without any change")
	}
	return try(program, room, files)
}

// try runs the tests for each change and prints what survived.
func try(program, room string, files []*file) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	turns := make(chan struct{}, *atOnce)
	count, survived := 0, 0
	for _, f := range files {
		for _, m := range f.mutants {
			if m.impossible {
				continue
			}
			count++
			all.Go(func() {
				turns <- struct{}{}
				defer func() { <-turns }()
				if noticed(program, room, m.number) {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				survived++
				fmt.Printf("%s:%d: %s → %s\n", f.path, m.line, m.was, m.becomes)
			})
		}
	}
	all.Wait()
	fmt.Printf("%s: %d changes, %d survived\n", room, count, survived)
	return nil
}

// noticed tells whether the tests fail with a change; 0 is none.
func noticed(program, room string, number int) bool {
	return fails(program, room, number, *quick) || *rest != "none" && fails(program, room, number, *rest)
}

func fails(program, room string, number int, tests string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	command := exec.CommandContext(ctx, program, "-test.failfast", "-test.run", tests)
	command.Dir, command.Env = room, append(os.Environ(), "MUTANT="+strconv.Itoa(number))
	command.WaitDelay = 5 * time.Second
	return command.Run() != nil
}

// build makes the test program. A change that does not compile is left out, with all others in its line.
func build(dir, room string, files []*file) (program string, err error) {
	program = filepath.Join(dir, "room.test")
	for {
		overlay, err := lay(dir, room, files)
		if err != nil {
			return "", err
		}
		said, err := exec.Command("go", "test", "-c", "-vet=off", "-gcflags=-e", "-overlay", overlay, "-o", program, room).CombinedOutput()
		if err == nil {
			return program, nil
		}
		if !leaveOut(files, string(said)) {
			return "", fmt.Errorf("%w: %s", err, said)
		}
	}
}

// lay writes the changed files and says where they belong.
func lay(dir, room string, files []*file) (overlay string, err error) {
	replace := map[string]string{}
	put := func(path string, text []byte) error {
		whole, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		replace[whole] = filepath.Join(dir, filepath.Base(path))
		return os.WriteFile(replace[whole], text, 0o600)
	}
	for _, f := range files {
		if err := put(f.path, f.changed()); err != nil {
			return "", err
		}
	}
	if err := put(filepath.Join(room, "mutant_of_the_day.go"), fmt.Appendf(nil, chooser, files[0].room)); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

const chooser = `package %s

import (
	"os"
	"strconv"
)

var mutantOfTheDay, _ = strconv.Atoi(os.Getenv("MUTANT"))

func mutantPick[T any](n int, was, becomes T) T {
	if n == mutantOfTheDay {
		return becomes
	}
	return was
}
`

var complaint = regexp.MustCompile(`([\w.]+\.go):(\d+):`)

func leaveOut(files []*file, said string) (any bool) {
	for _, found := range complaint.FindAllStringSubmatch(said, -1) {
		line, _ := strconv.Atoi(found[2])
		for _, f := range files {
			if filepath.Base(f.path) == found[1] {
				any = f.leaveOut(line) || any
			}
		}
	}
	return any
}

// text is what stands between two offsets, on one line.
func (f *file) text(from, to int) string {
	return string(bytes.Join(bytes.Fields(f.source[from:to]), []byte(" ")))
}

func (f *file) leaveOut(line int) (any bool) {
	for _, m := range f.mutants {
		if m.line == line && !m.impossible {
			m.impossible, any = true, true
		}
	}
	return any
}

// changed is the source with all changes in it, each behind its number. Every line stays where it is.
func (f *file) changed() []byte {
	before, after := make([][]string, len(f.source)+1), make([][]string, len(f.source)+1)
	for _, m := range f.mutants { // outer ones first
		if !m.impossible {
			before[m.from] = append(before[m.from], m.prefix())
			after[m.to] = append([]string{m.suffix()}, after[m.to]...)
		}
	}
	var text bytes.Buffer
	for i := range before {
		text.WriteString(strings.Join(after[i], ""))
		text.WriteString(strings.Join(before[i], ""))
		if i < len(f.source) {
			text.WriteByte(f.source[i])
		}
	}
	return text.Bytes()
}
