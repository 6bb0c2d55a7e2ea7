package simulator

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// announcer sends the webhooks of results that come later without being told to for each.
type announcer struct {
	stop   context.CancelFunc
	ctx    context.Context //nolint:containedctx // what is under way ends with the simulator, not with a request
	work   sync.WaitGroup
	places chan struct{}

	mu    sync.Mutex
	base  string // "" = nothing is sent
	delay time.Duration
}

// announcements is how many webhooks may be under way; further ones are lost, as they may be.
const announcements = 64

func newAnnouncer(base string, delay time.Duration) *announcer {
	ctx, stop := context.WithCancel(context.Background())
	return &announcer{ctx: ctx, stop: stop, places: make(chan struct{}, announcements), base: base, delay: delay}
}

func (a *announcer) set(base string, delay time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.base, a.delay = base, delay
}

func (a *announcer) get() (base string, delay time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.base, a.delay
}

// Close ends what is still to be sent.
func (s *Simulator) Close() {
	s.announcer.stop()
	s.announcer.work.Wait()
}

// announce sends a vendor's webhook after the delay that is set, to the vendor's own path unless it names a place.
func (s *Simulator) announce(vendor string, ask firing) {
	base, delay := s.announcer.get()
	if base == "" {
		return
	}
	if ask.URL == "" {
		ask.URL = base + "/" + vendor
	}
	ask.DelayMS = int(delay.Milliseconds())
	select {
	case s.announcer.places <- struct{}{}:
	default:
		return
	}
	s.announcer.work.Go(func() {
		defer func() { <-s.announcer.places }()
		r, err := http.NewRequestWithContext(s.announcer.ctx, http.MethodPost, "/", http.NoBody)
		if err == nil {
			_, _ = s.fire(r, ask, s.composers()[vendor]) // whether anybody took it is the receiver's affair
		}
	})
}

// turnWebhooks says where results that come later are sent on their own; an empty base ends it.
func (s *Simulator) turnWebhooks(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Base    string `json:"base"`
		DelayMS int    `json:"delay_ms"`
	}
	if !understood(w, r, &ask) {
		return
	}
	if ask.Base != "" {
		if err := loopback(ask.Base); err != nil {
			reply{status: http.StatusBadRequest, body: obj{"error": err.Error()}}.write(w)
			return
		}
	}
	s.announcer.set(ask.Base, time.Duration(max(0, ask.DelayMS))*time.Millisecond)
	reply{body: obj{"base": ask.Base, "delay_ms": max(0, ask.DelayMS)}}.write(w)
}
