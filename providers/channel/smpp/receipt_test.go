package smpp

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReceiptsAreReadAsMessageCentresWriteThem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class      byte
		text       string
		parameters string
		want       Receipt
	}{
		"the text alone": {
			class: 4, text: "id:x7-9 sub:001 dlvrd:001 submit date:2603011200 done date:260301120005 stat:DELIVRD err:000 text:123456 is your",
			want: Receipt{IDs: []string{"x7-9"}, State: Delivered},
		},
		"capitals and an error": {
			class: 4, text: "ID:x7 SUB:001 DLVRD:000 SUBMIT DATE:2603011200 DONE DATE:2603011201 STAT:UNDELIV ERR:069 TEXT:",
			want: Receipt{IDs: []string{"x7"}, State: Undeliverable, Code: "069"},
		},
		"the parameters win": {
			class: 4, text: "id:26 stat:UNKNOWN err:1", parameters: parameter(tagReceiptedID, "1a\x00") + parameter(tagState, "\x03"),
			want: Receipt{IDs: []string{"1a", "26", "38", "1A", "0000001a", "0000001A"}, State: Expired, Code: "1"},
		},
		"parameters alone, without a NUL, unmarked": {
			parameters: parameter(tagReceiptedID, "q1") + parameter(tagState, "\x08"),
			want:       Receipt{IDs: []string{"q1"}, State: Rejected},
		},
		"in a payload":                  {class: 4, parameters: parameter(tagPayload, "id:q2 stat:ACCEPTED"), want: Receipt{IDs: []string{"q2"}, State: Taken}},
		"a word nobody knows":           {class: 4, text: "id:q3 stat:WHATEVER", want: Receipt{IDs: []string{"q3"}, State: Unknown}},
		"nothing said":                  {class: 4, text: "id:q4", want: Receipt{IDs: []string{"q4"}, State: Unknown}},
		"still on its way":              {class: 0x20, text: "id:q5 stat:ENROUTE", want: Receipt{IDs: []string{"q5"}, State: Enroute}},
		"what the quoted text pretends": {class: 4, text: "id:q6 stat:DELIVRD text:id:q7 stat:REJECTD err:999", want: Receipt{IDs: []string{"q6"}, State: Delivered}},
		"an error too long to be one":   {class: 4, text: "id:q8 stat:EXPIRED err:+2348031234567", want: Receipt{IDs: []string{"q8"}, State: Expired}},
	} {
		d, err := readDeliver(deliverSM, deliverBody(c.class, c.text, c.parameters))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, ok := d.receipt(newIDs())
		if diff := cmp.Diff(c.want, got); !ok || diff != "" {
			t.Errorf("%s: %v %s", name, ok, diff)
		}
	}
}

func TestATextFromAPersonIsNoReceipt(t *testing.T) {
	t.Parallel()
	for _, d := range []deliver{{text: []byte("id:1 stat:DELIVRD")}, {class: 4, text: []byte("stat:DELIVRD")}, {class: 4, text: []byte("id:" + strings.Repeat("9", maxID+1))}} {
		if r, ok := d.receipt(newIDs()); ok {
			t.Errorf("%+v", r)
		}
	}
}

func TestWhoeverIsSlowLosesTheOldestReceipts(t *testing.T) {
	t.Parallel()
	r := newReceipts(2)
	for _, id := range []string{"1", "2", "3", "4"} {
		r.put(Receipt{IDs: []string{id}})
	}
	r.end()
	var got []string
	r.handOn(t.Context(), func(_ context.Context, one Receipt) { got = append(got, one.IDs...) }, time.Minute)
	if diff := cmp.Diff([]string{"3", "4"}, got); diff != "" || r.dropped.Load() != 2 {
		t.Errorf("%d dropped %s", r.dropped.Load(), diff)
	}
}
