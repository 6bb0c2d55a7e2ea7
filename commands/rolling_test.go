package commands_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"whoseline/test/wait"

	"connectrpc.com/connect"

	"whoseline/handlers/zitadel/zitadelproto"
	"whoseline/storage"
)

// balancer is HAProxy, which never tries a request a second time.
const balancer = `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  retries 0

frontend one
  bind %[1]s
  default_backend one
frontend two
  bind %[2]s proto h2
  default_backend two
backend one
  option httpchk GET /readyz
  default-server check inter 200ms fall 3 rise 1
  server a %[4]s port %[5]s
  server b %[6]s port %[7]s
backend two
  server a %[4]s proto h2 track one/a
  server b %[6]s proto h2 track one/b
listen stats
  bind %[3]s
  stats enable
  stats uri /
`

func TestGatewaysAreReplacedOneByOneWithoutAFailedRequest(t *testing.T) {
	t.Parallel()
	const enough = 5000
	s := open(t, storage.Postgres, "HTTP__DRAIN=6s", "FACES__PER_SUBJECT=0")
	who := s.tenant(t, 10*enough)
	at := freeAddresses(t, 7)
	starts := [2]func() *gateway{}
	gateways := [2]*gateway{}
	for i := range gateways {
		here := s.with("HTTP__ADDR="+at[3+2*i], "OPS__ADDR="+at[4+2*i])
		starts[i] = func() *gateway { return here.serve(t) }
		gateways[i] = starts[i]()
	}
	p := person{gateway: gateways[0], key: who.token, business: who.id, ref: "ada"}
	front := startBalancer(t, at)
	asked := newStream(t, front, who.token, p.token(t))
	wait.Until(t, "the balancer sees both", front.seesBoth)

	asked.start(t.Context())
	for round := range 2 {
		for i := range gateways {
			gateways[i].stop(t)
			gateways[i] = starts[i]()
			wait.Until(t, fmt.Sprintf("round %d: the balancer sees gateway %d again", round, i), front.seesBoth)
		}
	}
	wait.Until(t, "there were enough requests", func() bool { return asked.answered.Load() >= enough })
	asked.stop()
	if n := asked.failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed, such as: %v", n, asked.answered.Load(), asked.example.Load())
	}
	t.Logf("%d requests, %d failed", asked.answered.Load(), asked.failed.Load())
	s.mustVerify(t)
}

// freeAddresses gives addresses that the system hands to nobody who asks for any.
func freeAddresses(t *testing.T, n int) []string {
	t.Helper()
	var free []string
	for len(free) < n {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		if l, err := net.Listen("tcp", address); err == nil && l.Close() == nil {
			free = append(free, address)
		}
	}
	return free
}

// frontEnd is where callers reach the balancer.
type frontEnd struct{ one, two, stats string }

func startBalancer(t *testing.T, at []string) frontEnd {
	t.Helper()
	var places []any
	for i, address := range at {
		if _, port, _ := net.SplitHostPort(address); i == 4 || i == 6 {
			address = port
		}
		places = append(places, address)
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, fmt.Appendf(nil, balancer, places...), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("haproxy", "-db", "-f", file)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said transcript
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
		if t.Failed() {
			t.Log(said.String())
		}
	})
	return frontEnd{"http://" + at[0], "http://" + at[1], "http://" + at[2]}
}

// seesBoth tells whether both gateways are up in both backends.
func (f frontEnd) seesBoth() bool {
	response, err := http.Get(f.stats + "/;csv")
	if err != nil {
		return false
	}
	defer response.Body.Close()
	rows, err := csv.NewReader(response.Body).ReadAll()
	up := 0
	for _, row := range rows {
		if name := row[1]; (name == "a" || name == "b") && row[17] == "UP" {
			up++
		}
	}
	return err == nil && up == 4
}

// stream asks all the time, over both versions of HTTP and by gRPC.
type stream struct {
	answered, failed atomic.Int64
	example          atomic.Value
	asks             []func(context.Context) error
	work             sync.WaitGroup
	end              chan struct{}
}

func newStream(t *testing.T, at frontEnd, key, subject string) *stream {
	two := &http.Transport{Protocols: new(http.Protocols)}
	two.Protocols.SetUnencryptedHTTP2(true)
	one := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(two.CloseIdleConnections)
	t.Cleanup(one.CloseIdleConnections)
	rpc := zitadelproto.NewAuthServiceClient(&http.Client{Transport: two}, at.two, connect.WithGRPC())
	return &stream{end: make(chan struct{}), asks: []func(context.Context) error{
		asksOwner(&http.Client{Transport: one}, at.one, key),
		asksOwner(&http.Client{Transport: two}, at.two, key),
		func(ctx context.Context) error {
			ctx, info := connect.NewClientContext(ctx)
			info.RequestHeader().Set("Authorization", "Bearer "+subject)
			_, err := rpc.GetMyPhone(ctx, &zitadelproto.GetMyPhoneRequest{})
			return err
		},
	}}
}

// asksOwner looks a number up. The request has no second body, so that a client cannot send it again on its own.
func asksOwner(client *http.Client, base, key string) func(context.Context) error {
	return func(ctx context.Context) error {
		c := lookup(key, "08000000000", "")
		request, err := http.NewRequestWithContext(ctx, c.method, base+c.path, io.NopCloser(strings.NewReader(c.body)))
		if err != nil {
			return err
		}
		request.ContentLength = int64(len(c.body))
		request.Header.Set("token", c.token)
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if said, err := io.ReadAll(response.Body); err != nil || response.StatusCode != 200 {
			return fmt.Errorf("%s: %w %s", response.Status, err, said)
		}
		return nil
	}
}

// start asks until stop, three at a time in each way.
func (l *stream) start(ctx context.Context) {
	for _, ask := range l.asks {
		for range 3 {
			l.work.Go(func() {
				pace := time.NewTicker(5 * time.Millisecond)
				defer pace.Stop()
				for {
					select {
					case <-l.end:
						return
					case <-pace.C:
					}
					if err := ask(ctx); err != nil {
						l.example.Store(err.Error())
						l.failed.Add(1)
					}
					l.answered.Add(1)
				}
			})
		}
	}
}

func (l *stream) stop() {
	close(l.end)
	l.work.Wait()
}
