package smpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parameter is an optional parameter as it stands at the end of a body.
func parameter(tag uint16, value string) string {
	b := binary.BigEndian.AppendUint16(nil, tag)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return string(b) + value
}

// deliverBody is the body of a deliver_sm.
func deliverBody(class byte, text, parameters string) []byte {
	return []byte("\x00\x01\x01234803\x00\x05\x00Shop\x00" + string(class) + "\x00\x00\x00\x00\x00\x00\x00\x00" +
		string(byte(len(text))) + text + parameters)
}

// dataBody is the body of a data_sm.
func dataBody(class byte, parameters string) []byte {
	return []byte("\x00\x01\x01234803\x00\x05\x00Shop\x00" + string(class) + "\x00\x00" + parameters)
}

func TestAPDUThatWasWrittenIsReadTheSame(t *testing.T) {
	t.Parallel()
	for _, p := range []pdu{
		{command: enquireLink, seq: 1, body: []byte{}},
		{command: submitSM.answer(), status: StatusThrottled, seq: 0x7FFFFFFF, body: []byte("id\x00")},
	} {
		got, err := readPDU(bytes.NewReader(p.bytes()))
		if diff := cmp.Diff(p, got, cmp.AllowUnexported(pdu{})); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

func TestALengthThatCannotBeIsRefusedBeforeAnythingIsKept(t *testing.T) {
	t.Parallel()
	for _, length := range []uint32{0, 15, maxPDU + 1, 0xFFFFFFFF} {
		head := pdu{command: deliverSM}.bytes()
		binary.BigEndian.PutUint32(head, length)
		if _, err := readPDU(bytes.NewReader(head)); err == nil || !strings.Contains(err.Error(), "bytes long") {
			t.Errorf("%d: %v", length, err)
		}
	}
	cut := pdu{command: deliverSM, body: []byte("abc")}.bytes()
	for n := range cut {
		if _, err := readPDU(bytes.NewReader(cut[:n])); err != io.EOF && err != io.ErrUnexpectedEOF {
			t.Errorf("cut after %d: %v", n, err)
		}
	}
}

func TestADeliverThatIsCutAnywhereIsRefused(t *testing.T) {
	t.Parallel()
	whole := deliverBody(4, "id:7 stat:DELIVRD", parameter(tagReceiptedID, "7\x00")+parameter(tagState, "\x02"))
	if _, err := readDeliver(deliverSM, whole); err != nil {
		t.Fatal(err)
	}
	withoutParameters := len(deliverBody(4, "id:7 stat:DELIVRD", ""))
	betweenParameters := withoutParameters + 4 + len("7\x00")
	for n := range whole {
		_, err := readDeliver(deliverSM, whole[:n])
		if fits := n == withoutParameters || n == betweenParameters; fits != (err == nil) {
			t.Errorf("cut after %d of %d: %v", n, len(whole), err)
		}
		if err != nil && !errors.Is(err, errShort) {
			t.Errorf("cut after %d: %v", n, err)
		}
	}
}

func FuzzPDU(f *testing.F) {
	f.Add(pdu{command: deliverSM, seq: 1, body: deliverBody(4, "id:1A sub:001 stat:DELIVRD err:000 text:123456", "")}.bytes())
	f.Add(pdu{command: deliverSM, seq: 2, body: deliverBody(4, "", parameter(tagPayload, "id:9 stat:REJECTD"))}.bytes())
	f.Add(pdu{command: deliverSM, seq: 3, body: deliverBody(0, "hi", parameter(tagReceiptedID, "7")+parameter(tagState, "\x05"))}.bytes())
	f.Add([]byte("\x00\x00\x00\x10\x80\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		p, err := readPDU(bytes.NewReader(stream))
		if err != nil {
			return
		}
		if again := p.bytes(); !bytes.HasPrefix(stream, again) {
			t.Fatalf("%x was read as %x", stream, again)
		}
		d, err := readDeliver(p.command, p.body)
		if err != nil {
			return
		}
		r, ok := d.receipt(newIDs())
		if ok != (len(r.IDs) > 0) || len(r.IDs) > 8 || len(r.Code) > 3 {
			t.Fatalf("%v %+v", ok, r)
		}
		for _, id := range r.IDs {
			if id == "" || len(id) > maxID {
				t.Fatalf("an id of %d bytes", len(id))
			}
		}
	})
}
