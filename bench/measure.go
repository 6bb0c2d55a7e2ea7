//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"whoseline/bench/load"
	"whoseline/bench/naive"
)

// body is the request of every lookup over HTTP.
const body = `{"mobile":"08000000000","isSubjectConsent":true,"metadata":{"customerRef":"CUS-000123456",` +
	`"channel":"mobile-app","campaign":"q4-onboarding","branch":"Lagos-Ikeja",` +
	`"agent":{"id":"AG-7781","name":"Adaobi N."},"notes":"first time customer; tier 1 upgrade request","v":3}}`

// quiet is the pause before a server is loaded. PostgreSQL's processes publish their count of fsyncs at a commit, at
// most once a second: after the pause the first commit of the warm-up publishes, and then every second, so that
// over whole seconds the reading lags by the same at both ends.
const quiet = 1100 * time.Millisecond

// usage is what has been used so far.
type usage struct {
	server, gateway time.Duration
	syncs           float64
}

// usage reads the counters; pid is the server under load, or 0.
func (r *rig) usage(ctx context.Context, pid int) usage {
	u := usage{server: familyCPU(r.pg.pid()), syncs: math.NaN()}
	if pid != 0 {
		u.gateway = processCPU(pid)
	}
	// pg_stat_wal came with PostgreSQL 14; without it the fsyncs stay unknown.
	_ = r.stats.QueryRow(ctx, "SELECT wal_sync::float8 FROM pg_stat_wal").Scan(&u.syncs)
	return u
}

// per fills in what each of n lookups has used.
func (f *figure) per(n int, from, to usage) {
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(n) }
	f.Server, f.Gateway = each(to.server-from.server), each(to.gateway-from.gateway)
	f.Syncs = (to.syncs - from.syncs) / float64(n)
}

// measure runs one variant for the round's time.
func (r *rig) measure(ctx context.Context, v variant) (figure, error) {
	if v.server == "" {
		return r.measureScript(ctx, v)
	}
	return r.measureServer(ctx, v, r.opts.duration)
}

func (r *rig) measureScript(ctx context.Context, v variant) (figure, error) {
	from := r.usage(ctx, 0)
	result, err := r.pg.pgbench(ctx, r.script(v.script), v.conns, r.opts.duration)
	if err != nil {
		return figure{}, err
	}
	f := figure{PerSecond: result.perSecond, P50: result.latency, P99: math.NaN(), Load: math.NaN()}
	f.per(result.transactions, from, r.usage(ctx, 0))
	f.Gateway = math.NaN()
	return f, nil
}

func (r *rig) measureServer(ctx context.Context, v variant, d time.Duration) (figure, error) {
	s := r.servers[v.server]
	plan := load.Plan{Addr: s.addr, Conns: v.conns, Warm: v.warm, Duration: d}
	if v.codes {
		plan.Next = r.pairsOf(v).next
	} else if err := r.requests(ctx, v, &plan); err != nil {
		return figure{}, err
	}
	if err := pause(ctx, quiet); err != nil {
		return figure{}, err
	}
	var marks []usage
	plan.Mark = func() { marks = append(marks, r.usage(ctx, s.cmd.Process.Pid)) }
	result, err := load.Run(ctx, plan)
	if err != nil {
		return figure{}, fmt.Errorf("%w\n%s", err, s.tail())
	}
	if result.OK == 0 {
		return figure{}, fmt.Errorf("no lookup was answered, %d were refused\n%s", result.Refused, s.tail())
	}
	done := result.OK
	if v.codes {
		done /= 2
	}
	f := figure{
		PerSecond: float64(done) / result.Elapsed.Seconds(),
		P50:       millis(result.Quantile(0.50)),
		P99:       millis(result.Quantile(0.99)),
		Load:      float64(result.CPU.Microseconds()) / float64(done),
		Bad:       result.Refused + result.Errors,
	}
	f.per(done, marks[0], marks[1])
	return f, nil
}

// requests makes the lookups of a variant, after one that shows that they are answered.
func (r *rig) requests(ctx context.Context, v variant, plan *load.Plan) error {
	tokens := r.tokensOf(v)
	if err := probe(ctx, plan.Addr, v.path, tokens[0]); err != nil {
		return err
	}
	for _, token := range tokens {
		plan.Requests = append(plan.Requests, load.Post(plan.Addr, v.path, token, body))
	}
	return nil
}

// tokensOf are the keys that a variant's load uses.
func (r *rig) tokensOf(v variant) []string {
	tokens := r.tokens
	if v.server == naiveServer {
		tokens = make([]string, referenceWallets)
		for i := range tokens {
			tokens[i] = naive.Token(i + 1)
		}
	}
	if v.uniform {
		return tokens
	}
	return tokens[:1]
}

// probe asks for one lookup, so that no error is mistaken for a fast answer.
func probe(ctx context.Context, addr, path, token string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(`"status":"found"`)) {
		return fmt.Errorf("a lookup was answered with %s: %s", resp.Status, answer)
	}
	return nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
