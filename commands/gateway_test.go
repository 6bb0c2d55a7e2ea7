package commands_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"whoseline/test/wait"
)

// gateway is a process of the real program.
type gateway struct {
	http, ops string // base URLs
	said      transcript
	command   *exec.Cmd
	client    *http.Client
	ended     chan struct{}
	killed    bool
}

// transcript keeps what a process writes.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *transcript) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(text)
}

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// serve starts a gateway and waits until it listens. It must end well, at the latest with the test.
func (s *site) serve(t *testing.T) *gateway {
	t.Helper()
	g := s.launch(t, "serve")
	var line struct{ Msg, HTTP, Ops string }
	g.await(t, "serving", func() bool {
		for text := range strings.Lines(g.said.String()) {
			if json.Unmarshal([]byte(text), &line) == nil && line.Msg == "serving" {
				return true
			}
		}
		return false
	})
	g.http, g.ops = "http://"+line.HTTP, "http://"+line.Ops
	return g
}

// launch starts the program.
func (s *site) launch(t *testing.T, args ...string) *gateway {
	t.Helper()
	path := s.program
	if path == "" {
		var err error
		if path, err = binary(); err != nil {
			t.Fatal(err)
		}
	}
	g := &gateway{command: exec.Command(path, args...), ended: make(chan struct{})}
	g.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}, Timeout: wait.Patience}
	g.command.Env = append(s.environment(), "GORACE=halt_on_error=1 exitcode=66")
	g.command.Dir = t.TempDir()
	g.command.Stdout, g.command.Stderr = &g.said, &g.said
	g.command.WaitDelay = time.Second
	g.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := g.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(g.ended)
		_ = g.command.Wait() // its state is looked at
	}()
	t.Cleanup(func() { g.finish(t) })
	return g
}

// await waits for something that a running process does.
func (g *gateway) await(t *testing.T, what string, yes func() bool) {
	t.Helper()
	wait.Until(t, what, func() bool {
		if g.over() {
			t.Fatalf("the process ended early, %s: %s", g.command.ProcessState, g.said.String())
		}
		return yes()
	}, func() { g.explain(t) })
}

// explain makes a process that is stuck tell where, and ends it.
func (g *gateway) explain(t *testing.T) {
	t.Helper()
	if g.over() {
		return
	}
	if stacks := g.tellAt(g.ops, call{method: "GET", path: "/debug/pprof/goroutine?debug=1"}); stacks.status == 200 {
		t.Logf("%s", stacks.body)
	} else {
		_ = g.command.Process.Signal(syscall.SIGQUIT) // it may be gone already; else it writes its stacks
		<-g.ended
	}
	g.kill()
	text := g.said.String()
	t.Log(text[max(0, len(text)-20_000):])
}

// stop asks the process to end and waits for it.
func (g *gateway) stop(t *testing.T) {
	t.Helper()
	if err := g.command.Process.Signal(syscall.SIGTERM); err != nil && !g.over() {
		t.Error(err)
	}
	g.wait(t)
}

func (g *gateway) over() bool {
	select {
	case <-g.ended:
		return true
	default:
		return false
	}
}

func (g *gateway) wait(t *testing.T) {
	t.Helper()
	select {
	case <-g.ended:
	case <-time.After(wait.Patience):
		t.Error("the process does not end")
		g.explain(t)
	}
}

// kill ends the process at once, as a crash would.
func (g *gateway) kill() {
	g.killed = true
	_ = g.command.Process.Kill() // it may be gone already
	<-g.ended
}

// finish ends the process if the test has not, and looks at how it ended.
func (g *gateway) finish(t *testing.T) {
	if !g.over() {
		g.stop(t)
	}
	g.client.CloseIdleConnections()
	if code := g.command.ProcessState.ExitCode(); code != 0 && !g.killed {
		t.Errorf("the process ended with %s: %s", g.command.ProcessState, g.said.String())
	}
	if !g.killed && strings.Contains(g.said.String(), "panic") {
		t.Error(g.said.String())
	}
}

// call is a request to a gateway.
type call struct {
	method, path, token, body string // a token that begins with "Bearer " is a subject's
	key                       string // idempotency key
}

// reply is what came back; no status means that nothing did.
type reply struct {
	status int
	body   []byte
	header http.Header
}

// id is the lookup that the reply tells of.
func (r reply) id() string {
	var body struct{ Data struct{ ID string } }
	_ = json.Unmarshal(r.body, &body) // no id is the answer then
	return body.Data.ID
}

// lookup asks whose number it is.
func lookup(token, number, key string) call {
	return call{"POST", "/v2/api/identity/ng/phone", token, `{"mobile":"` + number + `","isSubjectConsent":true}`, key}
}

// tell sends a request and gives the reply, without a status if the gateway is away.
func (g *gateway) tell(c call) reply { return g.tellAt(g.http, c) }

func (g *gateway) tellAt(base string, c call) reply {
	request, err := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
	if err != nil {
		panic(err) // a test's own mistake
	}
	switch {
	case strings.HasPrefix(c.token, "Bearer "):
		request.Header.Set("Authorization", c.token)
	case c.token != "":
		request.Header.Set("token", c.token)
	}
	if c.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		request.Header.Set("Idempotency-Key", c.key)
	}
	request.GetBody = nil // else net/http would send a request with such a key again on its own
	response, err := g.client.Do(request)
	if err != nil {
		return reply{}
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return reply{}
	}
	return reply{response.StatusCode, body, response.Header}
}

// opsStatus asks the operator's side.
func (g *gateway) opsStatus(path string) int {
	return g.tellAt(g.ops, call{method: "GET", path: path}).status
}

// burst sends calls at once, each to the next of the gateways, and gives the replies in the order of the calls.
func burst(gateways []*gateway, calls []call) []reply {
	return together(gateways, len(calls), func(g *gateway, i int) reply { return g.tell(calls[i]) })
}

// together does something so many times at once, each time with the next of the gateways.
func together(gateways []*gateway, n int, do func(g *gateway, i int) reply) []reply {
	replies, start := make([]reply, n), make(chan struct{})
	var sent sync.WaitGroup
	for i := range n {
		sent.Go(func() {
			<-start
			replies[i] = do(gateways[i%len(gateways)], i)
		})
	}
	close(start)
	sent.Wait()
	return replies
}

// statuses counts replies by status.
func statuses(replies []reply) map[int]int {
	count := map[int]int{}
	for _, r := range replies {
		count[r.status]++
	}
	return count
}

// field gives a member of a JSON object by its path, nil if there is none.
func field(t *testing.T, body []byte, path ...string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}
