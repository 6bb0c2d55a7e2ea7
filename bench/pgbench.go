//go:build linux

package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// pgbenchResult is what pgbench prints at its end.
type pgbenchResult struct {
	transactions int
	perSecond    float64
	latency      float64 // average, milliseconds
}

var (
	processedLine = regexp.MustCompile(`(?m)^number of transactions actually processed: (\d+)`)
	latencyLine   = regexp.MustCompile(`(?m)^latency average = ([0-9.]+) ms`)
	tpsLine       = regexp.MustCompile(`(?m)^tps = ([0-9.]+) \((?:without initial connection time|excluding connections establishing)\)`)
)

var errPgbench = errors.New("pgbench printed no result")

// parsePgbench reads pgbench's report.
func parsePgbench(text []byte) (pgbenchResult, error) {
	processed, tps, latency := processedLine.FindSubmatch(text), tpsLine.FindSubmatch(text), latencyLine.FindSubmatch(text)
	if processed == nil || tps == nil || latency == nil {
		return pgbenchResult{}, errPgbench
	}
	var r pgbenchResult
	var err [3]error
	r.transactions, err[0] = strconv.Atoi(string(processed[1]))
	r.perSecond, err[1] = strconv.ParseFloat(string(tps[1]), 64)
	r.latency, err[2] = strconv.ParseFloat(string(latency[1]), 64)
	return r, errors.Join(err[:]...)
}

// pgbench runs a reference script with the given number of clients. The program is taken from the server's own
// folder, or else from the path.
func (pg *postgres) pgbench(ctx context.Context, script string, clients int, d time.Duration) (pgbenchResult, error) {
	program := filepath.Join(pg.bin, "pgbench")
	if _, err := os.Stat(program); err != nil {
		program = "pgbench"
	}
	host, port, _ := net.SplitHostPort(pg.addr)
	cmd := exec.CommandContext(ctx, program, "-h", host, "-p", port, "-U", superuser, "-n", "-M", "prepared",
		"-j", "2", "-c", strconv.Itoa(clients), "-T", strconv.Itoa(max(1, int(d.Seconds()))), "-f", script, referenceDB)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+pg.password)
	out, err := output(cmd)
	if err != nil {
		return pgbenchResult{}, err
	}
	return parsePgbench(out)
}
