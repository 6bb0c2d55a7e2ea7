package smpp

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Coding is how the bytes of a text are to be read.
type Coding byte

// The codings. GSM7 is sent as most message centres expect it: one character of GSM 03.38 a byte, not packed.
const (
	GSM7 Coding = 0
	UCS2 Coding = 8 // UTF-16, high byte first
)

// Address is where a text comes from or goes to.
type Address struct {
	Type byte // "type of number"
	Plan byte // "numbering plan"
	Text string
}

// International is the address of a number in E.164 without its plus.
func International(digits string) Address { return Address{Type: 1, Plan: 1, Text: digits} }

// From is the address of a sender: a name of up to 11 characters, a short code of up to 6 digits, or a number.
func From(sender string) Address {
	digits := strings.TrimPrefix(sender, "+")
	switch {
	case digits == "" || strings.Trim(digits, "0123456789") != "":
		return Address{Type: 5, Text: sender}
	case len(digits) <= 6:
		return Address{Type: 3, Text: digits}
	default:
		return International(digits)
	}
}

// Message is a text to one person.
type Message struct {
	From, To Address
	Text     []byte // as Coding says
	Coding   Coding
	Validity time.Duration // after which it need no longer be delivered; 0 = the message centre's own
}

// maxParts is how many parts a text may have, of the 255 that could be numbered: nobody reads a code in so long a text.
const maxParts = 10

var (
	errTooLong = fmt.Errorf("the text needs more than %d parts", maxParts)
	errAddress = errors.New("an address is empty, longer than 20 bytes or holds a NUL")
)

// room is how many bytes of text one message holds, alone or as one of several.
func (c Coding) room() (alone, part int) {
	if c == UCS2 {
		return 140, 134
	}
	return 160, 153
}

// parts makes the bodies of the submits that carry the message. A reference tells the phone which belong together.
func (m Message) parts(reference byte) (bodies [][]byte, err error) {
	for _, a := range []Address{m.From, m.To} {
		if a.Text == "" || len(a.Text) > 20 || strings.IndexByte(a.Text, 0) >= 0 {
			return nil, errAddress
		}
	}
	texts := m.split()
	if len(texts) > maxParts {
		return nil, errTooLong
	}
	for i, text := range texts {
		s := submit{Message: m, text: text, receipt: i == len(texts)-1}
		if len(texts) > 1 {
			s.header = []byte{5, 0, 3, reference, byte(len(texts)), byte(i + 1)}
		}
		bodies = append(bodies, s.body())
	}
	return bodies, nil
}

// split cuts a text where no character is torn.
func (m Message) split() (texts [][]byte) {
	alone, part := m.Coding.room()
	if len(m.Text) <= alone {
		return [][]byte{m.Text}
	}
	rest := m.Text
	for len(rest) > part {
		cut := part - m.Coding.torn(rest[:part])
		texts, rest = append(texts, rest[:cut]), rest[cut:]
	}
	return append(texts, rest)
}

// torn tells how many bytes at the end of a text are the beginning of a character.
func (c Coding) torn(text []byte) int {
	const escape = 0x1B
	end := len(text)
	switch {
	case c == GSM7 && text[end-1] == escape:
		return 1
	case c == UCS2 && text[end-2]&0xFC == 0xD8: // the first half of a pair
		return 2
	}
	return 0
}

// submit is one submit_sm.
type submit struct {
	Message
	text    []byte
	header  []byte // which part it is; nil = the only one
	receipt bool
}

func (s submit) body() []byte {
	b := []byte{0} // the default service
	for _, a := range []Address{s.From, s.To} {
		b = append(b, a.Type, a.Plan)
		b = append(append(b, a.Text...), 0)
	}
	var class, wanted byte
	if s.header != nil {
		class = 0x40
	}
	if s.receipt {
		wanted = 1
	}
	b = append(b, class, 0, 0, 0) // protocol, priority, at once
	b = append(append(b, relative(s.Validity)...), 0)
	b = append(b, wanted, 0, byte(s.Coding), 0, byte(len(s.header)+len(s.text)))
	return append(append(b, s.header...), s.text...)
}

// relative writes a span of time of up to a day as the protocol does: years, months, days, hours, minutes, seconds.
func relative(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	seconds := int(min(max(d, time.Second), 24*time.Hour-time.Second) / time.Second)
	return fmt.Sprintf("000000%02d%02d%02d000R", seconds/3600, seconds/60%60, seconds%60)
}
