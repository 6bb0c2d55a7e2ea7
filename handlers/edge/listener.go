package edge

import (
	"net"
	"net/netip"
	"sync"
)

// Listen gives a listener that closes connections beyond the bounds at once. Nothing was asked on them yet that could
// be answered.
func (b *Bounds) Listen(on net.Listener) net.Listener { return bounded{on, b} }

type bounded struct {
	net.Listener
	bounds *Bounds
}

// Accept gives the next connection for which there is room.
func (l bounded) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if leave, ok := l.bounds.enter(c.RemoteAddr()); ok {
			return &counted{Conn: c, leave: leave}, nil
		}
		_ = c.Close() // nobody waits for it
	}
}

// enter counts a connection. leave takes it back.
func (b *Bounds) enter(from net.Addr) (leave func(), ok bool) {
	peer, err := netip.ParseAddrPort(from.String())
	if err != nil || contains(b.Proxies, peer.Addr()) {
		return func() { b.Connections.Give(1) }, b.Connections.Take(1)
	}
	at := peer.Addr().Unmap()
	if !b.join(at) {
		return nil, false
	}
	if !b.Connections.Take(1) {
		b.part(at)
		return nil, false
	}
	return func() {
		b.part(at)
		b.Connections.Give(1)
	}, true
}

func (b *Bounds) join(at netip.Addr) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.addresses[at] + 1
	if b.ConnsPerAddress > 0 && n > b.ConnsPerAddress {
		b.PerAddress.Refuse()
		return false
	}
	b.addresses[at] = n
	b.PerAddress.Note(int64(n))
	return true
}

func (b *Bounds) part(at netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.addresses[at]--; b.addresses[at] <= 0 {
		delete(b.addresses, at)
	}
}

// counted is a connection that leaves when it closes.
type counted struct {
	net.Conn
	leave func()
	once  sync.Once
}

// Close closes the connection.
func (c *counted) Close() error {
	c.once.Do(c.leave)
	return c.Conn.Close()
}

// CloseWrite tells the other side that nothing more comes.
func (c *counted) CloseWrite() error { return closeWrite(c.Conn) }

func closeWrite(c net.Conn) error {
	if half, can := c.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return nil
}
