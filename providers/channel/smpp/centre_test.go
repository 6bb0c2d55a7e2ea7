package smpp

import (
	"bufio"
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// centre is the far side of a client: it binds whoever comes, unless a script says otherwise.
type centre struct {
	t      *testing.T
	refuse Status           // binds
	answer func(*line, pdu) // everything but bind; nil = obliging
	mu     sync.Mutex
	dials  []time.Time
	got    []pdu
	lines  []*line
	loops  sync.WaitGroup
}

// line is one connection with the centre.
type line struct {
	net.Conn
	c *centre
}

func (l *line) say(p pdu) { _, _ = l.Write(p.bytes()) }

// yes answers a request with success.
func (l *line) yes(p pdu, body string) {
	l.say(pdu{command: p.command.answer(), seq: p.seq, body: []byte(body)})
}

func (l *line) no(p pdu, why Status) {
	l.say(pdu{command: p.command.answer(), seq: p.seq, status: why})
}

// oblige answers a request as a good centre does.
func oblige(l *line, p pdu) {
	switch {
	case p.command == submitSM:
		l.yes(p, "id-1\x00")
	case !p.command.isAnswer():
		l.yes(p, "")
	}
	if p.command == unbind {
		_ = l.Close()
	}
}

func (c *centre) dial(context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	l := &line{Conn: there, c: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dials, c.lines = append(c.dials, time.Now()), append(c.lines, l)
	c.loops.Go(func() { c.serve(l) })
	return here, nil
}

func (c *centre) serve(l *line) {
	defer l.Close()
	for from := bufio.NewReader(l); ; {
		p, err := readPDU(from)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.got = append(c.got, p)
		c.mu.Unlock()
		switch {
		case p.command == bindTransceiver && c.refuse != 0:
			l.no(p, c.refuse)
		case p.command == bindTransceiver:
			l.yes(p, "centre\x00")
		case c.answer != nil:
			c.answer(l, p)
		default:
			oblige(l, p)
		}
	}
}

// heard tells how often the centre was given a command.
func (c *centre) heard(which command) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.got {
		if p.command == which {
			n++
		}
	}
	return n
}

// line gives the newest connection.
func (c *centre) line() *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines[len(c.lines)-1]
}

// bubble runs a test with a client and a centre in a time of their own.
func bubble(t *testing.T, c *centre, o Options, test func(t *testing.T, client *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c.t = t
		o.Dial, o.SystemID, o.Password, o.Chance = c.dial, "whoseline", "secret", func() float64 { return 1 }
		client, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		client.Start()
		test(t, client)
		client.Close()
		c.loops.Wait()
	})
}

var hello = Message{From: From("Shop"), To: International("2348031234567"), Text: []byte("123456 is your code")}
