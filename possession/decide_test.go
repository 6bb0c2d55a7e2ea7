package possession

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

// person makes a holder from words: "+" a verified number, "-" another one, "*" the default, "!" the selected one.
func person(numbers ...string) (h Holder) {
	for i, marks := range numbers {
		n := Held{ID: string(rune('a' + i)), Phone: phone("+23480000000" + string(rune('0'+i))), slot: i + 1, AddedAt: noon}
		if strings.Contains(marks, "+") || strings.Contains(marks, "*") {
			n.Channel = models.ChannelSMS
			n.VerifiedAt = noon.Add(-time.Duration(i) * time.Minute) // the later added, the earlier verified
		}
		n.Default, n.Selected = strings.Contains(marks, "*"), strings.Contains(marks, "!")
		h.Numbers = append(h.Numbers, n)
	}
	return h
}

func final(h Holder) Holder {
	h.Finalised = true
	return h
}

var (
	none  = person()
	first = person("-").Numbers[0].Phone
	fresh = phone("+2348099999999")
)

func TestWhatAddingANumberMeans(t *testing.T) {
	t.Parallel()
	full := person("-", "-", "-", "-", "-!")
	for name, c := range map[string]struct {
		holder Holder
		phone  models.Phone
		taken  bool
		policy Policy
		want   adding
		code   models.Code
	}{
		"the first one":                          {none, fresh, false, applicant, inserting, ""},
		"a fifth one":                            {person("-", "-", "-", "+!"), fresh, false, applicant, inserting, ""},
		"a sixth one":                            {full, fresh, false, applicant, nothing, models.NumberLimit},
		"an own one again":                       {person("-", "-!"), first, false, applicant, selecting, ""},
		"an own one again, with a full list":     {full, first, false, applicant, selecting, ""},
		"the selected one again":                 {person("-!"), first, false, applicant, nothing, ""},
		"an own verified one":                    {person("+", "-!"), first, false, applicant, nothing, models.NumberVerified},
		"an own verified one, to log in":         {person("+", "-!"), first, false, customer, selecting, ""},
		"somebody else's":                        {none, fresh, true, applicant, nothing, models.NumberTaken},
		"somebody else's, where that may be":     {none, fresh, true, member, inserting, ""},
		"somebody else's, with a full list":      {full, fresh, true, applicant, nothing, models.NumberTaken},
		"an own one that somebody else got":      {person("-"), first, true, applicant, nothing, models.NumberTaken},
		"anything once the numbers are final":    {final(person("+*!")), fresh, false, applicant, nothing, models.StepDisabled},
		"an own verified one once they are that": {final(person("+*!")), first, false, applicant, nothing, models.StepDisabled},
	} {
		got, err := decideAdd(c.holder, c.phone, c.taken, c.policy)
		if got != c.want || models.CodeOf(err) != c.code {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}

func TestWhereACodeMayBeSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		holder Holder
		phone  models.Phone
		policy Policy
		want   string
		code   models.Code
	}{
		"to the selected number":        {person("-", "-!"), models.Phone{}, applicant, "b", ""},
		"to a named one":                {person("-", "-!"), first, applicant, "a", ""},
		"not without a number":          {none, models.Phone{}, applicant, "", models.NumberMissing},
		"not to an unknown one":         {person("-!"), fresh, applicant, "", models.NumberMissing},
		"not to a verified one":         {person("-", "+!"), models.Phone{}, applicant, "b", models.NumberVerified},
		"to a verified one, to log in":  {person("-", "+!"), models.Phone{}, customer, "b", ""},
		"not when the numbers are such": {final(person("-!")), models.Phone{}, applicant, "a", models.StepDisabled},
	} {
		got, err := decideSend(c.holder, c.phone, c.policy)
		if got.ID != c.want || models.CodeOf(err) != c.code {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestWhichNumbersCodeMayBeChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		holder Holder
		phone  models.Phone
		want   string
		code   models.Code
	}{
		"the selected one's":      {person("-", "-!"), models.Phone{}, "b", ""},
		"a named one's":           {person("-", "-!"), first, "a", ""},
		"a verified one's":        {person("+!"), models.Phone{}, "a", ""},
		"not without a number":    {none, models.Phone{}, "", models.NumberMissing},
		"not once they are final": {final(person("-!")), first, "a", models.StepDisabled},
	} {
		got, err := decideCheck(c.holder, c.phone)
		if got.ID != c.want || models.CodeOf(err) != c.code {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestWhenANumberMayTakeTheOthersPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		holder         Holder
		phone          models.Phone
		vouched, taken bool
		policy         Policy
		want           models.Code
	}{
		"the first one":               {none, fresh, false, false, member, ""},
		"another one":                 {person("+*!"), fresh, false, false, member, ""},
		"the same one":                {person("-!"), first, false, false, member, models.Unchanged},
		"the same verified one":       {person("+*!"), first, false, false, member, models.Unchanged},
		"the same one, vouched for":   {person("-!"), first, true, false, member, ""},
		"the same, vouched for twice": {person("+*!"), first, true, false, member, models.Unchanged},
		"the same one of several":     {person("+*", "-!"), first, false, false, member, ""},
		"somebody else's":             {none, fresh, false, true, applicant, models.NumberTaken},
		"one that may be shared":      {none, fresh, false, true, member, ""},
		"any once they are final":     {final(person("+*!")), fresh, false, false, member, models.StepDisabled},
	} {
		if err := decideSet(c.holder, c.phone, c.vouched, c.taken, c.policy); models.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhichNumberMayBeTheDefaultAndWhenTheyBecomeFinal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		holder  Holder
		already bool
		code    models.Code
	}{
		"a verified one":             {person("+", "+*"), false, ""},
		"the default one":            {person("+*"), true, ""},
		"not an unverified one":      {person("-", "+*"), false, models.NumberNotVerified},
		"not an unknown one":         {none, false, models.NumberNotVerified},
		"none once they are final":   {final(person("+", "+*")), false, models.StepDisabled},
		"not even the one it is now": {final(person("+*")), false, models.StepDisabled},
	} {
		if _, already, err := decideDefault(c.holder, first); already != c.already || models.CodeOf(err) != c.code {
			t.Errorf("default, %s: %v, %v", name, already, err)
		}
	}
	for name, c := range map[string]struct {
		holder  Holder
		already bool
		code    models.Code
	}{
		"with a default":    {person("-", "+*"), false, ""},
		"a second time":     {final(person("+*")), true, ""},
		"not without one":   {person("-"), false, models.NumberNotVerified},
		"not with no phone": {none, false, models.NumberNotVerified},
	} {
		if already, err := decideFinalise(c.holder); already != c.already || models.CodeOf(err) != c.code {
			t.Errorf("finalise, %s: %v, %v", name, already, err)
		}
	}
}

func TestWhatRemovingLeaves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		holder              Holder
		phone               models.Phone
		gone                int
		selected, preferred string
		code                models.Code
	}{
		"all":                             {person("+*", "-!"), models.Phone{}, 2, "", "", ""},
		"one of two":                      {person("-", "-!"), first, 1, "b", "", ""},
		"the selected one":                {person("-!", "-", "-"), first, 1, "c", "", ""},
		"the default one":                 {person("+*!", "+", "+"), first, 1, "c", "c", ""}, // c was verified before b
		"another than the default one":    {person("-!", "+*", "+"), first, 1, "c", "b", ""},
		"one that is not there":           {person("-!"), fresh, 0, "", "", models.NumberMissing},
		"any when there is none":          {none, models.Phone{}, 0, "", "", models.NumberMissing},
		"any once the numbers are closed": {final(person("+*!")), first, 0, "", "", models.StepDisabled},
	} {
		gone, rest, err := decideRemove(c.holder, c.phone)
		selected, preferred := succession(rest)
		if len(gone) != c.gone || models.CodeOf(err) != c.code || selected != c.selected || preferred != c.preferred {
			t.Errorf("%s: %d go, %q selected, %q default, %v", name, len(gone), selected, preferred, err)
		}
	}
}

