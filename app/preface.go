package app

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// preface is what every connection of HTTP/2 begins with (RFC 9113, section 3.4). No request of HTTP/1 does.
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// front shares a listener between two servers: connections that begin with the preface go to the one for HTTP/2, all
// others to the one for HTTP/1. Until a connection has sent enough to tell, it is silent and nobody's. Browsers and HTTP
// clients open some in advance; a server would wait for their first request when it shuts down.
type front struct {
	on        net.Listener
	wait      time.Duration // for a connection to tell
	one, two  *side
	undecided sync.WaitGroup // the connections in silent, and the loop that accepts them
	mu        sync.Mutex
	silent    map[net.Conn]struct{}
}

func newFront(on net.Listener, wait time.Duration) *front {
	f := &front{on: on, wait: wait, one: newSide(on.Addr()), two: newSide(on.Addr()), silent: map[net.Conn]struct{}{}}
	f.undecided.Add(1) // run, from before it begins: stop waits for its end
	return f
}

// run accepts connections until the listener is closed. It is called once. The error tells why, unless that was stop.
func (f *front) run() error {
	defer f.undecided.Done()
	for {
		c, err := f.on.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil && !passing(err):
			return err
		case err != nil:
			time.Sleep(50 * time.Millisecond)
			continue
		}
		f.undecided.Add(1)
		f.note(c)
		go func() {
			defer f.undecided.Done()
			f.decide(c)
		}()
	}
}

// passing tells whether accepting will work again, as after all files were open.
func passing(err error) bool {
	temporary, is := err.(interface{ Temporary() bool })
	return is && temporary.Temporary()
}

// decide waits until a connection has told what it speaks and hands it on.
func (f *front) decide(c net.Conn) {
	start, err := f.begin(c)
	f.forget(c)
	if err != nil {
		_ = c.Close() // it said nothing that could be answered
		return
	}
	to := f.one
	if string(start) == preface {
		to = f.two
	}
	to.take(&begun{Conn: c, start: start})
}

// begin reads as much of a connection as it takes to tell.
func (f *front) begin(c net.Conn) (start []byte, err error) {
	if err := c.SetReadDeadline(time.Now().Add(f.wait)); err != nil {
		return nil, err
	}
	buf := make([]byte, len(preface))
	n := 0
	for n < len(buf) && strings.HasPrefix(preface, string(buf[:n])) && err == nil {
		var more int
		more, err = c.Read(buf[n:])
		n += more
	}
	if n == 0 || err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	return buf[:n], c.SetReadDeadline(time.Time{})
}

func (f *front) note(c net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silent[c] = struct{}{}
}

func (f *front) forget(c net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.silent, c)
}

// stop accepts nothing more, leaves silent connections a while for their first bytes and then closes them. Afterwards the
// two servers have all that they will get.
func (f *front) stop(leave time.Duration) error {
	err := f.on.Close()
	defer time.AfterFunc(leave, f.closeSilent).Stop()
	f.undecided.Wait()
	return err
}

func (f *front) closeSilent() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.silent {
		_ = c.Close() // nobody waits for it
	}
}

// side is the listener of one of the servers.
type side struct {
	at     net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newSide(at net.Addr) *side {
	return &side{at: at, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (s *side) take(c net.Conn) {
	select {
	case s.conns <- c:
	case <-s.closed:
		_ = c.Close() // its server is gone
	}
}

// Accept gives the next connection.
func (s *side) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (s *side) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// Addr is where both servers listen.
func (s *side) Addr() net.Addr { return s.at }

// begun is a connection of which the first bytes were read already.
type begun struct {
	net.Conn
	start []byte
}

// Read gives the first bytes again, then what follows.
func (b *begun) Read(into []byte) (int, error) {
	if len(b.start) == 0 {
		return b.Conn.Read(into)
	}
	n := copy(into, b.start)
	b.start = b.start[n:]
	return n, nil
}
