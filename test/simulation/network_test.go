package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

// far is all that a gateway reaches over HTTP: vendors, the channel, receivers.
type far struct{ *gateway }

// said is what somebody far away answers.
type said struct {
	status int
	body   string
	asked  *question // of a vendor
}

// hosts are who is reached.
var hosts = map[string]struct {
	at class
	do func(g *gateway, r *http.Request, body []byte, f *fault) said
}{
	"api.youverify.co":  {onVendor, (*gateway).youverify},
	"api.sourceid.tech": {onVendor, (*gateway).sourceID},
	"channel.example":   {onChannel, (*gateway).channel},
	"receiver.example":  {onReceive, (*gateway).receive},
}

// RoundTrip takes a request there, if the plan lets it, and its answer back.
func (n far) RoundTrip(r *http.Request) (*http.Response, error) {
	host, known := hosts[r.URL.Host]
	if !known {
		n.world.violated("network", "somebody is asked whom nobody configured: %s", r.URL.Host)
		return nil, errors.New("there is no such host")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	f, err := n.await(r.Context(), host.at)
	if err != nil {
		return nil, err
	}
	if f != nil && f.what == unreachable {
		return nil, errors.New("connection refused")
	}
	if host.at == onChannel && (f == nil || f.what != broken && f.what != busy && f.what != denied) {
		n.world.note(func() { n.world.sends++ })
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	answer, err := n.exchange(r, f, func() said { return host.do(n.gateway, r, body, f) })
	if answer.asked != nil {
		n.world.note(func() { answer.asked.ended = time.Now() })
	}
	if err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if answer.status == http.StatusTooManyRequests {
		header.Set("Retry-After", "1")
	}
	return &http.Response{
		StatusCode: answer.status, Status: http.StatusText(answer.status), Header: header, Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(answer.body)), ContentLength: int64(len(answer.body)),
	}, nil
}

// exchange has the far side do its work, as the fault has it. Whoever has given up does not keep it from that.
func (n far) exchange(r *http.Request, f *fault, work func() said) (said, error) {
	what := harm("")
	if f != nil {
		what = f.what
	}
	switch what {
	case hangs:
		return said{}, n.pause(r.Context(), time.Hour)
	case broken:
		return said{status: http.StatusInternalServerError, body: `{"message":"internal error"}`}, nil
	case busy:
		return said{status: http.StatusTooManyRequests, body: `{"message":"too many requests"}`}, nil
	case denied:
		return said{status: http.StatusBadRequest, body: `{"message":"Invalid recipient number: the phone number is not valid"}`}, nil
	case garbled:
		return said{status: http.StatusOK, body: `{"success":true,"data":{`}, nil
	case late:
		n.world.closing.Go(func() {
			time.Sleep(f.long)
			work()
		})
		return said{}, n.pause(r.Context(), f.long+30*time.Second)
	case cut:
		work()
		return said{}, io.ErrUnexpectedEOF
	case slow:
		if err := n.pause(context.WithoutCancel(r.Context()), f.long/2); err != nil {
			return said{}, err
		}
	}
	answer := work()
	if what == slow {
		if err := n.pause(r.Context(), f.long/2); err != nil {
			return said{}, err
		}
	}
	if err := n.pause(r.Context(), 3*time.Millisecond); err != nil {
		return answer, err
	}
	return answer, n.afterwards(f)
}

// heard is what came back to somebody who asked a gateway.
type heard struct {
	status int
	header http.Header
	body   []byte
	began  time.Time
	ended  time.Time
}

func (h heard) String() string { return fmt.Sprintf("%d %.300s", h.status, h.body) }

// lostStatus stands for no answer: the gateway is down, or died meanwhile.
const lostStatus = 0

// call asks a gateway over HTTP.
func (w *world) call(via int, method, path string, header map[string]string, body string) (h heard) {
	h.began = time.Now()
	defer func() { h.ended = time.Now() }()
	g := w.connect(via)
	if g == nil {
		return h
	}
	r, err := http.NewRequestWithContext(context.Background(), method, "http://gateway.example"+path, strings.NewReader(body))
	if err != nil {
		w.violated("simulation", "a request cannot be made: %v", err)
		return h
	}
	r.RequestURI, r.RemoteAddr, r.ContentLength = path, "192.0.2.7:4711", int64(len(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer := make(chan heard, 1)
	go func() {
		defer g.calls.Done()
		to := &recorder{header: http.Header{}}
		g.HTTP2.ServeHTTP(to, r)
		answer <- heard{status: to.status, header: to.header, body: to.body.Bytes()}
	}()
	select {
	case got := <-answer:
		if g.isDead() {
			return h
		}
		h.status, h.header, h.body = got.status, got.header, got.body
	case <-g.dead:
	}
	return h
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header                { return r.header }
func (r *recorder) WriteHeader(status int)             { r.status = status }
func (r *recorder) Write(text []byte) (n int, e error) { return r.body.Write(text) }
