package simulator

import "sync"

// shelf remembers the latest few things by name. When it is full, the oldest makes room.
type shelf[V any] struct {
	mu    sync.Mutex
	limit int
	items map[string]V
	order []string // names by age, used as a ring once it is full
	next  int
}

func newShelf[V any](limit int) *shelf[V] {
	return &shelf[V]{limit: limit, items: map[string]V{}}
}

func (s *shelf[V]) get(name string) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.items[name]
	return v, ok
}

// add puts a thing on the shelf unless its name is taken, and tells whether it did.
func (s *shelf[V]) add(name string, v V) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.items[name]; taken {
		return false
	}
	if len(s.order) < s.limit {
		s.order = append(s.order, name)
	} else {
		delete(s.items, s.order[s.next])
		s.order[s.next] = name
		s.next = (s.next + 1) % s.limit
	}
	s.items[name] = v
	return true
}

// change lets a function change a thing where it stands, and gives what became of it.
func (s *shelf[V]) change(name string, do func(*V)) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.items[name]
	if ok {
		do(&v)
		s.items[name] = v
	}
	return v, ok
}

// each lets a function change everything.
func (s *shelf[V]) each(do func(*V)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, v := range s.items {
		do(&v)
		s.items[name] = v
	}
}

func (s *shelf[V]) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items, s.order, s.next = map[string]V{}, nil, 0
}
