//go:build linux

package main

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestParseStatCountsFieldsFromTheLastBracket(t *testing.T) {
	t.Parallel()
	const fields = " S 17 4242 4242 0 -1 4194560 900 12 0 3 150 50 7 3 20 0 1 0 12345 1000 200 18446744073709551615"
	for _, name := range []string{"(postgres)", "(a b)", "(a) (b)", "()"} {
		got, err := parseStat([]byte("4243 " + name + fields))
		want := procStat{parent: 17, own: 2 * time.Second, reaped: 100 * time.Millisecond}
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func TestParseStatRefusesWhatIsNoStat(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "1 (a", "1 (a) S 2 3", "1 (a) S x 4242 4242 0 -1 4194560 900 12 0 3 150 50 7 3 20"} {
		if _, err := parseStat([]byte(text)); !errors.Is(err, errStat) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestFamilyCPUCountsAtLeastTheProcessItself(t *testing.T) {
	t.Parallel()
	for begin := time.Now(); time.Since(begin) < 3*tick; {
	}
	own, family := processCPU(os.Getpid()), familyCPU(os.Getpid())
	if own == 0 || family < own {
		t.Errorf("got %v of its own, %v with its family", own, family)
	}
}

const pgbenchReport = `pgbench (15.18 (Debian 15.18-0+deb12u1))
transaction type: two_hot.sql
scaling factor: 1
query mode: prepared
number of clients: 64
number of threads: 2
maximum number of tries: 1
duration: 3 s
number of transactions actually processed: 5124
number of failed transactions: 0 (0.000%)
latency average = 37.321 ms
initial connection time = 98.012 ms
tps = 1714.839127 (without initial connection time)
`

func TestParsePgbenchReadsItsReport(t *testing.T) {
	t.Parallel()
	got, err := parsePgbench([]byte(pgbenchReport))
	want := pgbenchResult{transactions: 5124, perSecond: 1714.839127, latency: 37.321}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestParsePgbenchRefusesAReportWithoutResult(t *testing.T) {
	t.Parallel()
	if _, err := parsePgbench([]byte("pgbench: error: connection failed\n")); !errors.Is(err, errPgbench) {
		t.Errorf("got %v", err)
	}
}
