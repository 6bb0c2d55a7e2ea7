package possession

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"whoseline/models"
	"whoseline/settings"
)

// book is what a subject should be, kept in the plainest way. Its rules are written down a second time on purpose.
type book struct {
	numbers  []*line
	selected *line
	main     *line
	final    bool
	seq      int64
	sends    map[models.Phone][]time.Time
}

type line struct {
	phone    models.Phone
	verified bool
	code     *slip
}

type slip struct {
	text    string
	wrong   int
	used    bool
	expires time.Time
}

func (b *book) line(p models.Phone) *line {
	for _, l := range b.numbers {
		if l.phone == p {
			return l
		}
	}
	return nil
}

func (b *book) enter(p models.Phone) models.Code {
	l := b.line(p)
	switch {
	case b.final:
		return models.StepDisabled
	case l != nil && l.verified:
		return models.NumberVerified
	case l == nil && len(b.numbers) == 5:
		return models.NumberLimit
	case l == nil:
		l = &line{phone: p}
		b.numbers, b.seq = append(b.numbers, l), b.seq+1
	}
	b.selected = l
	return ""
}

func (b *book) mayReceive(l *line) models.Code {
	switch {
	case b.final:
		return models.StepDisabled
	case l == nil:
		return models.NumberMissing
	case l.verified:
		return models.NumberVerified
	}
	return ""
}

// limited tells whether three messages went to the number in the last ten minutes, and writes one down if not.
func (b *book) limited(p models.Phone, now time.Time) bool {
	sent := slices.DeleteFunc(b.sends[p], func(at time.Time) bool { return now.Sub(at) >= 10*time.Minute })
	if len(sent) == 3 {
		return true
	}
	b.sends[p] = append(sent, now)
	return false
}

// receive says which code has to have been sent: "" for a new one.
func (l *line) receive(now time.Time) string {
	if c := l.code; c != nil && !c.used && c.wrong < 5 && now.Before(c.expires) {
		return c.text
	}
	return ""
}

func (b *book) check(l *line, text string, now time.Time) models.Code {
	switch {
	case b.final:
		return models.StepDisabled
	case l == nil:
		return models.NumberMissing
	case l.code == nil:
		return models.CodeNotSent
	case l.code.used:
		return models.CodeUsed
	case l.code.wrong == 5:
		return models.CodeBurnt
	case !now.Before(l.code.expires):
		return models.CodeExpired
	case text == noCode:
		return models.CodeWrong
	case l.code.text != text:
		l.code.wrong++
		return models.CodeWrong
	}
	l.code.used, l.verified, b.seq = true, true, b.seq+1
	if b.main == nil {
		b.main = l
	}
	return ""
}

// walk is one subject of one business, and its book.
type walk struct {
	*house
	book
	t   *rapid.T
	who Who
}

func (w *walk) expect(doing string, err error, want models.Code) bool {
	if got := models.CodeOf(err); got != want {
		w.t.Fatalf("%s: got %q (%v), want %q", doing, got, err, want)
	}
	return want == ""
}

func (w *walk) phone() models.Phone {
	return phone(fmt.Sprintf("+234801000000%d", rapid.IntRange(1, 7).Draw(w.t, "phone")))
}

func (w *walk) doAdd() {
	p := w.phone()
	_, err := w.Add(w.house.t.Context(), AddNumber{Who: w.who, Policy: member, Phone: p})
	w.expect("add", err, w.enter(p))
}

func (w *walk) doSend() {
	now, want := w.clock.now(), w.mayReceive(w.selected)
	if want == "" && w.limited(w.selected.phone, now) {
		want = models.TooManySends
	}
	sent, err := w.Send(w.house.t.Context(), SendCode{Who: w.who, Policy: member})
	if w.expect("send", err, want) {
		w.seq++
		w.arrive(w.selected, sent, w.selected.receive(now))
	}
}

func (w *walk) arrive(l *line, sent Sent, same string) {
	code := w.net.last().Code
	if same != "" && code != same || sent.Repeated != (same != "") {
		w.t.Fatalf("sent %s (again: %v), want %q", code, sent.Repeated, same)
	}
	if same == "" {
		l.code = &slip{text: code, expires: w.clock.now().Add(member.life())}
	}
}

func (w *walk) doSet() {
	p, now, want := w.phone(), w.clock.now(), models.Code("")
	one := w.main
	if one == nil {
		one = w.selected
	}
	switch {
	case w.final:
		want = models.StepDisabled
	case one != nil && one.phone == p && len(w.numbers) == 1:
		want = models.Unchanged
	case w.limited(p, now):
		want = models.TooManySends
	}
	sent, err := w.Set(w.house.t.Context(), SetNumber{SendCode: SendCode{Who: w.who, Policy: member, Phone: p}})
	if w.expect("set", err, want) {
		l := &line{phone: p}
		w.numbers, w.selected, w.main, w.seq = []*line{l}, l, nil, w.seq+1
		w.arrive(l, sent, "")
	}
}

