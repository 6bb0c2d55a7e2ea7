package models

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"sync/atomic"
	"time"
)

// World is where time, ids and chance come from. Tests script it; the middle of the house asks nobody else.
type World struct {
	Now   func() time.Time // UTC
	NewID func() string    // 24 hex digits, unique, and growing with time
}

// RealWorld is the machine's clock and its secure source of chance.
func RealWorld() World { return WorldBy(func() time.Time { return time.Now().UTC() }) }

// WorldBy is the machine's secure source of chance under a clock of one's own.
func WorldBy(now func() time.Time) World {
	ids := newIDs()
	return World{Now: now, NewID: func() string { return ids.next(now()) }}
}

// ids makes identifiers of 24 hex digits: four bytes of seconds, two of milliseconds, three that are this process's
// own and three that count. Rows in the order of their ids are therefore in the order of their milliseconds.
type ids struct {
	own   [3]byte
	count atomic.Uint32
}

func newIDs() *ids {
	var seed [7]byte
	_, _ = rand.Read(seed[:]) // never fails: crypto/rand stops the program instead
	made := &ids{own: [3]byte(seed[:3])}
	made.count.Store(uint32(seed[3])<<16 | uint32(seed[4])<<8 | uint32(seed[5]))
	return made
}

func (g *ids) next(at time.Time) string {
	var id [12]byte
	stamp(&id, at)
	copy(id[6:9], g.own[:])
	n := g.count.Add(1)
	id[9], id[10], id[11] = byte(n>>16), byte(n>>8), byte(n)
	return hex.EncodeToString(id[:])
}

func stamp(id *[12]byte, at time.Time) {
	s, ms := uint32(at.Unix()), uint16(at.Nanosecond()/int(time.Millisecond))
	id[0], id[1], id[2], id[3] = byte(s>>24), byte(s>>16), byte(s>>8), byte(s)
	id[4], id[5] = byte(ms>>8), byte(ms)
}

// IDAt gives the smallest id that could have been made at the given second, for searching a span of time by id. Before
// 1970 none could.
func IDAt(at time.Time) string {
	var id [12]byte
	if at.Unix() >= 0 {
		stamp(&id, at.Truncate(time.Second))
	}
	return hex.EncodeToString(id[:])
}

// TimeOf gives when an id of ours was made, to the second. is: it has the form of one.
func TimeOf(id string) (at time.Time, is bool) {
	if !IsID(id) {
		return at, false
	}
	seconds, err := strconv.ParseUint(id[:8], 16, 32)
	return time.Unix(int64(seconds), 0), err == nil
}

// IsID tells whether text has the form of an id: 24 lower-case hex digits.
func IsID(text string) bool {
	if len(text) != 24 {
		return false
	}
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
