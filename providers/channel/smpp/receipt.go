package smpp

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// State is the fate of a message.
type State byte

// The states, numbered as on the wire.
const (
	Enroute       State = 1
	Delivered     State = 2
	Expired       State = 3
	Deleted       State = 4
	Undeliverable State = 5
	Taken         State = 6 // somebody at the message centre read it on the person's behalf
	Unknown       State = 7
	Rejected      State = 8
)

// states are the words for the states, as far as all senders of them agree: DELIVRD is also spelt DELIVERED.
var states = []string{
	Enroute: "ENROU", Delivered: "DELIV", Expired: "EXPIR", Deleted: "DELET", Undeliverable: "UNDEL", Taken: "ACCEP",
	Unknown: "UNKNO", Rejected: "REJEC",
}

// Receipt is a report about a message. The text that it may quote is never kept: it holds the code.
type Receipt struct {
	IDs   []string // of the message; several, likeliest first, when another client submitted it and it can be any of them
	State State
	Code  string // the network's own word for what went wrong, at most three characters; "" = none
}

// receipt reads the report in a message, if it is one.
func (d deliver) receipt(known *ids) (r Receipt, ok bool) {
	const report, onTheWay = 0x04, 0x20
	if d.class&(report|onTheWay) == 0 && !d.carries {
		return r, false
	}
	words := readWords(d.text)
	r = Receipt{IDs: known.meant(d.id, words["id"]), State: d.state, Code: words["err"]}
	if r.State == 0 {
		r.State = stateOf(words["stat"])
	}
	if len(r.Code) > 3 || strings.Trim(r.Code, "0") == "" {
		r.Code = ""
	}
	return r, len(r.IDs) > 0
}

// readWords reads `id:… stat:… err:…` up to where the quoted text begins.
func readWords(text []byte) map[string]string {
	words := map[string]string{}
	for word := range strings.FieldsSeq(string(text[:min(len(text), 255)])) {
		name, value, named := strings.Cut(word, ":")
		name = strings.ToLower(name)
		if name == "text" {
			break
		}
		if _, twice := words[name]; named && !twice {
			words[name] = value
		}
	}
	return words
}

func stateOf(word string) State {
	if i := slices.Index(states, strings.ToUpper(word[:min(len(word), 5)])); i > 0 {
		return State(i)
	}
	return Unknown
}

// receipts wait between the reader, which must never wait, and their receiver.
type receipts struct {
	queue   chan Receipt
	dropped atomic.Int64
}

func newReceipts(most int) *receipts { return &receipts{queue: make(chan Receipt, most)} }

// put adds a receipt, in place of the oldest if all places are taken. Only one goroutine may call it.
func (r *receipts) put(one Receipt) {
	for {
		select {
		case r.queue <- one:
			return
		default:
		}
		select {
		case <-r.queue:
			r.dropped.Add(1)
		default:
		}
	}
}

// end says that no more will come.
func (r *receipts) end() { close(r.queue) }

// handOn calls a function with each receipt, each with a time of its own, until the end or until ctx ends.
func (r *receipts) handOn(ctx context.Context, to func(context.Context, Receipt), within time.Duration) {
	for one := range r.queue {
		if ctx.Err() != nil {
			r.dropped.Add(1)
			continue
		}
		own, cancel := context.WithTimeout(ctx, within)
		to(own, one)
		cancel()
	}
}
