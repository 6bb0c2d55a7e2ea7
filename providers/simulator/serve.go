package simulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// Bounds of what a client can make us hold or do.
const (
	maxBody  = 1 << 20
	maxSleep = time.Minute
)

// mount puts a vendor's routes under its prefix. Whatever it has no route for is a wrong URL, which vendors answer
// with a page, not with an error of theirs.
func (s *Simulator) mount(v *vendor) {
	for _, rt := range v.routes {
		method, path, _ := strings.Cut(rt.pattern, " ")
		s.mux.HandleFunc(method+" /"+v.name+path, s.handle(v, rt))
	}
	lost := route{pattern: "wrong URL", plain: func(*call) reply {
		return reply{status: http.StatusNotFound, body: page("<html><body>Cannot find that</body></html>")}
	}}
	s.mux.HandleFunc("/"+v.name+"/", s.handle(v, lost))
}

// handle is the course of every request: read, count, let the switches act, decide, answer.
func (s *Simulator) handle(v *vendor, rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			reply{status: http.StatusRequestEntityTooLarge, body: page("<html>too large</html>")}.write(w)
			return
		}
		if err != nil {
			return // the client is gone
		}
		c := &call{Request: r, sim: s, vendor: v, route: &rt, body: body}
		if rt.read != nil {
			rt.read(c)
		}
		c.turn = s.counters.hit(c)
		said := s.decide(c)
		if said.billed {
			s.counters.bill(c.row())
		}
		if err := s.pause(r.Context(), said.delay+s.switches.latency(v.name)); err != nil {
			return
		}
		if v.finish != nil {
			said = v.finish(c, said)
		}
		said.write(w)
	}
}

func (s *Simulator) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	return s.options.Sleep(ctx, min(d, maxSleep))
}

// decide asks in the order in which a vendor would: is it there, may the client ask, can this be asked, what is known.
func (s *Simulator) decide(c *call) reply {
	if s.switches.vendorDown(c.vendor.name) {
		return badGateway()
	}
	for _, refusal := range []func(*call) *reply{c.route.admit, c.route.check} {
		if refusal == nil {
			continue
		}
		if no := refusal(c); no != nil {
			return *no
		}
	}
	if c.route.plain != nil {
		return c.route.plain(c)
	}
	if s.switches.sourceDown(c.source()) {
		return c.route.answers[sourceDown](c)
	}
	return c.route.answers.say(c, c.digit())
}

// say answers as a digit demands.
func (t table) say(c *call, digit int) reply {
	switch digit {
	case slow:
		said := t[found](c)
		said.delay = c.sim.options.Slow
		return said
	case malformed:
		return t.malformed(c)
	case closed:
		return reply{closed: true}
	default:
		return t[digit](c)
	}
}

// malformed takes turns: a gateway's page, an answer cut on its way (the vendor thinks it has answered, and bills),
// and an empty answer.
func (t table) malformed(c *call) reply {
	switch c.turn % 3 {
	case 1:
		return badGateway()
	case 2:
		said := t[found](c)
		text := encode(said.body)
		return reply{status: http.StatusOK, body: cut(text[:len(text)/2]), billed: said.billed}
	default:
		return t[malformed](c)
	}
}

// settled is what the vendor knows in the end, however badly it conveyed it.
func (t table) settled(c *call) reply {
	if digit := c.digit(); digit < slow {
		return t[digit](c)
	}
	return t[found](c)
}

func badGateway() reply {
	return reply{status: http.StatusBadGateway, body: page("<html>bad gateway</html>")}
}
