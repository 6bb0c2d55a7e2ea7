package simulator

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"sync"
)

// Count is what was counted.
type Count struct {
	Hits    int `json:"hits"`
	Billed  int `json:"billed"`  // answers that the vendor takes money for
	Replays int `json:"replays"` // the same reference about the same number again, or the same request where there is no reference
}

func (c Count) plus(d Count) Count {
	return Count{Hits: c.Hits + d.Hits, Billed: c.Billed + d.Billed, Replays: c.Replays + d.Replays}
}

// Counter is what was counted on one path of one vendor for one number.
type Counter struct {
	Vendor string `json:"vendor"`
	Path   string `json:"path"`
	Number string `json:"number"` // see NumberKey; "*" = all numbers that came after MaxRows was reached
	Count
}

type rowKey struct{ vendor, path, number string }

// everyOther is the number of the row that takes what finds no row of its own.
const everyOther = "*"

type counters struct {
	mu    sync.Mutex
	limit int
	rows  map[rowKey]*Count
	seen  *shelf[struct{}]
}

func newCounters(limit int) *counters {
	return &counters{limit: limit, rows: map[rowKey]*Count{}, seen: newShelf[struct{}](remembered)}
}

// hit counts a call and tells how many there were about this number.
func (s *counters) hit(c *call) int {
	repeated := !c.route.Again && !s.seen.add(fingerprint(c), struct{}{})
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.row(c.row())
	row.Hits++
	if repeated {
		row.Replays++
	}
	return row.Hits
}

func (s *counters) bill(key rowKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.row(key).Billed++
}

// row is called with mu held.
func (s *counters) row(key rowKey) *Count {
	if row, ok := s.rows[key]; ok {
		return row
	}
	if len(s.rows) >= s.limit {
		key.number = everyOther
		if row, ok := s.rows[key]; ok {
			return row
		}
	}
	row := &Count{}
	s.rows[key] = row
	return row
}

// list gives all counters in a stable order.
func (s *counters) list() []Counter {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Counter, 0, len(s.rows))
	for key, row := range s.rows {
		all = append(all, Counter{Vendor: key.vendor, Path: key.path, Number: key.number, Count: *row})
	}
	slices.SortFunc(all, func(a, b Counter) int {
		return cmp.Or(cmp.Compare(a.Vendor, b.Vendor), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Number, b.Number))
	})
	return all
}

func (s *counters) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = map[rowKey]*Count{}
	s.seen.clear()
}

// fingerprint is the same for a request that came before.
func fingerprint(c *call) string {
	what := c.reference + "\n" + NumberKey(c.number)
	if c.reference == "" {
		what = c.URL.RequestURI() + "\n" + string(c.body)
	}
	sum := sha256.Sum256([]byte(c.vendor.name + "\n" + c.route.Ask + "\n" + what))
	return string(sum[:])
}
