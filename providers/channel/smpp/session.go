package smpp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

var (
	errUnbound = errors.New("the message centre ended the session")
	errLeft    = errors.New("the client ended the session")
)

// session is one connection with a message centre. One goroutine reads from it and one writes to it.
type session struct {
	conn      net.Conn
	reader    *bufio.Reader
	within    time.Duration
	enquire   time.Duration
	ids       *ids
	onReceipt func(Receipt)

	out  chan outgoing
	done chan struct{} // closed when it is over
	over sync.Once
	err  error // why; to be read when done is closed

	mu      sync.Mutex
	last    uint32 // sequence number
	waiting map[uint32]chan pdu
}

// outgoing is a PDU on its way to the writer.
type outgoing struct {
	pdu
	final error // nil, or why the session is over when this is written
}

func newSession(conn net.Conn, o Options, known *ids, onReceipt func(Receipt)) *session {
	return &session{
		conn: conn, reader: bufio.NewReader(conn), within: o.Within, enquire: o.Enquire, ids: known, onReceipt: onReceipt,
		out: make(chan outgoing), done: make(chan struct{}), waiting: map[uint32]chan pdu{},
	}
}

func (s *session) close() { _ = s.conn.Close() }

// introduce binds, before anything else is read or written.
func (s *session) introduce(o Options) error {
	if err := s.conn.SetDeadline(time.Now().Add(s.within)); err != nil {
		return err
	}
	s.last = 1
	if _, err := s.conn.Write(pdu{command: bindTransceiver, seq: s.last, body: bindBody(o)}.bytes()); err != nil {
		return err
	}
	p, err := readPDU(s.reader)
	switch {
	case err != nil:
		return err
	case p.status != 0:
		return p.status
	case p.command != bindTransceiver.answer():
		return errUnfit
	}
	return s.conn.SetDeadline(time.Time{})
}

// serve reads and writes until the session or ctx ends, and tells why.
func (s *session) serve(ctx context.Context) error {
	var loops sync.WaitGroup
	loops.Go(s.read)
	loops.Go(s.write)
	select {
	case <-s.done:
	case <-ctx.Done():
		s.leave()
	}
	loops.Wait()
	return s.err
}

// leave unbinds and waits for the answer.
func (s *session) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), s.within)
	defer cancel()
	_, _ = s.ask(ctx, unbind, nil)
	s.end(errLeft)
}

// end ends the session. Requests that wait for an answer get none.
func (s *session) end(why error) {
	s.over.Do(func() {
		s.err = why
		close(s.done)
		s.close()
	})
}

// ask sends a request and waits for its answer.
func (s *session) ask(ctx context.Context, c command, body []byte) (pdu, error) {
	seq, answer := s.expect()
	defer s.forget(seq)
	select {
	case s.out <- outgoing{pdu: pdu{command: c, seq: seq, body: body}}:
	case <-s.done:
		return pdu{}, fmt.Errorf("%w: no session: %w", ErrUnsent, s.err)
	case <-ctx.Done():
		return pdu{}, fmt.Errorf("%w: %w", ErrUnsent, ctx.Err())
	}
	select {
	case p := <-answer:
		return p, nil
	case <-ctx.Done():
		return pdu{}, fmt.Errorf("%w: %w", ErrUnanswered, ctx.Err())
	case <-s.done:
	}
	select {
	case p := <-answer: // the answer came just before the end
		return p, nil
	default:
		return pdu{}, fmt.Errorf("%w: %w", ErrUnanswered, s.err)
	}
}

// expect makes a sequence number and the place where its answer will be.
func (s *session) expect() (seq uint32, answer <-chan pdu) {
	place := make(chan pdu, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = s.last%0x7FFFFFFF + 1
	s.waiting[s.last] = place
	return s.last, place
}

func (s *session) forget(seq uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, seq)
}

// write sends what others want to send, and asks from time to time whether the other side is there.
func (s *session) write() {
	tick := time.NewTicker(s.enquire)
	defer tick.Stop()
	for {
		var next outgoing
		select {
		case next = <-s.out:
		case <-tick.C:
			seq, _ := s.expect()
			s.forget(seq) // any PDU is as good as the answer: see read
			next.pdu = pdu{command: enquireLink, seq: seq}
		case <-s.done:
			return
		}
		err := s.conn.SetWriteDeadline(time.Now().Add(s.within))
		if err == nil {
			_, err = s.conn.Write(next.bytes())
		}
		if err == nil {
			err = next.final
		}
		if err != nil {
			s.end(err)
			return
		}
	}
}

// read takes what comes. If nothing comes although the writer asked, the session is over.
func (s *session) read() {
	for {
		err := s.conn.SetReadDeadline(time.Now().Add(s.enquire + s.within))
		if err == nil {
			var p pdu
			if p, err = readPDU(s.reader); err == nil {
				s.handle(p)
				continue
			}
		}
		s.end(err)
		return
	}
}

func (s *session) handle(p pdu) {
	switch {
	case p.command.isAnswer():
		if p.command == submitSM.answer() {
			s.ids.note(p.id())
		}
		s.answered(p)
	case p.command == enquireLink:
		s.reply(p, nil, nil)
	case p.command == deliverSM, p.command == dataSM:
		s.report(p)
		s.reply(p, []byte{0}, nil) // also for what we cannot read: it would come again
	case p.command == unbind:
		s.reply(p, nil, errUnbound)
	case p.command != alert:
		s.send(outgoing{pdu: pdu{command: genericNack, status: StatusUnknownCommand, seq: p.seq}})
	}
}

// answered passes an answer to its request.
func (s *session) answered(p pdu) {
	s.mu.Lock()
	place := s.waiting[p.seq]
	delete(s.waiting, p.seq)
	s.mu.Unlock()
	if place != nil {
		place <- p
	}
}

func (s *session) report(p pdu) {
	d, err := readDeliver(p.command, p.body)
	if err != nil {
		return
	}
	if r, ok := d.receipt(s.ids); ok {
		s.onReceipt(r)
	}
}

func (s *session) reply(to pdu, body []byte, final error) {
	s.send(outgoing{pdu: pdu{command: to.command.answer(), seq: to.seq, body: body}, final: final})
}

// send waits for the writer, which waits for the other side no longer than its deadline.
func (s *session) send(o outgoing) {
	select {
	case s.out <- o:
	case <-s.done:
	}
}
