// Package smsc answers, in tests: does a message centre that others wrote understand us? It runs the npm package smpp
// with node. Whoever has neither fails: ./needs.sh installs them.
package smsc

import (
	"bufio"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"whoseline/test/npm"
)

//go:embed package.json package-lock.json server.js
var files embed.FS

// Options is how a centre is to be.
type Options struct {
	Password string `json:"password"`
	Key      string `json:"key,omitempty"`  // files in PEM, for TLS
	Cert     string `json:"cert,omitempty"` // likewise
}

// Event is something that happened at the centre.
type Event struct {
	Event   string // bind, alive, submit, reported or unbind
	Port    int
	To      string
	From    string
	Text    string // as the centre understood it
	ID      string
	Coding  int
	Status  int
	Part    []int // the header of one part of a long text
	Kinds   []int // type and plan of the sender's address, then of the receiver's
	Seconds int   // for which a text is worth delivering
}

// Centre is a message centre that runs until the test ends.
type Centre struct {
	Addr string

	mu      sync.Mutex
	events  []Event
	changed chan struct{} // closed and replaced with each event
}

// Start starts a centre on a port of its own.
func Start(t testing.TB, o Options) *Centre {
	t.Helper()
	argument, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("node", "server.js", string(argument))
	command.Dir = npm.Installed(t, "smsc", files)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatalf("start the message centre: %v", err)
	}
	c := &Centre{changed: make(chan struct{})}
	var reading sync.WaitGroup
	reading.Go(func() { c.read(stdout) })
	t.Cleanup(func() {
		_ = stdin.Close() // it ends by itself
		reading.Wait()
		if err := command.Wait(); err != nil {
			t.Errorf("the message centre: %v", err)
		}
	})
	c.Addr = fmt.Sprintf("127.0.0.1:%d", c.Await(t, "listen", 1)[0].Port)
	return c
}

func (c *Centre) read(from io.Reader) {
	for lines := bufio.NewScanner(from); lines.Scan(); {
		var e Event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		c.mu.Lock()
		c.events = append(c.events, e)
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
	}
}

// Await waits until a kind of event happened so many times, and gives those.
func (c *Centre) Await(t testing.TB, kind string, times int) []Event {
	t.Helper()
	giveUp := time.After(30 * time.Second)
	for {
		list, changed := c.happened(kind)
		if len(list) >= times {
			return list
		}
		select {
		case <-changed:
		case <-giveUp:
			t.Fatalf("%d of %d events %s", len(list), times, kind)
		}
	}
}

func (c *Centre) happened(kind string) (list []Event, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		if e.Event == kind {
			list = append(list, e)
		}
	}
	return list, c.changed
}
