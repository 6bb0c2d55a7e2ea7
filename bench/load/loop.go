//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"syscall"
	"time"
)

const (
	answerLimit = 64 << 10 // the longest answer that is understood
	errorLimit  = 1000     // a server that breaks more connections is not worth measuring
	drainLimit  = 5 * time.Second
	pollMillis  = 20
)

// conn is one connection, with at most one request under way.
type conn struct {
	id   int // counted from 0
	fd   int
	sent time.Time // zero when nothing is awaited
	buf  []byte
	n    int
}

// run is a plan being carried out.
type run struct {
	plan    Plan
	server  syscall.SockaddrInet4
	epoll   int
	conns   map[int32]*conn
	chance  *rand.Rand
	waiting int  // requests without an answer so far
	open    bool // requests may be sent
	measure bool // answers count
	result  Result
}

func open(plan Plan, addr netip.AddrPort) (*run, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	r := &run{
		plan: plan, epoll: epoll, conns: make(map[int32]*conn, plan.Conns),
		server: syscall.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()},
		chance: rand.New(rand.NewPCG(1, uint64(plan.Conns))),
	}
	for id := range plan.Conns {
		if err := r.dial(&conn{id: id, buf: make([]byte, 4<<10)}); err != nil {
			r.close()
			return nil, err
		}
	}
	return r, nil
}

// dial connects c anew and watches it.
func (r *run) dial(c *conn) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	err = errors.Join(
		syscall.Connect(fd, &r.server),
		syscall.SetNonblock(fd, true),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.EpollCtl(r.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}),
	)
	if err != nil {
		_ = syscall.Close(fd)
		return err
	}
	c.fd, c.n, c.sent = fd, 0, time.Time{}
	r.conns[int32(fd)] = c
	return nil
}

func (r *run) close() {
	for fd := range r.conns {
		_ = syscall.Close(int(fd))
	}
	_ = syscall.Close(r.epoll)
}

// loop warms up, measures and drains. The thread is its own for as long as it runs, so that its CPU time is the
// load's.
func (r *run) loop(ctx context.Context) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r.open = true
	for _, c := range r.conns {
		r.send(c, nil)
	}
	if err := r.until(ctx, time.Now().Add(r.plan.Warm)); err != nil {
		return err
	}
	r.mark()
	r.measure = true
	begin, cpu := time.Now(), threadCPU()
	if err := r.until(ctx, begin.Add(r.plan.Duration)); err != nil {
		return err
	}
	r.result.Elapsed, r.result.CPU = time.Since(begin), threadCPU()-cpu
	r.measure, r.open = false, false
	r.mark()
	return r.until(ctx, time.Now().Add(drainLimit))
}

func (r *run) mark() {
	if r.plan.Mark != nil {
		r.plan.Mark()
	}
}

// until serves the connections up to the given time, or till nothing is awaited and nothing may be sent.
func (r *run) until(ctx context.Context, end time.Time) error {
	events := make([]syscall.EpollEvent, 256)
	for time.Now().Before(end) && (r.open || r.waiting > 0) {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := syscall.EpollWait(r.epoll, events, pollMillis)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		for i := range max(n, 0) {
			if err := r.serve(r.conns[events[i].Fd]); err != nil {
				return err
			}
		}
	}
	return nil
}

// serve reads what has come; when the answer is whole, the next request goes out.
func (r *run) serve(c *conn) error {
	n, err := syscall.Read(c.fd, c.buf[c.n:])
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return nil
	}
	if err != nil || n == 0 {
		return r.replace(c)
	}
	c.n += n
	status, size, err := parse(c.buf[:c.n])
	switch {
	case err != nil || size > 0 && size < c.n || len(c.buf) == answerLimit && c.n == answerLimit:
		return r.replace(c)
	case size == 0 && c.n == len(c.buf):
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	case size > 0:
		r.answered(c, status)
		var answer []byte
		if status/100 == 2 {
			answer = c.buf[:size]
		}
		if r.open {
			r.send(c, answer)
		}
	}
	return nil
}

func (r *run) answered(c *conn, status int) {
	if r.measure && status/100 == 2 {
		r.result.OK++
		r.result.micros = append(r.result.micros, uint32(time.Since(c.sent).Microseconds()))
	} else if r.measure {
		r.result.Refused++
	}
	c.n, c.sent = 0, time.Time{}
	r.waiting--
}

// request is what a connection sends next.
func (r *run) request(c *conn, answer []byte) []byte {
	switch {
	case r.plan.Next != nil:
		return r.plan.Next(c.id, answer)
	case len(r.plan.Requests) > 1:
		return r.plan.Requests[r.chance.IntN(len(r.plan.Requests))]
	}
	return r.plan.Requests[0]
}

// send writes a request. One that does not fit the socket's empty buffer is left to fail as a broken connection.
func (r *run) send(c *conn, answer []byte) {
	request := r.request(c, answer)
	c.sent = time.Now()
	r.waiting++
	if n, err := syscall.Write(c.fd, request); err != nil || n != len(request) {
		_ = syscall.Shutdown(c.fd, syscall.SHUT_RDWR)
	}
}

// replace gives up a broken connection for a new one.
func (r *run) replace(c *conn) error {
	r.result.Errors++
	if r.result.Errors > errorLimit {
		return fmt.Errorf("%d connections broke", r.result.Errors)
	}
	if !c.sent.IsZero() {
		r.waiting--
	}
	delete(r.conns, int32(c.fd))
	_ = syscall.Close(c.fd)
	if !r.open {
		return nil
	}
	if err := r.dial(c); err != nil {
		return err
	}
	r.send(c, nil)
	return nil
}

// threadCPU is the CPU time of the calling thread so far.
func threadCPU() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var used syscall.Rusage
	if err := syscall.Getrusage(thread, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
