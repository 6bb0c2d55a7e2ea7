package simulator

import (
	"crypto/sha256"
	"crypto/sha512"
	"net/http"
	"strings"
)

// verification is one of Youverify's results. It can be read again by its id, and a pending one is done after some
// polls or once its webhook was sent.
type verification struct {
	id     string
	number string
	status string
	shown  string // the answer that shows it once it is found
	polls  int
	row    rowKey
}

// Statuses of a verification.
const (
	youverifyFound   = "found"
	youverifyPending = "pending"
)

// youverifyKeep answers with a new verification and keeps it. Its argument is the status and the answer that shows a found one.
func youverifyKeep(c *call, arg string, _ answer) reply {
	status, shown, _ := strings.Cut(arg, " ")
	v := verification{id: c.id(24), number: c.number, status: status, shown: shown, row: c.row()}
	c.sim.checked.add(v.id, v)
	if v.status == youverifyPending {
		c.sim.announce(c.vendor.name, firing{ID: v.id})
	}
	said := c.sim.show(v)
	said.billed = v.status == youverifyFound
	return said
}

// show is a verification as an answer.
func (s *Simulator) show(v verification) reply {
	at, _ := s.vendor("youverify") // it is in the table
	about := &call{sim: s, vendor: at, route: &route{}, number: v.number, notes: map[string]any{"result": v.id, "status": v.status}}
	switch v.status {
	case youverifyFound:
		return about.say(v.shown)
	case youverifyPending, "not_found":
		return about.say("shown_" + v.status)
	default:
		return about.say("shown_ended")
	}
}

// youverifyPoll reads a result again. While the source is away, a pending one stays pending.
func youverifyPoll(c *call, _ string, _ answer) reply {
	bill := false
	v, ok := c.sim.checked.change(c.PathValue("id"), func(v *verification) {
		if v.status != youverifyPending || c.sim.switches.sourceDown(c.source()) {
			return
		}
		v.polls++
		if v.polls >= c.sim.options.PendingPolls {
			v.status, bill = youverifyFound, true
		}
	})
	if !ok {
		return c.say("no_result")
	}
	if bill {
		c.sim.counters.bill(v.row)
	}
	return c.sim.show(v)
}

// complete ends a pending verification as the source has found it, billing it once.
func (s *Simulator) complete(id, status string) (verification, bool) {
	bill := false
	v, ok := s.checked.change(id, func(v *verification) {
		if v.status == youverifyPending {
			v.status, bill = status, status == youverifyFound
		}
	})
	if bill {
		s.counters.bill(v.row)
	}
	return v, ok
}

// youverifyEvent completes a verification, if it is pending still, and tells of it.
func (s *Simulator) youverifyEvent(_ *http.Request, ask firing) (message, error) {
	status := ask.Status
	if status == "" {
		status = youverifyFound
	}
	v, ok := s.complete(ask.ID, status)
	if !ok {
		return message{}, errNoSuchResult
	}
	shown := s.show(v).body.(obj) // every answer that shows one is an object
	body := encode(obj{"event": "identity.verification.completed", "apiVersion": "v2", "data": shown["data"]})
	at, _ := s.vendor("youverify") // it is in the table
	sent := message{body: body, header: map[string]string{}}
	name := ask.Header
	if name == "" {
		name = "x-youverify-signature"
	}
	switch ask.Signature {
	case "", "sha256":
		sent.header[name] = hexMAC(sha256.New, at.Credentials.WebhookSecret, body)
	case "sha512":
		sent.header[name] = hexMAC(sha512.New, at.Credentials.WebhookSecret, body)
	case "wrong":
		sent.header[name] = hexMAC(sha256.New, "another secret", body)
	case "none":
	default:
		return message{}, badSignature("sha256, sha512, wrong or none")
	}
	return sent, nil
}
