// Command hostile answers: what do a thousand hostile connections of each kind cost those who call honestly, and the
// gateway? It starts the program's demo and calls it in rounds, a quiet one before each hostile one.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var (
	conns  = flag.Int("conns", 1000, "hostile connections of each kind")
	rounds = flag.Int("rounds", 3, "pairs of a quiet and a hostile round, of each kind")
	length = flag.Duration("length", 8*time.Second, "of a round")
	only   = flag.String("kind", "", "only this kind")
	enemy  = flag.String("enemy", "", "be the hostile connections to this address, of the kind, until the input ends")
	token  = flag.String("token", "", "the key of a customer, for them")
)

// The goals.
const (
	mostRSS  = 256 << 20
	mostSlow = 2.0 // p99 of honest callers, hostile round ÷ quiet round
)

func main() {
	flag.Parse()
	if err := play(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func play() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *enemy != "" {
		besiege(ctx)
		return nil
	}
	return run(ctx)
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "whoseline-hostile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "whoseline")
	if said, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w: %s", err, said)
	}
	g, err := start(program, filepath.Join(dir, "demo"))
	if err != nil {
		return err
	}
	defer g.stop()
	fmt.Printf("%d connections of each kind, %d rounds of %s, %d honest callers\n\n", *conns, *rounds, *length, callers)
	fmt.Println("| kind | p99 quiet | p99 hostile | ÷ | CPU quiet | CPU hostile | RSS hostile | honest refused | reached |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	g.round(ctx, nil) // warms up
	missed := 0
	for _, a := range attacks {
		if *only != "" && *only != a.name {
			continue
		}
		if !g.compare(ctx, a) {
			missed++
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d kinds miss a goal: RSS below 256 MiB, p99 within %.0f times", missed, mostSlow)
	}
	return ctx.Err()
}

// gateway is the program's demo.
type gateway struct {
	HTTP, LiveToken, BusinessID string
	command                     *exec.Cmd
	out                         io.ReadCloser
}

func start(program, dir string) (*gateway, error) {
	g := &gateway{command: exec.Command(program, "--json", "demo", "--dir", dir, "--http", "127.0.0.1:0", "--ops", "127.0.0.1:0")}
	g.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var err error
	if g.out, err = g.command.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := g.command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(g.out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, g)
	}
	if err != nil {
		g.stop()
		return nil, fmt.Errorf("the demo said %q: %w", line, err)
	}
	g.HTTP = strings.TrimPrefix(g.HTTP, "http://")
	topUp := exec.Command(program, "wallet", "top-up", "--dir", dir, "--business", g.BusinessID, "--amount", "100000000000", "--reference", "hostile")
	if said, err := topUp.CombinedOutput(); err != nil {
		g.stop()
		return nil, fmt.Errorf("top up: %w: %s", err, said)
	}
	return g, nil
}

func (g *gateway) stop() {
	_ = g.command.Process.Signal(syscall.SIGINT)
	_ = g.command.Wait()
}

// rss is the gateway's memory in bytes.
func (g *gateway) rss() int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.command.Process.Pid)) // 0 when it is gone, which misses nothing: callers fail
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, _ := strconv.ParseInt(strings.Fields(rest + " 0")[0], 10, 64)
	return kib << 10
}

// cpu is how long the gateway has computed.
func (g *gateway) cpu() time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", g.command.Process.Pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // the kernel's ticks
}

// compare alternates quiet and hostile rounds and prints the line of one kind.
func (g *gateway) compare(ctx context.Context, a attack) (reached bool) {
	var quiet, hostile, ratios []float64
	var most int64
	var calm, busy time.Duration
	refused := 0
	for range *rounds {
		before, during := g.round(ctx, nil), g.round(ctx, &a)
		quiet, hostile = append(quiet, before.p99()), append(hostile, during.p99())
		ratios = append(ratios, during.p99()/before.p99())
		calm, busy, most = calm+before.cpu, busy+during.cpu, max(most, during.rss)
		refused += during.failed
	}
	reached = most < mostRSS && median(ratios) <= mostSlow && refused == 0
	fmt.Printf("| %s | %.1f ms | %.1f ms | %.2f | %.0f %% | %.0f %% | %d MiB | %d | %t |\n", a.name, median(quiet), median(hostile),
		median(ratios), share(calm), share(busy), most>>20, refused, reached)
	return reached
}

// share is so much of one core.
func share(cpu time.Duration) float64 {
	return 100 * cpu.Seconds() / (length.Seconds() * float64(*rounds))
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
