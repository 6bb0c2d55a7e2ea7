//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// facts are what a reader must know of the machine to judge the figures.
type facts struct {
	cpu      string
	cores    int
	kernel   string
	postgres string
	sync     time.Duration // one fdatasync of 8 kB
	slowSync bool          // the preload shim could be built
	date     time.Time
}

var cpuLine = regexp.MustCompile(`(?m)^model name\s*: (.*)$`)

// gather collects the facts.
func (r *rig) gather(ctx context.Context) (err error) {
	f := facts{cpu: runtime.GOARCH, cores: runtime.NumCPU(), date: time.Now().UTC()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := cpuLine.FindSubmatch(text); m != nil {
			f.cpu = strings.TrimSpace(string(m[1]))
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		f.kernel = strings.TrimSpace(string(text))
	}
	if err := r.stats.QueryRow(ctx, "SHOW server_version").Scan(&f.postgres); err != nil {
		return err
	}
	if f.sync, err = syncTime(r.dir); err != nil {
		return err
	}
	r.facts = f
	return nil
}

// syncTime is the median time of an fdatasync after one block of 8 kB was written over.
func syncTime(dir string) (time.Duration, error) {
	const times = 500
	file, err := os.Create(filepath.Join(dir, "fdatasync"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	block := make([]byte, 8<<10)
	var micros []float64
	for i := range times {
		block[0] = byte(i)
		if _, err := file.WriteAt(block, 0); err != nil {
			return 0, err
		}
		begin := time.Now()
		if err := syscall.Fdatasync(int(file.Fd())); err != nil {
			return 0, err
		}
		micros = append(micros, float64(time.Since(begin).Microseconds()))
	}
	return time.Duration(median(micros)) * time.Microsecond, nil
}

// String is one sentence for the report.
func (f facts) String() string {
	return fmt.Sprintf("%s: %d cores (%s), Linux %s, %s, PostgreSQL %s, one fdatasync of 8 kB %d µs.",
		f.date.Format("2006-01-02"), f.cores, f.cpu, f.kernel, runtime.Version(), f.postgres, f.sync.Microseconds())
}
