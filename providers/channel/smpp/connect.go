package smpp

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// attempt is one try at a session, with its result once it is over.
type attempt struct {
	settled chan struct{}
	session *session
	err     error
}

func newAttempt() *attempt { return &attempt{settled: make(chan struct{})} }

// stayBound keeps a session until ctx ends.
func (c *Client) stayBound(ctx context.Context) {
	for failures := 0; ; failures++ {
		began := time.Now()
		err := c.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > c.Enquire+c.Within { // the session was a good one
			failures = 0
		}
		var status Status
		wait := pause(failures, errors.As(err, &status) && status.Credentials(), c.Chance())
		c.Log.Warn("smpp: no session", "addr", c.Addr, "err", err, "pause", wait)
		if !rest(ctx, wait) {
			return
		}
		c.next()
	}
}

// once makes a session and waits for its end.
func (c *Client) once(ctx context.Context) error {
	try := c.try // nobody else writes it
	try.session, try.err = c.bind(ctx)
	close(try.settled)
	if try.err != nil {
		return try.err
	}
	c.Log.Info("smpp: bound", "addr", c.Addr)
	return try.session.serve(ctx)
}

// next begins a new attempt; submits wait for its result.
func (c *Client) next() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.try = newAttempt()
}

// bound gives the session, and waits for it while one is being made. Between two attempts it does not wait: another
// carrier may take the message.
func (c *Client) bound(ctx context.Context) (*session, error) {
	c.mu.Lock()
	try := c.try
	c.mu.Unlock()
	select {
	case <-try.settled:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: no session yet: %w", ErrUnsent, ctx.Err())
	}
	if try.err != nil {
		return nil, fmt.Errorf("%w: no session: %w", ErrUnsent, try.err)
	}
	return try.session, nil
}

// bind connects and introduces us. Its own deadline ends before that of the submits that waited from its beginning.
func (c *Client) bind(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	conn, err := c.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := newSession(conn, c.Options, c.ids, c.receipts.put)
	stop := context.AfterFunc(ctx, s.close)
	err = s.introduce(c.Options)
	if !stop() { // ctx ended and closed the connection
		err = ctx.Err()
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("bind: %w", err)
	}
	return s, nil
}

// The wait before the next attempt: longer each time, and much longer when the message centre does not know us, which
// only a person can change.
const (
	firstPause   = time.Second
	longestPause = time.Minute
	refusedPause = 5 * time.Minute
)

// pause chooses by chance between half of the time and all of it, so that many clients do not come back in step.
func pause(failures int, refused bool, chance float64) time.Duration {
	full := min(longestPause, firstPause<<min(failures, 10))
	if refused {
		full = refusedPause
	}
	return time.Duration(float64(full) * (1 + chance) / 2)
}

// rest waits, and tells whether ctx is still alive.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
