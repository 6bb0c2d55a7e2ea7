package simulator

import (
	"context"
	"errors"
	"io"
	"maps"
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
	for _, rt := range v.Routes {
		method, path, _ := strings.Cut(rt.Ask, " ")
		s.mux.HandleFunc(method+" /"+v.name+path, s.handle(v, rt))
	}
	lost := route{Ask: "wrong URL", Says: &answer{Status: http.StatusNotFound, Page: "<html><body>Cannot find that</body></html>"}}
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
		c.read()
		c.turn = s.counters.hit(c)
		said := s.decide(c)
		if said.billed {
			s.counters.bill(c.row())
		}
		if err := s.pause(r.Context(), said.delay+s.switches.latency(v.name)); err != nil {
			return
		}
		c.echo(said).write(w)
	}
}

func (s *Simulator) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	return s.options.Sleep(ctx, min(d, maxSleep))
}

// read notes the number and the client's reference. It judges nothing.
func (c *call) read() {
	for _, place := range c.route.Number {
		if c.number == "" {
			c.number = c.filled("{{" + place + "}}")
		}
	}
	if c.route.Reference != "" {
		c.reference = c.filled("{{" + c.route.Reference + "}}")
	}
}

// echo puts the header on an answer that its vendor sends back.
func (c *call) echo(said reply) reply {
	given := ""
	if c.vendor.Echo != "" {
		given = c.Header.Get(c.vendor.Echo)
	}
	if given == "" || !correlatorForm.MatchString(given) {
		return said
	}
	header := map[string]string{c.vendor.Echo: given}
	maps.Copy(header, said.header)
	said.header = header
	return said
}

// decide asks in the order in which a vendor would: is it there, may the client ask, can this be asked, what is known.
func (s *Simulator) decide(c *call) reply {
	if s.switches.vendorDown(c.vendor.name) {
		return badGateway()
	}
	if no := c.refusal(); no != nil {
		return *no
	}
	if c.route.Says != nil {
		return c.answer(*c.route.Says)
	}
	if s.switches.sourceDown(c.source()) {
		return c.say(names[sourceDown])
	}
	return c.byDigit(c.digit())
}

// byDigit answers as a digit demands.
func (c *call) byDigit(digit int) reply {
	switch digit {
	case slow:
		said := c.say(names[found])
		said.delay = c.sim.options.Slow
		return said
	case malformed:
		return c.malformed()
	case closed:
		return reply{closed: true}
	default:
		return c.say(names[digit])
	}
}

// malformed takes turns: a gateway's page, an answer cut on its way (the vendor thinks it has answered, and bills),
// and an empty answer.
func (c *call) malformed() reply {
	switch c.turn % 3 {
	case 1:
		return badGateway()
	case 2:
		said := c.say(names[found])
		text := encode(said.body)
		return reply{status: http.StatusOK, body: cut(text[:len(text)/2]), billed: said.billed}
	default:
		return c.say(names[malformed])
	}
}

// settled names what the vendor knows in the end, however badly it conveyed it.
func (c *call) settled() string {
	if digit := c.digit(); digit < slow {
		return names[digit]
	}
	return names[found]
}

func badGateway() reply {
	return reply{status: http.StatusBadGateway, body: page("<html>bad gateway</html>")}
}
