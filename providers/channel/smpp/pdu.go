package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	headerLen = 16
	// maxPDU is the longest PDU that is read, in bytes: a payload of 64 KiB and everything around it.
	maxPDU = 66 << 10
)

// command says what a PDU wants.
type command uint32

// answerBit is how an answer differs from what it answers.
const answerBit command = 0x80000000

func (c command) answer() command { return c | answerBit }
func (c command) isAnswer() bool  { return c&answerBit != 0 }

const (
	genericNack     command = answerBit
	submitSM        command = 0x04
	deliverSM       command = 0x05
	unbind          command = 0x06
	bindTransceiver command = 0x09
	enquireLink     command = 0x15
	alert           command = 0x102 // wants no answer
	dataSM          command = 0x103
)

// pdu is one unit of the protocol.
type pdu struct {
	command command
	status  Status
	seq     uint32
	body    []byte
}

func (p pdu) bytes() []byte {
	b := make([]byte, headerLen, headerLen+len(p.body))
	binary.BigEndian.PutUint32(b, uint32(headerLen+len(p.body)))
	binary.BigEndian.PutUint32(b[4:], uint32(p.command))
	binary.BigEndian.PutUint32(b[8:], uint32(p.status))
	binary.BigEndian.PutUint32(b[12:], p.seq)
	return append(b, p.body...)
}

func readPDU(from io.Reader) (pdu, error) {
	var head [headerLen]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return pdu{}, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < headerLen || length > maxPDU {
		return pdu{}, fmt.Errorf("a PDU says that it is %d bytes long", length)
	}
	p := pdu{
		command: command(binary.BigEndian.Uint32(head[4:])),
		status:  Status(binary.BigEndian.Uint32(head[8:])),
		seq:     binary.BigEndian.Uint32(head[12:]),
		body:    make([]byte, length-headerLen),
	}
	_, err := io.ReadFull(from, p.body)
	return p, err
}

// fields reads the body of a PDU from left to right. Behind its end everything is zero, and short says so.
type fields struct {
	rest  []byte
	short bool
}

// take gives the next n bytes.
func (f *fields) take(n int) []byte {
	if n > len(f.rest) {
		f.rest, f.short = nil, true
		return nil
	}
	taken := f.rest[:n]
	f.rest = f.rest[n:]
	return taken
}

func (f *fields) octet() byte {
	if b := f.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *fields) uint16() int {
	if b := f.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

// text gives the bytes before the next NUL, and skips that.
func (f *fields) text() string {
	for i, b := range f.rest {
		if b == 0 {
			return string(f.take(i + 1)[:i])
		}
	}
	f.rest, f.short = nil, true
	return ""
}

// id is the id of the message that an answer to a submit is about; "" if there is none.
func (p pdu) id() string {
	f := fields{rest: p.body}
	return usable(f.text())
}

// The optional parameters that are looked at.
const (
	tagReceiptedID = 0x001E
	tagPayload     = 0x0424
	tagState       = 0x0427
)

var errShort = errors.New("a PDU ends too early")

// deliver is the part of a deliver_sm or data_sm that we use.
type deliver struct {
	class   byte
	text    []byte
	id      string // of the message that is reported on
	state   State
	carries bool // there is such an id
}

// readDeliver reads either. A data_sm is shorter: its text can only be in a payload.
func readDeliver(c command, body []byte) (d deliver, err error) {
	f := fields{rest: body}
	f.text() // service
	for range 2 {
		f.take(2) // kind of address
		f.text()
	}
	d.class = f.octet()
	f.take(2) // protocol and priority; receipt wanted and coding
	if c == deliverSM {
		f.text()  // when
		f.text()  // until when
		f.take(4) // receipt wanted, replacing, coding, default text
		d.text = f.take(int(f.octet()))
	}
	for len(f.rest) > 0 {
		tag, value := f.uint16(), f.take(f.uint16())
		d.note(tag, value)
	}
	if f.short {
		return deliver{}, errShort
	}
	return d, nil
}

// note takes over an optional parameter.
func (d *deliver) note(tag int, value []byte) {
	switch {
	case tag == tagReceiptedID:
		id := fields{rest: append(value[:len(value):len(value)], 0)} // some leave out the NUL
		d.id, d.carries = id.text(), true
	case tag == tagState && len(value) == 1:
		d.state = State(value[0])
	case tag == tagPayload && len(d.text) == 0:
		d.text = value
	}
}

// bindBody asks for a session in which texts go out and receipts come in.
func bindBody(o Options) []byte {
	var b []byte
	for _, text := range []string{o.SystemID, o.Password, o.SystemType} {
		b = append(append(b, text...), 0)
	}
	return append(b, 0x34, 0, 0, 0) // version 3.4, and no addresses of our own
}
