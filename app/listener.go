package app

import (
	"net"
	"sync"
	"sync/atomic"
)

// silentListener knows which of its connections have not sent anything yet. Browsers and HTTP clients open some in
// advance; the server would wait for their first request when it shuts down.
type silentListener struct {
	net.Listener
	mu     sync.Mutex
	silent map[*silentConn]struct{}
}

func newSilentListener(on net.Listener) *silentListener {
	return &silentListener{Listener: on, silent: map[*silentConn]struct{}{}}
}

// Accept gives the next connection.
func (l *silentListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &silentConn{Conn: accepted, listener: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent[c] = struct{}{}
	return c, nil
}

// closeSilent closes the connections that have not sent anything.
func (l *silentListener) closeSilent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.silent {
		_ = c.Conn.Close() // nobody waits for it
	}
}

func (l *silentListener) forget(c *silentConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.silent, c)
}

type silentConn struct {
	net.Conn
	listener *silentListener
	known    atomic.Bool
}

// Read is the connection's; the first byte makes it one like any other.
func (c *silentConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if n > 0 && !c.known.Swap(true) {
		c.listener.forget(c)
	}
	return n, err
}

// Close is the connection's.
func (c *silentConn) Close() error {
	if !c.known.Swap(true) {
		c.listener.forget(c)
	}
	return c.Conn.Close()
}
