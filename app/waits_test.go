package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTestsWaitForConditions keeps real sleeping out of tests: test/wait waits for a condition. In a bubble of synctest time is not
// real, and sleeping is how it passes.
func TestTestsWaitForConditions(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		tests := append(append([]string{}, p.TestGoFiles...), p.XTestGoFiles...)
		bubbles := p.room() == "test/simulation"
		if strings.HasSuffix(p.room(), "test") {
			tests = append(tests, p.GoFiles...)
		}
		for _, name := range tests {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(text, []byte("time."+"Sleep(")) && !bubbles && !bytes.Contains(text, []byte("synctest.")) {
				t.Errorf("%s/%s sleeps", p.room(), name)
			}
		}
	}
}
