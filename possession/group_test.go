package possession

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/test/wait"
)

// chore has a name, and ends.
type chore struct {
	name string
	err  error
}

// gate is a group whose first batch waits until it is opened.
type gate struct {
	group[chore]
	open    chan struct{}
	mu      sync.Mutex
	batches [][]string
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	g.key = func(c *chore) string { return c.name }
	g.fail = func(c *chore, err error) { c.err = err }
	g.run = func(all []*chore) {
		<-g.open
		var names []string
		for _, c := range all {
			names = append(names, c.name)
		}
		g.mu.Lock()
		g.batches = append(g.batches, names)
		g.mu.Unlock()
		if slices.Contains(names, "panic") {
			panic("at the disco")
		}
	}
	return g
}

// ask asks for chores, one after the other, so that each is in its place before the next one comes.
func (g *gate) ask(t *testing.T, names ...string) (all *sync.WaitGroup, chores []*chore) {
	t.Helper()
	all = new(sync.WaitGroup)
	for i, name := range names {
		c := &chore{name: name}
		chores = append(chores, c)
		all.Go(func() {
			if err := g.do(context.Background(), c); err != nil {
				t.Error(err)
			}
		})
		wait.Until(t, name+" is in its place", func() bool { return g.waits() == i && g.begun() })
	}
	return all, chores
}

func (g *gate) waits() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.group.mu.Lock()
	defer g.group.mu.Unlock()
	return len(g.waiting)
}

func (g *gate) begun() bool {
	g.group.mu.Lock()
	defer g.group.mu.Unlock()
	return g.busy
}

func TestWhoWaitsSharesABatchButNotWithItsOwnKind(t *testing.T) {
	t.Parallel()
	g := newGate()
	all, _ := g.ask(t, "a", "b", "c", "b", "d", "e", "f")
	close(g.open)
	all.Wait()
	var got []string
	for _, b := range g.batches {
		got = append(got, strings.Join(b, ""))
	}
	if want := []string{"a", "bcde", "bf"}; !slices.Equal(got, want) {
		t.Errorf("batches %v, want %v", got, want)
	}
	if g.begun() {
		t.Error("the group is busy, and nobody waits")
	}
}

func TestACallerMayLeaveUntilItsWorkIsBegun(t *testing.T) {
	t.Parallel()
	g := newGate()
	all, _ := g.ask(t, "a")
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := g.do(gone, &chore{name: "b"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	late, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if err := g.do(late, &chore{name: "c"}); models.CodeOf(err) != models.Unavailable {
		t.Errorf("whose turn did not come: %v", err)
	}
	close(g.open)
	all.Wait()
	if len(g.batches) != 1 {
		t.Errorf("who left was served: %v", g.batches)
	}
}

func TestAPanicIsAFaultOfItsBatchAlone(t *testing.T) {
	t.Parallel()
	g := newGate()
	all, chores := g.ask(t, "a", "panic")
	close(g.open)
	all.Wait()
	if chores[0].err != nil || models.CodeOf(chores[1].err) != models.Internal {
		t.Errorf("%v, %v", chores[0].err, chores[1].err)
	}
	if err := g.do(t.Context(), &chore{name: "later"}); err != nil || g.begun() {
		t.Error("nothing is done any more after a panic")
	}
}

func TestMoreThanMayWaitIsRefused(t *testing.T) {
	t.Parallel()
	g := newGate()
	all, _ := g.ask(t, "a")
	for range maxWaiting {
		g.waiting = append(g.waiting, &ticket[chore]{work: &chore{name: "x"}, done: make(chan struct{})})
	}
	if err := g.do(t.Context(), &chore{name: "b"}); models.CodeOf(err) != models.Unavailable {
		t.Error(err)
	}
	g.waiting = nil
	close(g.open)
	all.Wait()
}