// noCode is not six digits: it is wrong and costs no try.
const noCode = "no code"

// doCheck types what change makes of the code that was sent.
func (w *walk) doCheck(change func(code string) string) {
	text := noCode
	if w.selected != nil && w.selected.code != nil {
		text = change(w.selected.code.text)
	}
	_, err := w.Check(w.house.t.Context(), CheckCode{Who: w.who, Policy: member, Code: text})
	w.expect("check", err, w.check(w.selected, text, w.clock.now()))
}

func (w *walk) doDefault() {
	p, want := w.phone(), models.Code("")
	l := w.line(p)
	switch {
	case w.final:
		want = models.StepDisabled
	case l == nil || !l.verified:
		want = models.NumberNotVerified
	}
	_, err := w.SetDefault(w.house.t.Context(), w.who, p)
	if w.expect("default", err, want) && w.main != l {
		w.main, w.seq = l, w.seq+1
	}
}

func (w *walk) doFinalise() {
	want := models.Code("")
	if w.main == nil {
		want = models.NumberNotVerified
	}
	_, err := w.Finalise(w.house.t.Context(), w.who)
	if w.expect("finalise", err, want) && !w.final {
		w.final, w.seq = true, w.seq+1
	}
}

func (w *walk) doRemoveAll() {
	want := models.Code("")
	switch {
	case w.final:
		want = models.StepDisabled
	case len(w.numbers) == 0:
		want = models.NumberMissing
	}
	_, err := w.Remove(w.house.t.Context(), w.who, models.Phone{})
	if w.expect("remove", err, want) {
		w.numbers, w.selected, w.main, w.seq = nil, nil, nil, w.seq+1
	}
}

// same compares what is stored with the book.
func (w *walk) same() {
	h, err := w.Get(w.house.t.Context(), w.who)
	if err != nil {
		w.t.Fatal(err)
	}
	type number struct {
		Phone                       string
		Verified, Selected, Default bool
	}
	var got, want []number
	for _, n := range h.Numbers {
		got = append(got, number{n.Phone.Digits(), n.Verified(), n.Selected, n.Default})
	}
	for _, l := range w.numbers {
		want = append(want, number{l.phone.Digits(), l.verified, l == w.selected, l == w.main})
	}
	if diff := cmp.Diff(want, got); diff != "" || h.Finalised != w.final || h.Details.Sequence != w.seq {
		w.t.Fatalf("final %v, want %v; sequence %d, want %d; numbers:\n%s", h.Finalised, w.final, h.Details.Sequence, w.seq, diff)
	}
}

func TestRandomOperationsGoByTheBook(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.limits.PerSubject = settings.Cap{}
		round := 0
		rapid.Check(t, func(t *rapid.T) {
			round++
			w := &walk{house: h, book: book{sends: map[models.Phone][]time.Time{}}, t: t, who: Who{BusinessID: fmt.Sprint("shop-", round), Subject: "ada"}}
			if _, err := h.Open(h.t.Context(), Opening{Who: w.who}); err != nil {
				t.Fatal(err)
			}
			t.Repeat(map[string]func(*rapid.T){
				"add":          func(*rapid.T) { w.doAdd() },
				"add another":  func(*rapid.T) { w.doAdd() },
				"send":         func(*rapid.T) { w.doSend() },
				"send again":   func(*rapid.T) { w.doSend() },
				"right code":   func(*rapid.T) { w.doCheck(func(code string) string { return code }) },
				"wrong code":   func(*rapid.T) { w.doCheck(other) },
				"wrong again":  func(*rapid.T) { w.doCheck(other) },
				"no code":      func(*rapid.T) { w.doCheck(func(string) string { return noCode }) },
				"set":          func(*rapid.T) { w.doSet() },
				"default":      func(*rapid.T) { w.doDefault() },
				"remove":       func(*rapid.T) { w.doRemoveAll() },
				"let time go":  func(t *rapid.T) { h.clock.pass(time.Duration(rapid.IntRange(1, 360).Draw(t, "seconds")) * time.Second) },
				"finalise now": func(t *rapid.T) { w.maybeFinalise(rapid.IntRange(0, 9).Draw(t, "dice")) },
				"":             func(*rapid.T) { w.same() },
			})
		})
	})
}

// maybeFinalise finalises now and then: afterwards little can happen.
func (w *walk) maybeFinalise(dice int) {
	if dice == 0 || w.main == nil {
		w.doFinalise()
	}
}
