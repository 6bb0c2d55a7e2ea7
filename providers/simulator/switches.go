package simulator

import (
	"maps"
	"sync"
	"time"
)

// vendorState is how a vendor has been told to behave.
type vendorState struct {
	Down      bool `json:"down"`
	LatencyMS int  `json:"latency_ms"`
}

// switches are what the control plane turns.
type switches struct {
	mu      sync.RWMutex
	vendors map[string]vendorState
	sources map[string]bool // down
}

func newSwitches() *switches {
	return &switches{vendors: map[string]vendorState{}, sources: map[string]bool{}}
}

func (s *switches) vendorDown(name string) bool { return s.vendor(name).Down }

func (s *switches) latency(name string) time.Duration {
	return time.Duration(s.vendor(name).LatencyMS) * time.Millisecond
}

func (s *switches) vendor(name string) vendorState {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.vendors[name]
}

func (s *switches) sourceDown(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sources[name]
}

func (s *switches) setVendor(name string, change func(*vendorState)) vendorState {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.vendors[name]
	change(&state)
	s.vendors[name] = state
	return state
}

func (s *switches) setSource(name string, down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources[name] = down
}

// all gives copies.
func (s *switches) all() (map[string]vendorState, map[string]bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.vendors), maps.Clone(s.sources)
}

func (s *switches) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.vendors)
	clear(s.sources)
}
