// Package webhooks answers: has the business been told? An event is written in the transaction that made it true, so
// that neither exists without the other; then it is delivered to each endpoint of the business, signed, repeated with
// growing pauses until the receiver says yes, and may be replayed afterwards.
//
// Delivery is at least once: a gateway that dies has its deliveries taken over when their lease ends. The webhook-id is the
// same in all tries and replays of an event, so that a receiver can tell a repetition.
package webhooks

import (
	"context"
	"crypto/x509"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Vault seals payloads and secrets. What was sealed opens again only with the same aad.
type Vault interface {
	Seal(aad string, plain []byte) []byte
	Open(aad string, sealed []byte) ([]byte, error)
}

// Options is what a service is made of. Zero numbers and spans mean the default.
type Options struct {
	DB            *gorm.DB
	Read          *gorm.DB // nil = DB
	Vault         Vault
	World         models.World
	Chance        func() float64 // 0 ≤ x < 1, for the jitter; nil = the machine's
	AllowLoopback bool           // endpoints on this machine, also over plain http
	Roots         *x509.CertPool // nil = the machine's
	Slots         int            // deliveries under way at once in this process; 128
	PerEndpoint   int            // of them to one endpoint; 16
	Timeout       time.Duration  // of one attempt; 10 s
	LeaseFor      time.Duration  // how long a lease lasts, well above Timeout; 1 min
	Poll          time.Duration  // how often the queue is looked at; 250 ms
	Keep          time.Duration  // how long an event is kept after it was made, if nothing of it waits; 30 days
	Log           *slog.Logger   // nil = silent

	Far http.RoundTripper // tests: what receivers are reached over; nil = the network
}

func (o Options) withDefaults() Options {
	if o.Read == nil {
		o.Read = o.DB
	}
	if o.Chance == nil {
		o.Chance = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Slots, o.PerEndpoint = orElse(o.Slots, 128), orElse(o.PerEndpoint, 16)
	o.Timeout, o.LeaseFor = orElse(o.Timeout, 10*time.Second), orElse(o.LeaseFor, time.Minute)
	o.Poll, o.Keep = orElse(o.Poll, 250*time.Millisecond), orElse(o.Keep, 30*24*time.Hour)
	return o
}

func orElse[T int | time.Duration](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}

// Service keeps endpoints and events and delivers these to those. Its methods may be called from any number of
// goroutines, Run once.
type Service struct {
	primary, replica  *gorm.DB
	vault             Vault
	world             models.World
	chance            func() float64
	slotsAtOnce       int
	perEndpoint       int
	timeout, leaseFor time.Duration
	poll, keep        time.Duration
	log               *slog.Logger

	queue    queue
	guard    guard
	client   *http.Client
	presence presence
	nudged   chan struct{}
	inFlight atomic.Int64
	metrics  *metrics
}

// New makes a service. It delivers nothing until Run.
func New(o Options) *Service {
	o = o.withDefaults()
	s := &Service{
		primary: o.DB, replica: o.Read, vault: o.Vault, world: o.World, chance: o.Chance, slotsAtOnce: o.Slots,
		perEndpoint: o.PerEndpoint, timeout: o.Timeout, leaseFor: o.LeaseFor, poll: o.Poll, keep: o.Keep, log: o.Log,
		queue: queueOf(o), guard: newGuard(o.AllowLoopback), nudged: make(chan struct{}, 1), metrics: newMetrics(),
	}
	s.client = newClient(s.guard, o.Roots)
	if o.Far != nil {
		s.client.Transport = o.Far
	}
	s.presence.seen.Store(new(generation))
	return s
}

// forgetEvery is how often Run looks for events that are old enough to go.
const forgetEvery = time.Hour

// Run delivers, watches for endpoints that other gateways changed and deletes old events, until ctx ends. Any number of
// gateways may do so over one database. When ctx ends, attempts that are under way are finished first.
func (s *Service) Run(ctx context.Context) {
	defer s.client.CloseIdleConnections()
	var all sync.WaitGroup
	all.Go(func() { s.watch(ctx) })
	all.Go(func() { s.forgetNowAndThen(ctx) })
	newDispatcher(s).run(ctx)
	all.Wait()
}

// Nudge makes Run look at the queue at once. It never blocks.
func (s *Service) Nudge() {
	select {
	case s.nudged <- struct{}{}:
	default:
	}
}
