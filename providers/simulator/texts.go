package simulator

import (
	"net/http"
	"slices"
	"sync"
)

// Text is a message that a vendor accepted: what its receiver would read.
type Text struct {
	Vendor string `json:"vendor"`
	ID     string `json:"id"`
	To     string `json:"to"` // as the client wrote it
	From   string `json:"from"`
	Text   string `json:"text"`   // of a template, its parameters
	Report string `json:"report"` // where the client wants to hear of it, if it said so
}

// texts keeps the latest accepted messages.
type texts struct {
	mu   sync.Mutex
	list []Text
}

func (t *texts) add(m Text) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) >= remembered {
		t.list = slices.Delete(t.list, 0, remembered/10)
	}
	t.list = append(t.list, m)
}

func (t *texts) find(match func(Text) bool) (found []Text) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range slices.Backward(t.list) {
		if match(m) {
			found = append(found, m)
		}
	}
	return found
}

func (t *texts) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = nil
}

// Texts gives the messages that a vendor accepted for a number, newest first; an empty vendor or number stands for all.
func (s *Simulator) Texts(vendor, number string) []Text {
	return s.texts.find(func(m Text) bool {
		return (vendor == "" || m.Vendor == vendor) && (number == "" || NumberKey(m.To) == NumberKey(number))
	})
}

// tellTexts gives the accepted messages of ?vendor= and ?number=.
func (s *Simulator) tellTexts(w http.ResponseWriter, r *http.Request) {
	found := s.Texts(r.URL.Query().Get("vendor"), r.URL.Query().Get("number"))
	reply{body: obj{"messages": append([]Text{}, found...)}}.write(w)
}

// accept keeps a message as accepted. Vendors bill what they accept.
func (c *call) accept(a map[string]string) {
	c.sim.texts.add(Text{
		Vendor: c.vendor.name, To: c.number, ID: c.filled(a["id"]), From: c.filled(a["from"]), Text: c.filled(a["text"]),
		Report: c.filled(a["report"]),
	})
}
