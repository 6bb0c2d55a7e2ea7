// Package wait lets tests wait for a condition instead of for a time.
package wait

import (
	"testing"
	"time"
)

// Patience bounds every wait. Nothing is measured by it: a busy machine is slow.
const Patience = 2 * time.Minute

// Until asks until the answer is yes. If that takes too long, the test fails, and explain may say why.
func Until(t testing.TB, what string, yes func() bool, explain ...func()) {
	t.Helper()
	enough, again := time.NewTimer(Patience), time.NewTicker(2*time.Millisecond)
	defer enough.Stop()
	defer again.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-enough.C:
			for _, say := range explain {
				say()
			}
			t.Fatalf("not within %s: %s", Patience, what)
		}
	}
}
