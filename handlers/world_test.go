package handlers_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"whoseline/models"
)

// world is a scripted clock and scripted sequences of ids and of codes. Each id that is made moves the clock by a tick: a lookup's
// id is made between the request's arrival and the source's answer.
type world struct {
	mu   sync.Mutex
	now  time.Time
	tick time.Duration
	ids  []string
	code []string
	made int
	sent int
	asks int
}

// newWorld reads the section world.
func newWorld(t *testing.T, text string) *world {
	t.Helper()
	w := &world{now: time.Date(2021, 12, 15, 0, 20, 53, 143e6, time.UTC), tick: 191 * time.Millisecond}
	for line := range strings.Lines(text) {
		word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		var err error
		switch word {
		case "now":
			w.now, err = time.Parse(time.RFC3339Nano, value)
		case "tick":
			w.tick, err = time.ParseDuration(value)
		case "id":
			w.ids = append(w.ids, value)
		case "code":
			w.code = append(w.code, value)
		default:
			t.Fatalf("world: unknown word %q", word)
		}
		must(t, err)
	}
	return w
}

func (w *world) models() models.World { return models.World{Now: w.clock, NewID: w.newID} }

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) move(span time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(span)
}

// newID gives the next scripted id, else one that grows with the clock.
func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made++
	id := fmt.Sprintf("%08x%016x", w.now.Unix(), w.made)
	if len(w.ids) > 0 {
		id, w.ids = w.ids[0], w.ids[1:]
	}
	w.now = w.now.Add(w.tick)
	return id
}

// newCode gives the next scripted code, else one that counts.
func (w *world) newCode() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	code := fmt.Sprintf("%06d", w.sent)
	if len(w.code) > 0 {
		code, w.code = w.code[0], w.code[1:]
	}
	return code
}

// requestID counts the answers.
func (w *world) requestID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asks++
	return fmt.Sprintf("%024x", w.asks)
}

// before runs what happens before the conversation begins: the clock stands still and the next id is the given one, if
// any.
func (w *world) before(id string, run func()) {
	scripted, now, tick := w.ids, w.now, w.tick
	w.ids, w.tick = nil, 0
	if id != "" {
		w.ids = []string{id}
	}
	run()
	w.ids, w.now, w.tick = scripted, now, tick
}
