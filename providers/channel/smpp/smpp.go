// Package smpp answers: how is a text handed to a message centre that speaks SMPP 3.4, and what became of it? It is a
// client that stays bound as a transceiver, submits texts and receives the reports about them.
package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// How handing over a text can fail other than by a Status.
var (
	ErrUnsent     = errors.New("smpp: not sent")              // nothing left this machine
	ErrUnanswered = errors.New("smpp: sent and not answered") // the message centre may have taken it
)

var (
	errClosed = errors.New("the client is closed")
	errUnfit  = errors.New("the message centre answered something that was not asked")
)

// Options is what a client is made of.
type Options struct {
	Addr       string      // host:port
	TLS        *tls.Config // nil = plain TCP, as inside a tunnel
	SystemID   string
	Password   string
	SystemType string
	Window     int           // the most submits without an answer at a time; 0 = 10
	Enquire    time.Duration // how often the line is tried; 0 = 30 s
	Within     time.Duration // the most that anything asked of the message centre may take; 0 = 10 s
	Kept       int           // the most receipts that wait for OnReceipt; 0 = 1000

	OnReceipt func(context.Context, Receipt)              // called by one goroutine; nil = receipts are only acknowledged
	Dial      func(ctx context.Context) (net.Conn, error) // nil = TCP or TLS to Addr
	Chance    func() float64                              // in [0,1), for pauses; nil = the machine's
	Log       *slog.Logger                                // nil = silent
}

func (o Options) withDefaults() Options {
	if o.Window <= 0 {
		o.Window = 10
	}
	if o.Enquire <= 0 {
		o.Enquire = 30 * time.Second
	}
	if o.Within <= 0 {
		o.Within = 10 * time.Second
	}
	if o.Kept <= 0 {
		o.Kept = 1000
	}
	if o.OnReceipt == nil {
		o.OnReceipt = func(context.Context, Receipt) {}
	}
	if o.Dial == nil {
		o.Dial = dialer(o.Addr, o.TLS)
	}
	if o.Chance == nil {
		o.Chance = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func dialer(addr string, secure *tls.Config) func(context.Context) (net.Conn, error) {
	plain := &net.Dialer{}
	if secure == nil {
		return func(ctx context.Context) (net.Conn, error) { return plain.DialContext(ctx, "tcp", addr) }
	}
	over := &tls.Dialer{NetDialer: plain, Config: secure}
	return func(ctx context.Context) (net.Conn, error) { return over.DialContext(ctx, "tcp", addr) }
}

// Client keeps one session with a message centre, and makes a new one when it is lost. It is safe for use by many
// goroutines.
type Client struct {
	Options
	window    *window
	receipts  *receipts
	ids       *ids
	reference atomic.Uint32 // of the last text that went in several parts

	mu     sync.Mutex
	try    *attempt
	closed bool

	submits sync.WaitGroup // those under way
	loops   sync.WaitGroup // the two goroutines of the client
	stop    context.CancelFunc
}

// New makes a client that does nothing yet: see Start.
func New(o Options) (*Client, error) {
	for _, text := range []string{o.SystemID, o.Password, o.SystemType} {
		if strings.IndexByte(text, 0) >= 0 || len(text) > 255 { // longer than the standard's own bounds, which many exceed
			return nil, errors.New("smpp: the credentials hold a NUL or are longer than 255 bytes")
		}
	}
	o = o.withDefaults()
	c := &Client{Options: o, window: newWindow(o.Window), receipts: newReceipts(o.Kept), ids: newIDs(), try: newAttempt(), stop: func() {}}
	return c, nil
}

// Start begins to connect, once. It does not wait for the message centre: Submit does.
func (c *Client) Start() {
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	handing, cutOff := context.WithCancel(context.Background())
	c.loops.Go(func() {
		c.stayBound(ctx)
		c.receipts.end()
		time.AfterFunc(c.Within, cutOff) // from here on, a slow receiver of receipts must not hold up anybody
	})
	c.loops.Go(func() {
		c.receipts.handOn(handing, c.OnReceipt, c.Within)
		cutOff()
	})
}

// Close refuses further submits, waits for those under way, unbinds, passes on the receipts that came and ends every
// goroutine of the client. It takes at most three times Within.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.submits.Wait()
	c.stop()
	c.loops.Wait()
}

// Dropped tells how many receipts were dropped because OnReceipt was too slow for them.
func (c *Client) Dropped() int64 { return c.receipts.dropped.Load() }

// Window tells how many submits may be under way now: fewer than Options.Window after the message centre complained.
func (c *Client) Window() int { return c.window.size() }

// Sent is a text that the message centre took.
type Sent struct {
	ID       string // the message centre's own, of the last part; "" if it gave none
	Segments int
}

// Submit hands a text to the message centre, in parts if it is long. A receipt is asked for the last part. Errors: a
// Status, ErrUnsent, ErrUnanswered, or one that wraps them.
func (c *Client) Submit(ctx context.Context, m Message) (Sent, error) {
	if !c.enter() {
		return Sent{}, fmt.Errorf("%w: %w", ErrUnsent, errClosed)
	}
	defer c.submits.Done()
	parts, err := m.parts(byte(c.reference.Add(1)))
	if err != nil {
		return Sent{}, fmt.Errorf("%w: %w", ErrUnsent, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	sent := Sent{Segments: len(parts)}
	for _, part := range parts {
		if sent.ID, err = c.submit(ctx, part); err != nil {
			return Sent{}, err
		}
	}
	return sent, nil
}

// enter counts a submit, unless the client is closed.
func (c *Client) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.submits.Add(1)
	return true
}

func (c *Client) submit(ctx context.Context, body []byte) (id string, err error) {
	if err := c.window.enter(ctx); err != nil {
		return "", fmt.Errorf("%w: no place in the window: %w", ErrUnsent, err)
	}
	answered, throttled := false, false
	defer func() { c.window.leave(answered, throttled) }()
	s, err := c.bound(ctx)
	if err != nil {
		return "", err
	}
	answer, err := s.ask(ctx, submitSM, body)
	if err != nil {
		return "", err
	}
	if answer.status != 0 {
		throttled = answer.status == StatusThrottled || answer.status == StatusQueueFull
		return "", answer.status
	}
	if answer.command != submitSM.answer() {
		return "", fmt.Errorf("%w: %w", ErrUnanswered, errUnfit)
	}
	answered = true
	return answer.id(), nil
}
