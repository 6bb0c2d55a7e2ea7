package edge

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"whoseline/models"
)

// Conn is a connection of HTTP/1.1. The server behind it reads sound heads of requests only. Instead of an unsound head
// it reads a harmless one, and Incoming has the refusal. Handlers that want a body read it through Incoming.
type Conn struct {
	net.Conn
	bounds *Bounds
	in     *bufio.Reader
	ready  []byte // of a head: what the server has yet to read
	now    *Incoming
	body   *framed
	served bool        // a request was read: the next one may let itself be waited for
	last   bool        // no request follows
	unread atomic.Bool // the client may still be sending
	closed atomic.Bool
}

// NewConn takes over a connection of which the first bytes were read already.
func (b *Bounds) NewConn(c net.Conn, start []byte) *Conn {
	return &Conn{Conn: c, bounds: b, in: bufio.NewReaderSize(io.MultiReader(bytes.NewReader(start), c), 4<<10)}
}

// Read gives the bytes of the next head.
func (c *Conn) Read(into []byte) (int, error) {
	if len(c.ready) == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(into, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// SetReadDeadline does nothing: how long a read may take depends on what is read, which only this type knows.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// Incoming is the request whose head the server has read.
func (c *Conn) Incoming() *Incoming { return c.now }

// next reads a head. The error ends the connection.
func (c *Conn) next() error {
	if c.last || !c.finish() {
		return io.EOF
	}
	wait := c.bounds.HeaderTime
	if c.served {
		wait = c.bounds.IdleTime
	}
	if err := c.Conn.SetReadDeadline(deadline(wait)); err != nil {
		return err
	}
	if _, err := c.in.Peek(1); err != nil {
		return err
	}
	if err := c.Conn.SetReadDeadline(deadline(c.bounds.HeaderTime)); err != nil {
		return err
	}
	c.served = true
	raw, refused := c.readHead()
	h, unsound := parseHead(raw)
	if refused == nil {
		refused = unsound
	}
	if refused != nil {
		c.refuse(&h, refused)
		return nil
	}
	c.begin(&h)
	return nil
}

func deadline(span time.Duration) time.Time {
	if span <= 0 {
		return time.Time{}
	}
	return time.Now().Add(span)
}

// refuse lets the server answer a request that is not one. Nothing that follows on the connection is believed.
func (c *Conn) refuse(h *head, why *models.Error) {
	switch why {
	case errHeaders:
		c.bounds.Headers.Refuse()
	case errIncomplete:
		c.bounds.Slow.Refuse()
	default:
		c.bounds.Framing.Refuse()
	}
	c.last = true
	c.unread.Store(true)
	c.now, c.body = &Incoming{bounds: c.bounds, Refused: why}, nil
	c.ready = h.substitute()
}

func (c *Conn) begin(h *head) {
	c.body = &framed{conn: c, left: h.length, expects: h.expects && h.length != 0}
	if h.length < 0 {
		c.body.chunks = &chunks{from: c.in}
	}
	c.now = &Incoming{bounds: c.bounds, body: c.body, Length: h.length}
	c.unread.Store(h.length != 0)
	c.ready = h.forward()
}

// readHead reads to the empty line. Empty lines before a request are skipped, as some clients send one after a body.
func (c *Conn) readHead() ([]byte, *models.Error) {
	var raw []byte
	for skipped := 0; ; {
		piece, err := c.in.ReadSlice('\n')
		raw = append(raw, piece...)
		switch {
		case len(raw) > MaxHeader:
			return raw, errHeaders
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return raw, errIncomplete
		case !bytes.HasSuffix(raw, crlf):
			return raw, errFraming
		case len(raw) == 2 && skipped < 2:
			raw, skipped = raw[:0], skipped+1
		case len(raw) == 2:
			return raw, errFraming
		case bytes.HasSuffix(raw, []byte("\r\n\r\n")):
			return raw[:len(raw)-2], nil
		}
	}
}

// MustClose tells whether the connection has to end after the answer. It does when the client still sends too much, or
// something that cannot be believed. A gateway that is about to stop ends all connections.
func (c *Conn) MustClose() bool {
	return c.last || c.body != nil && !c.body.short() || c.bounds.draining.Load()
}

// finish reads what is left of a request's body.
func (c *Conn) finish() bool {
	if c.body == nil || c.body.over {
		return true
	}
	if !c.body.short() || c.Conn.SetReadDeadline(deadline(drainTime)) != nil {
		return false
	}
	c.body.begun = true
	_, err := io.Copy(io.Discard, c.body)
	return err == nil
}

// Close lets the last answer arrive before it closes the connection. It reads what the client still sends for a while.
// Without that the other side would drop what it has not read yet.
func (c *Conn) Close() error {
	if !c.closed.CompareAndSwap(false, true) {
		return net.ErrClosed
	}
	if c.unread.Load() && closeWrite(c.Conn) == nil && c.Conn.SetReadDeadline(deadline(drainTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, lastDrain) // as far as it goes
	}
	return c.Conn.Close()
}

// framed is the body of a request on a connection.
type framed struct {
	conn    *Conn
	left    int64   // without chunks
	chunks  *chunks // nil: the length is known
	expects bool
	begun   bool
	over    bool
	err     error
}

// short tells whether little is left, and certainly comes.
func (b *framed) short() bool {
	return b.over || b.err == nil && b.chunks == nil && b.left <= keepDrain && !b.expects
}

// Read reads the body's content, after leave to send it was given.
func (b *framed) Read(into []byte) (n int, err error) {
	switch {
	case b.err != nil:
		return 0, b.err
	case !b.begun:
		err = b.begin()
	}
	switch {
	case err != nil:
	case b.chunks != nil:
		n, err = b.chunks.Read(into)
	case b.left == 0:
		err = io.EOF
	default:
		n, err = b.conn.in.Read(into[:min(int64(len(into)), b.left)])
		if b.left -= int64(n); err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	b.note(err)
	return n, err
}

// note remembers how a body ended.
func (b *framed) note(err error) {
	if b.err = err; err == nil {
		return
	}
	if b.over = errors.Is(err, io.EOF); b.over {
		b.conn.unread.Store(false)
		return
	}
	b.conn.last = true
	if errors.Is(err, os.ErrDeadlineExceeded) {
		b.conn.bounds.Slow.Refuse()
	}
	if errors.Is(err, errFraming) {
		b.conn.bounds.Framing.Refuse()
	}
}

// begin starts the clock and lets a client send that waits for leave.
func (b *framed) begin() error {
	b.begun = true
	if err := b.conn.Conn.SetReadDeadline(deadline(b.conn.bounds.BodyTime)); err != nil || !b.expects {
		return err
	}
	b.expects = false
	if err := b.conn.SetWriteDeadline(deadline(b.conn.bounds.BodyTime)); err != nil {
		return err
	}
	_, err := io.WriteString(b.conn.Conn, "HTTP/1.1 100 Continue\r\n\r\n")
	return err
}
