package commands_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/test/wait"

	"whoseline/storage"
)

// ends is where webhooks arrive. Some of them fail: those that are chosen by their id, as often as it says.
type ends struct {
	server   *httptest.Server
	mu       sync.Mutex
	tries    map[string]int // by path and event
	arrived  map[string]map[string]bool
	attempts int
	twice    int
	over     chan struct{}
}

func newEnds(t *testing.T) *ends {
	t.Helper()
	e := &ends{tries: map[string]int{}, arrived: map[string]map[string]bool{}, over: make(chan struct{})}
	e.server = httptest.NewServer(e)
	t.Cleanup(func() {
		close(e.over)
		e.server.Close()
	})
	return e
}

func (e *ends) url(business string, endpoint int) string {
	return fmt.Sprintf("%s/%s/%d", e.server.URL, business, endpoint)
}

// How a receiver fails.
const (
	answers = iota
	refuses
	breaksOff
	keepsWaiting
)

// manner says how an event is received: one in five fails at first. In a long soak one in two hundred keeps its sender
// waiting, and one in a hundred fails twice.
func manner(delivery string, try int) int {
	hash := fnv.New32a()
	_, _ = io.WriteString(hash, delivery)
	switch n := hash.Sum32() % 200; {
	case try == 0 && n == 0 && *soakFor > 0:
		return keepsWaiting
	case try == 0 && n < 20:
		return breaksOff
	case try == 0 && n < 40, try == 1 && n < 2 && *soakFor > 0:
		return refuses
	}
	return answers
}

func (e *ends) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var event struct{ Data struct{ ID string } }
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	delivery := r.URL.Path + " " + r.Header.Get("Webhook-Id")
	e.mu.Lock()
	try := e.tries[delivery]
	e.tries[delivery]++
	e.attempts++
	e.mu.Unlock()
	switch manner(delivery, try) {
	case refuses:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case breaksOff:
		panic(http.ErrAbortHandler)
	case keepsWaiting:
		select {
		case <-r.Context().Done():
		case <-time.After(30 * time.Second):
		case <-e.over:
		}
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.arrived[r.URL.Path] == nil {
		e.arrived[r.URL.Path] = map[string]bool{}
	}
	if e.arrived[r.URL.Path][event.Data.ID] {
		e.twice++
	}
	e.arrived[r.URL.Path][event.Data.ID] = true
}

func (e *ends) figures() (arrived, attempts, twice int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, lookups := range e.arrived {
		arrived += len(lookups)
	}
	return arrived, e.attempts, e.twice
}

// mustHaveTold waits until each lookup whose caller was told to wait was told of to each endpoint of its business, or has failed so
// often that its next try is minutes away.
func (s *soak) mustHaveTold(t *testing.T, db *storage.DB) {
	t.Helper()
	for open := s.missing(); len(open) > 0; open = s.missing() {
		if s.postponed = postponed(t, db, open); s.postponed == len(open) {
			return
		}
		arrived, _, _ := s.ends.figures()
		wait.Until(t, fmt.Sprintf("webhooks arrive: %d did, %d did not", arrived, len(open)), func() bool {
			now, _, _ := s.ends.figures()
			return now > arrived || postponed(t, db, open) == len(open)
		}, func() { explain(t, db, open) })
	}
}

// missing gives what has not arrived, as endpoint and lookup.
func (s *soak) missing() map[string]bool {
	s.ends.mu.Lock()
	defer s.ends.mu.Unlock()
	open := map[string]bool{}
	for _, b := range s.businesses {
		for _, id := range b.promised {
			for n := range s.endpoints {
				path := fmt.Sprintf("/%s/%d", b.id, n)
				if !s.ends.arrived[path][id] {
					open[s.ends.server.URL+path+" "+id] = true
				}
			}
		}
	}
	return open
}

// postponed counts those that wait after three tries or more.
func postponed(t *testing.T, db *storage.DB, open map[string]bool) (n int) {
	t.Helper()
	var waiting []string
	err := db.Read.Raw(`SELECT e.url || ' ' || v.lookup_id FROM webhook_deliveries d
		JOIN webhook_events v ON v.business_id = d.business_id AND v.id = d.event_id
		JOIN webhook_endpoints e ON e.business_id = d.business_id AND e.id = d.endpoint_id
		WHERE d.state = 'waiting' AND d.attempts >= 3`).Scan(&waiting).Error
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range waiting {
		if open[one] {
			n++
		}
	}
	return n
}

// atOnce counts lookups for later whose caller was answered after all, because it had come again.
func (s *soak) atOnce() (n int) {
	for _, b := range s.businesses {
		for key := range b.seen {
			if _, waits := b.promised[key]; !waits && strings.HasPrefix(key, "later") {
				n++
			}
		}
	}
	return n
}

// explain tells what is stored of the first of those that did not arrive.
func explain(t *testing.T, db *storage.DB, open map[string]bool) {
	t.Helper()
	for _, one := range slices.Sorted(maps.Keys(open))[:min(30, len(open))] {
		_, id, _ := strings.Cut(one, " ")
		var stored []map[string]any
		err := db.Read.Raw(`SELECT l.status, l.reason, l.source, l.attempts AS asked, l.requested_at, l.answered_at, l.modified_at, v.id AS event,
			d.state, d.attempts, d.next_at, d.last_status, d.last_error FROM lookups l
			LEFT JOIN webhook_events v ON v.business_id = l.business_id AND v.lookup_id = l.id
			LEFT JOIN webhook_deliveries d ON d.business_id = v.business_id AND d.event_id = v.id WHERE l.id = ? LIMIT 1`, id).Scan(&stored).Error
		t.Logf("%s: %v %v", one, stored, err)
	}
}