func TestWhatACodeIsGoodFor(t *testing.T) {
	t.Parallel()
	sent := func(tries int, used bool) *models.SentCode {
		c := &models.SentCode{Tries: tries, ExpiresAt: noon.Add(time.Minute)}
		if used {
			c.UsedAt = noon
		}
		return c
	}
	for name, c := range map[string]struct {
		code *models.SentCode
		at   time.Time
		want models.Code
	}{
		"never sent":             {nil, noon, models.CodeNotSent},
		"alive":                  {sent(0, false), noon, ""},
		"alive with a last try":  {sent(4, false), noon.Add(time.Minute - 1), ""},
		"burnt":                  {sent(5, false), noon, models.CodeBurnt},
		"burnt and over":         {sent(5, false), noon.Add(time.Hour), models.CodeBurnt},
		"used":                   {sent(1, true), noon, models.CodeUsed},
		"used with the last try": {sent(5, true), noon.Add(time.Hour), models.CodeUsed},
		"over on the second":     {sent(0, false), noon.Add(time.Minute), models.CodeExpired},
	} {
		if err := codeError(c.code, c.at); models.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheStrongerProofIsKept(t *testing.T) {
	t.Parallel()
	const sms, email, trust = models.ChannelSMS, models.ChannelEmail, models.ChannelTrust
	for _, c := range [][3]models.Channel{
		{"", sms, sms},
		{"", email, email},
		{email, sms, sms},
		{sms, email, sms},
		{trust, email, trust},
		{trust, sms, sms},
		{sms, trust, sms},
		{email, trust, trust},
	} {
		before := Held{Channel: c[0]}
		if c[0] != "" {
			before.VerifiedAt = noon
		}
		got := proven(before, c[1], noon.Add(time.Hour))
		if later := got.VerifiedAt.After(noon); got.Channel != c[2] || later != (c[2] != c[0]) {
			t.Errorf("%q after %q: %q at %v, want %q", c[1], c[0], got.Channel, got.VerifiedAt, c[2])
		}
	}
}

func TestALifeIsNeverLongerThanTenMinutes(t *testing.T) {
	t.Parallel()
	for life, want := range map[time.Duration]time.Duration{
		0: 5 * time.Minute, time.Minute: time.Minute, 10 * time.Minute: 10 * time.Minute, time.Hour: 10 * time.Minute, -1: 5 * time.Minute,
	} {
		if got := (Policy{Life: life}).life(); got != want {
			t.Errorf("%v: %v", life, got)
		}
	}
}

func TestEverySlotIsUsedBeforeASixth(t *testing.T) {
	t.Parallel()
	var numbers []Held
	for want := 1; want <= 6; want++ {
		if got := freeSlot(numbers); got != want {
			t.Errorf("slot %d, want %d", got, want)
		}
		numbers = append(numbers, Held{slot: want})
	}
	if got := freeSlot([]Held{{slot: 1}, {slot: 3}}); got != 2 {
		t.Errorf("the gap is not filled: %d", got)
	}
}

func TestEveryCodeIsAsLikelyAsAnyOther(t *testing.T) {
	t.Parallel()
	beyond := []byte{0xff, 0xff, 0xff, 0xff} // after the last whole million
	for _, c := range []struct {
		chance []byte
		want   string
	}{
		{[]byte{0, 0, 0, 0}, "000000"},
		{[]byte{0, 0, 0, 42}, "000042"},
		{[]byte{0, 0x0f, 0x42, 0x3f}, "999999"},
		{[]byte{0, 0x0f, 0x42, 0x40}, "000000"},
		{append(beyond, 0, 0, 0, 7), "000007"},
	} {
		if got := codeFrom(bytes.NewReader(c.chance)); got != c.want {
			t.Errorf("%x: %s, want %s", c.chance, got, c.want)
		}
	}
	const lastWhole = 4_294_000_000 // of 2^32 = 4,294,967,296
	for n, want := range map[uint32]string{lastWhole - 1: "999999", lastWhole: "000001"} {
		chance := []byte{byte(n >> 24), byte(n >> 16 & 0xff), byte(n >> 8 & 0xff), byte(n & 0xff), 0, 0, 0, 1}
		if got := codeFrom(bytes.NewReader(chance)); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	var counts [10]int
	for range 60_000 {
		for _, digit := range RandomCode() {
			counts[digit-'0']++
		}
	}
	for digit, n := range counts { // 36,000 expected, deviation about 180: ten of them never happen
		if n < 34_200 || n > 37_800 {
			t.Errorf("digit %d came %d times", digit, n)
		}
	}
}
