package storage

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// macs are states of one keyed hash, kept for reuse: making one costs more than using it.
type macs struct{ pool *sync.Pool }

type mac struct {
	hash   hash.Hash
	input  []byte
	output [sha256.Size]byte
}

func newMACs(key []byte, domain string) macs {
	derived, err := hkdf.Key(sha256.New, key, nil, "whoseline blind index: "+domain, 32)
	if err != nil {
		panic("derive 32 bytes: " + err.Error()) // only a length can be wrong
	}
	return macs{&sync.Pool{New: func() any { return &mac{hash: hmac.New(sha256.New, derived)} }}}
}

// sum fills out with the hash over the scope, a zero byte and the text.
func (m macs) sum(scope, text string, out []byte) []byte {
	state := m.pool.Get().(*mac)
	defer m.pool.Put(state)
	state.input = append(append(append(state.input[:0], scope...), 0), text...)
	state.finish(out, state.input, nil)
	clear(state.input)
	return out
}

// sumBytes is sum for what may be long: it is not copied.
func (m macs) sumBytes(scope string, data, out []byte) []byte {
	state := m.pool.Get().(*mac)
	defer m.pool.Put(state)
	state.input = append(append(state.input[:0], scope...), 0)
	state.finish(out, state.input, data)
	return out
}

func (s *mac) finish(out, start, rest []byte) {
	s.hash.Reset()
	s.hash.Write(start)
	s.hash.Write(rest)
	copy(out, s.hash.Sum(s.output[:0]))
}
