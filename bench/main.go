//go:build linux

// Command bench answers: how does Whoseline compare with the obvious designs, on this machine?
//
// It starts a PostgreSQL of its own, loads the gateway and the designs that it is compared with in turn, and prints a
// table of ratios with the goal and the floor of each. See `go run ./bench -h`.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"

	"whoseline/bench/naive"
)

// naiveDatabase is the environment variable that tells the naive server its database; arguments can be read by
// everybody.
const naiveDatabase = "BENCH_NAIVE_DATABASE"

var errFloor = errors.New("a floor is missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 4 && args[0] == "naive" {
		wallets, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return naive.Serve(ctx, args[1], os.Getenv(naiveDatabase), args[3], wallets)
	}
	opts, err := parseOptions(args, os.Stderr)
	if err != nil {
		return err
	}
	found, err := bench(ctx, opts)
	if err != nil {
		return err
	}
	report := found.markdown()
	fmt.Print(report)
	if opts.out != "" {
		if err := rewrite(opts.out, report); err != nil {
			return err
		}
	}
	if opts.check && slices.ContainsFunc(found.outcomes(), outcome.missed) {
		return errFloor
	}
	return nil
}

// bench sets everything up, measures, and takes everything down again.
func bench(ctx context.Context, opts options) (results, error) {
	r, err := newRig(ctx, opts)
	defer r.close()
	if err != nil {
		return results{}, err
	}
	if err := r.gather(ctx); err != nil {
		return results{}, err
	}
	found := results{opts: opts}
	found.goals, found.variants, found.slowed = opts.chosen()
	if found.plain, err = r.rounds(ctx, "", found.variants); err != nil {
		return results{}, err
	}
	if opts.pprof != "" {
		if err := r.profile(ctx, opts.pprof); err != nil {
			return results{}, err
		}
	}
	if len(found.slowed) > 0 {
		if r.facts.slowSync, err = r.slowDisk(ctx); err != nil {
			return results{}, err
		}
	}
	if r.facts.slowSync {
		if found.slow, err = r.rounds(ctx, "slow disk: ", found.slowed); err != nil {
			return results{}, err
		}
	}
	found.facts = r.facts
	return found, r.verify(ctx)
}

// verify lets the gateway recompute its books after all those lookups.
func (r *rig) verify(ctx context.Context) error {
	if !r.opts.verify || r.gateway == nil {
		return nil
	}
	progress("verifying the books")
	answer, err := r.gateway.run(ctx, "verify")
	if err == nil {
		progress("%s", bytes.TrimSpace(answer))
	}
	return err
}

// rounds runs all variants once per round, every other round backwards, so that a machine that grows slower or
// faster meanwhile favours nobody.
func (r *rig) rounds(ctx context.Context, label string, variants []variant) ([]round, error) {
	if err := r.prepare(ctx, variants); err != nil {
		return nil, err
	}
	var all []round
	for n := range r.opts.rounds {
		if err := r.tidy(ctx); err != nil {
			return nil, err
		}
		this := round{}
		for i := range variants {
			v := variants[i]
			if n%2 == 1 {
				v = variants[len(variants)-1-i]
			}
			f, err := r.measure(ctx, v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", v.name, err)
			}
			this[v.name] = f
			progress("%sround %d of %d: %-27s %7.0f/s, PostgreSQL %4.0f µs, other %d",
				label, n+1, r.opts.rounds, v.name, f.PerSecond, f.Server, f.Bad)
		}
		all = append(all, this)
	}
	return all, nil
}

// progress tells on stderr what is going on.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}
