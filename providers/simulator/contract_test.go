package simulator

import (
	"strings"
	"testing"
)

func TestAContractThatSpeaksOfWhatThereIsNotIsRefused(t *testing.T) {
	t.Parallel()
	missing := route{Ask: "GET /a", Says: &answer{Do: "no.action"}, Refuse: rules{{Check: "no.check"}, {Say: "no answer"}}}
	bad := vendor{
		Routes: []route{missing, {Ask: "GET /b"}},
		Says:   map[string]answer{"found": {Choose: []choice{{Say: "no choice"}}}},
	}
	err := bad.lacks()
	for _, told := range []string{"no.action", "no.check", "no answer", "no choice", `GET /b has no answer "full"`} {
		if err == nil || !strings.Contains(err.Error(), told) {
			t.Errorf("%v does not tell of %s", err, told)
		}
	}
	for _, a := range []answer{{Recorded: "nobody.found"}, {Like: "nothing"}} {
		v := vendor{Says: map[string]answer{"found": a}}
		if v.settle() == nil {
			t.Errorf("%+v was taken", a)
		}
	}
}

func TestWhatIsLaidOverARecordedAnswerChangesOnlyThat(t *testing.T) {
	t.Parallel()
	v := vendor{Says: map[string]answer{
		"base": {Recorded: "dojah_basic.found", With: obj{"entity": obj{"first_name": "A"}}},
		"more": {Like: "base", With: obj{"entity": obj{"last_name": "B"}}},
	}}
	if err := v.settle(); err != nil {
		t.Fatal(err)
	}
	more := v.Says["more"].Body.(obj)["entity"].(obj)
	if more["first_name"] != "A" || more["last_name"] != "B" || more["nationality"] != "NGA" {
		t.Error(more)
	}
	if base := v.Says["base"].Body.(obj)["entity"].(obj); base["last_name"] != "CHHUKWU" {
		t.Error("the other answer changed", base)
	}
}
