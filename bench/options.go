//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options is the command line.
type options struct {
	duration time.Duration
	rounds   int
	wallets  int
	only     map[string]bool // goals; empty: all
	run      map[string]bool // more variants, by name
	quick    bool
	check    bool
	verify   bool
	keep     bool
	out      string
	pprof    string
	dir      string
	binary   string
}

const usageText = `usage: go run ./bench [flags]

Measures Whoseline against a private PostgreSQL and the designs that it is compared with, one after the other in each
round, and prints the ratios. Only ratios of one run count: absolute figures wander with the machine.

`

// parseOptions reads the command line.
func parseOptions(args []string, errs io.Writer) (options, error) {
	var o options
	var only, run string
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.SetOutput(errs)
	set.Usage = func() {
		_, _ = fmt.Fprint(errs, usageText)
		set.PrintDefaults()
	}
	set.DurationVar(&o.duration, "duration", 3*time.Second, "`time` of one measurement, whole seconds")
	set.IntVar(&o.rounds, "rounds", 5, "how many rounds; the medians of their ratios are shown")
	set.IntVar(&o.wallets, "wallets", referenceWallets, "how many businesses the uniform load is spread over")
	set.StringVar(&only, "only", "", "`goals` to measure, such as G1,G5 (default all)")
	set.StringVar(&run, "run", "", "`variants` to measure besides the goals', such as two_hot_64,naive_hot_64; alone, no goals")
	set.BoolVar(&o.quick, "quick", false, "one round of one second and 50 businesses: shows that it runs, measures nothing")
	set.BoolVar(&o.check, "check", false, "exit with 1 when a floor is missed")
	set.BoolVar(&o.verify, "verify", false, "let the gateway verify its books at the end")
	set.BoolVar(&o.keep, "keep", false, "leave the folder with logs and data behind")
	set.StringVar(&o.out, "out", "", "rewrite the marked part of this Markdown `file`")
	set.StringVar(&o.pprof, "pprof", "", "save a CPU profile of the gateway under the hot load in this `folder`")
	set.StringVar(&o.dir, "dir", "", "`folder` on the disk to measure (default: the temporary one)")
	set.StringVar(&o.binary, "binary", "", "use this gateway `program` rather than build one")
	if err := set.Parse(args); err != nil {
		return options{}, err
	}
	if set.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	o.only, o.run = names(only), names(run)
	if o.quick {
		o.rounds, o.duration, o.wallets = 1, time.Second, 50
	}
	return o, o.valid()
}

func (o options) valid() error {
	if o.duration < time.Second || o.duration%time.Second != 0 {
		return errors.New("-duration must be whole seconds, as pgbench wants it")
	}
	if o.rounds < 1 || o.wallets < 1 {
		return errors.New("-rounds and -wallets must be at least 1")
	}
	for id := range o.only {
		if !slices.ContainsFunc(goals, func(g goal) bool { return g.id == id }) {
			return fmt.Errorf("there is no goal %q", id)
		}
	}
	for name := range o.run {
		if !slices.ContainsFunc(variants, func(v variant) bool { return v.name == name }) {
			return fmt.Errorf("there is no variant %q", name)
		}
	}
	return nil
}

// chosen gives the goals to measure, and the variants to run on the plain disk and on the slow one.
func (o options) chosen() (wanted []goal, plain, slow []variant) {
	plainNames, slowNames := map[string]bool{}, map[string]bool{}
	for _, g := range goals {
		if len(o.only) > 0 && !o.only[g.id] || len(o.only) == 0 && len(o.run) > 0 {
			continue
		}
		wanted = append(wanted, g)
		into := plainNames
		if g.slowDisk {
			into = slowNames
		}
		for _, name := range g.needs {
			into[name] = true
		}
	}
	for _, v := range variants {
		// All variants when nothing was chosen, also those that no goal needs.
		if o.run[v.name] || len(o.only)+len(o.run) == 0 {
			plainNames[v.name] = true
		}
	}
	return wanted, choose(plainNames), choose(slowNames)
}

// names splits a list at its commas.
func names(list string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			set[name] = true
		}
	}
	return set
}

func itoa(n int) string { return strconv.Itoa(n) }
