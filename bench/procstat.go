//go:build linux

package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the unit of CPU time in /proc, the same on every Linux.
const tick = 10 * time.Millisecond

var errStat = errors.New("not a line of /proc/PID/stat")

// procStat is what one process has used.
type procStat struct {
	parent int
	own    time.Duration // user and system
	reaped time.Duration // of children that have ended and been waited for
}

// parseStat reads the text of /proc/PID/stat. The second field is the program's name in brackets and may itself hold
// brackets and spaces, so the fields are counted from the last bracket.
func parseStat(text []byte) (procStat, error) {
	end := bytes.LastIndexByte(text, ')')
	if end < 0 {
		return procStat{}, errStat
	}
	fields := bytes.Fields(text[end+1:])
	const ppid, utime, stime, cutime, cstime = 1, 11, 12, 13, 14
	if len(fields) <= cstime {
		return procStat{}, errStat
	}
	var values [5]int
	for i, at := range []int{ppid, utime, stime, cutime, cstime} {
		n, err := strconv.Atoi(string(fields[at]))
		if err != nil {
			return procStat{}, errStat
		}
		values[i] = n
	}
	return procStat{
		parent: values[0],
		own:    time.Duration(values[1]+values[2]) * tick,
		reaped: time.Duration(values[3]+values[4]) * tick,
	}, nil
}

func readStat(path string) (procStat, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return procStat{}, err
	}
	return parseStat(text)
}

// processCPU is the CPU time of one process so far.
func processCPU(pid int) time.Duration {
	stat, err := readStat(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	return stat.own
}

// familyCPU is the CPU time so far of a process and its children, those that have ended included.
func familyCPU(pid int) time.Duration {
	var sum time.Duration
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range paths {
		stat, err := readStat(path)
		if err != nil {
			continue // it has just ended
		}
		switch {
		case filepath.Base(filepath.Dir(path)) == strconv.Itoa(pid):
			sum += stat.own + stat.reaped
		case stat.parent == pid:
			sum += stat.own
		}
	}
	return sum
}
