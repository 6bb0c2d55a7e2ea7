package storagetest

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
)

// Line is a network between a gateway and PostgreSQL that can fall silent without a word: nothing is refused, nothing
// closed, and nothing arrives.
type Line struct {
	mu     sync.Mutex
	silent bool
}

// Silent makes the line pass nothing on, or again. A connection that met the silence never recovers from it.
func (l *Line) Silent(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent = yes
}

func (l *Line) speaks() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.silent
}

// Wire puts a line in front of a database of PostgreSQL, until the test ends, and gives the database's URL by it.
func Wire(t testing.TB, target string) (*Line, string) {
	t.Helper()
	at, err := url.Parse(target)
	if err != nil {
		t.Fatalf("read the database's URL: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen for the database: %v", err)
	}
	line, socket := &Line{}, filepath.Join(at.Query().Get("host"), ".s.PGSQL.5432")
	ended := make(chan struct{})
	t.Cleanup(func() {
		close(ended)
		listener.Close()
	})
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go line.carry(client, socket, ended)
		}
	}()
	at.Host, at.RawQuery = listener.Addr().String(), url.Values{"sslmode": {"disable"}}.Encode()
	return line, at.String()
}

func (l *Line) carry(client net.Conn, socket string, ended <-chan struct{}) {
	defer client.Close()
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer server.Close()
	over := make(chan struct{}, 2)
	dead := &sync.Once{}
	lost := make(chan struct{})
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			l.pass(way[0], way[1], func() { dead.Do(func() { close(lost) }) }, lost)
			over <- struct{}{}
		}()
	}
	select {
	case <-over:
	case <-ended:
	}
}

// pass carries bytes one way. The first ones that meet silence are lost, and all that follow them on this connection.
func (l *Line) pass(from io.Reader, to io.Writer, lose func(), lost <-chan struct{}) {
	part := make([]byte, 64<<10)
	for {
		n, err := from.Read(part)
		if err != nil {
			return
		}
		if !l.speaks() {
			lose()
		}
		select {
		case <-lost:
			continue
		default:
		}
		if _, err := to.Write(part[:n]); err != nil {
			return
		}
	}
}
