package zitadel

import (
	"io"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"whoseline/handlers/edge"
)

func TestABodyThatIsNotOneWholeMessageFailsInTheDialectsWords(t *testing.T) {
	t.Parallel()
	bounds := edge.NewBounds(edge.Limits{Body: 10, BodyBytes: 1000})
	for _, one := range []struct {
		name, body string
		want       connect.Code
	}{
		{"a message", "\x00\x00\x00\x00\x02ab", 0},
		{"an empty one", "\x00\x00\x00\x00\x00", 0},
		{"one of the limit", "\x00\x00\x00\x00\x0a0123456789", 0},
		{"one byte more", "\x00\x00\x00\x00\x0b0123456789a", connect.CodeResourceExhausted},
		{"more than it says", "\x00\x00\x00\x00\x0a" + strings.Repeat("a", 1000), connect.CodeResourceExhausted},
		{"4 GiB announced", "\x00\xff\xff\xff\xffx", connect.CodeResourceExhausted},
		{"cut off", "\x00\x00\x00\x00\x08x", connect.CodeInvalidArgument},
		{"cut off in its length", "\x00\x00", connect.CodeInvalidArgument},
		{"no message", "", connect.CodeInvalidArgument},
		{"two messages", "\x00\x00\x00\x00\x01a\x00\x00\x00\x00\x01b", connect.CodeInvalidArgument},
		{"a compressed one", "\x01\x00\x00\x00\x01a", connect.CodeInvalidArgument},
	} {
		in := bounds.NewIncoming(strings.NewReader(one.body), -1)
		text, err := io.ReadAll(&message{from: in, ctx: t.Context()})
		if one.want == 0 && (err != nil || string(text) != one.body) || one.want != 0 && connect.CodeOf(err) != one.want {
			t.Errorf("%s: %q, %v", one.name, text, err)
		}
		in.Leave()
	}
	if bounds.Bodies.Used() != 0 {
		t.Errorf("%d bytes are still held", bounds.Bodies.Used())
	}
}
