// Command goldensame tells whether the golden conversations say the same as at another commit, whatever their files are
// called: every request with its answer, and every other section, must be there as often as before.
//
//	go run ./test/goldensame COMMIT
package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: goldensame COMMIT")
		os.Exit(2)
	}
	said, err := compare(".", os.Args[1])
	fmt.Print(said)
	if err != nil {
		fmt.Fprintln(os.Stderr, "goldensame:", err)
		os.Exit(1)
	}
}

var errDiffer = errors.New("the conversations differ")

// compare holds the files in dir, committed or not, against those of a commit. It says what is gone and what is new.
func compare(dir, commit string) (said string, err error) {
	before, err := committed(dir, commit)
	if err != nil {
		return "", err
	}
	now, err := present(dir)
	if err != nil {
		return "", err
	}
	gone, added := before.without(now), now.without(before)
	for _, p := range gone {
		said += "gone: " + p + "\n"
	}
	for _, p := range added {
		said += "new:  " + p + "\n"
	}
	if len(gone)+len(added) > 0 {
		return said, errDiffer
	}
	return fmt.Sprintf("%d exchanges and other sections are the same as at %s\n", len(now), commit), nil
}

// piece is an exchange, or another section. Text is all that counts of it.
type piece struct{ text, where string }

// pieces are those of all conversations.
type pieces []piece

// without gives where the pieces stand that are not in the other ones, or less often there.
func (p pieces) without(other pieces) (where []string) {
	left := map[string]int{}
	for _, o := range other {
		left[o.text]++
	}
	for _, one := range p {
		if left[one.text]--; left[one.text] < 0 {
			where = append(where, one.where)
		}
	}
	return where
}

// take adds the pieces of a file, unless it is no conversation.
func (p *pieces) take(name string, text []byte) {
	archive := txtar.Parse(text)
	requests := map[string]string{}
	for _, f := range archive.Files {
		if number, verb, _ := strings.Cut(f.Name, "-"); verb == "request" || verb == "start" {
			requests[number] = verb + "\n" + string(f.Data)
		}
	}
	if len(requests) == 0 {
		return
	}
	for _, f := range archive.Files {
		number, verb, numbered := strings.Cut(f.Name, "-")
		switch {
		case !numbered:
			verb = number
		case verb == "request" || verb == "start":
			continue
		case verb == "response":
			verb += "\n" + requests[number]
		}
		*p = append(*p, piece{verb + "\n" + string(f.Data), name + " " + f.Name})
	}
}

// committed reads the conversations of a commit.
func committed(dir, commit string) (found pieces, err error) {
	git := exec.Command("git", "archive", "--format=tar", commit, "--", ":(glob)**/*.txtar")
	git.Dir = dir
	var complaint bytes.Buffer
	git.Stderr = &complaint
	text, err := git.Output()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w: %s", commit, err, complaint.Bytes())
	}
	files := tar.NewReader(bytes.NewReader(text))
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", commit, err)
		}
		content, err := io.ReadAll(files)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", header.Name, err)
		}
		found.take(header.Name, content)
	}
}

// present reads the conversations that lie in a folder now.
func present(dir string) (found pieces, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".txtar":
			return nil
		}
		content, err := os.ReadFile(path)
		found.take(path, content)
		return err
	})
	return found, err
}
