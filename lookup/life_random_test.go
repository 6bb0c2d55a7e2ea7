package lookup

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"whoseline/models"
)

// bazaar is a far side shared by two gateways, of which any may do anything while the other waits for an answer. It keeps
// count of what it is paid for.
type bazaar struct {
	o        *owing
	gateways []*Service
	script   []byte // what will happen; nothing more when it is over
	deep     int    // how many questions are under way
	nested   int    // how many steps

	began   time.Time // the outermost question
	lapsed  bool      // questions took so long that a lease was over
	refs    map[string]models.Outcome
	firsts  int // paid answers
	seconds int
	wrong   []string
}

func newBazaar(o *owing) *bazaar {
	b := &bazaar{o: o, gateways: []*Service{o.Service, o.another()}}
	o.leasePause = time.Microsecond
	for _, s := range b.gateways { // a lease begins with a new id, and what it is for was looked at before
		next := s.world.NewID
		s.world.NewID = func() string {
			b.others()
			return next()
		}
	}
	o.live.say = b.owners
	o.debtor.say = b.poll
	return b
}

// pick reads a choice off the script.
func (b *bazaar) pick(of int) int {
	if len(b.script) == 0 {
		return 0
	}
	next := int(b.script[0])
	b.script = b.script[1:]
	return next % of
}

// opens starts with one new lookup.
func (b *bazaar) opens(t *rapid.T) {
	b.refs, b.firsts, b.seconds, b.lapsed, b.wrong = map[string]models.Outcome{}, 0, 0, false, nil
	b.script = rapid.SliceOfN(rapid.ByteRange(0, 59), 80, 200).Draw(t, "script")
	_, err := b.o.Find(context.Background(), b.o.query(func(q *Query) {
		q.CrossCheck, q.Confirm = rapid.Bool().Draw(t, "checked"), rapid.Bool().Draw(t, "bound")
	}))
	b.only(err, models.SourcesUnavailable) // the sweeper was faster
}

// meanwhile lets things happen while a source takes its time. Nobody else may ask then.
func (b *bazaar) meanwhile() {
	if b.deep > 0 && !b.lapsed {
		b.wrong = append(b.wrong, "two ask at once")
	}
	if b.deep == 0 {
		b.began = b.o.clock.now()
	}
	b.deep++
	b.others()
	b.deep--
}

// others do a few things, unless they are in the middle of many.
func (b *bazaar) others() {
	if b.nested > 2 {
		return
	}
	b.nested++
	for range b.pick(3) {
		b.step()
	}
	b.nested--
}

func (b *bazaar) owners(q Question) Finding {
	b.meanwhile()
	says := []string{"down", "found", "owes"}[b.pick(3)]
	second := len(q.Exclude) > 0
	switch {
	case says == "found" && second:
		b.seconds++
		return Finding{Outcome: models.OutcomeFound, Source: "b", Owners: []models.Owner{ngozi}}
	case says == "found":
		b.firsts++
		return found(ngozi)(q)
	case says == "owes" && !second:
		ref := fmt.Sprint("r-", len(b.refs)+1, "-", q.LookupID)
		b.refs[ref] = models.OutcomePending
		return owes(ref)(q)
	}
	return down(q)
}

func (b *bazaar) poll(_, ref string, _ Question) Finding {
	b.meanwhile()
	return b.told(ref)
}

// told is what the source says of an answer that it owes.
func (b *bazaar) told(ref string) Finding {
	f := Finding{Outcome: b.refs[ref]}
	if f.Outcome == models.OutcomeFound {
		f = ngozis
	}
	return f
}

var steps = []string{"time", "time", "resume", "resume", "resume", "ends", "brings", "brings", "confirm", "sweep"}

// step is one thing that happens, in any gateway.
func (b *bazaar) step() {
	s := b.gateways[b.pick(len(b.gateways))]
	switch step := steps[b.pick(len(steps))]; step {
	case "resume":
		_, err := s.RetryDue(context.Background())
		b.only(err)
	case "sweep":
		_, err := b.o.till.Sweep(context.Background(), b.o.Abandon)
		b.only(err)
	case "ends", "brings":
		b.promise(s, step)
	case "confirm":
		l := b.last()
		_, err := s.Confirm(context.Background(), Answering{BusinessID: l.BusinessID, LookupID: l.ID}, rightCode)
		b.only(err, models.Conflict, models.CodeExpired, models.InProgress, models.NotFound)
	case "time":
		b.o.clock.pass([]time.Duration{time.Millisecond, time.Second, 10 * time.Second, time.Minute}[b.pick(4)])
		b.lapsed = b.lapsed || b.deep > 0 && b.o.clock.now().Sub(b.began) >= b.o.leaseTime
	}
}

// promise has the source make up its mind about an answer that it owes, or bring the gateway what has become of one.
func (b *bazaar) promise(s *Service, step string) {
	if len(b.refs) == 0 {
		return
	}
	refs := make([]string, 0, len(b.refs))
	for ref := range b.refs {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	ref := refs[b.pick(len(refs))]
	if step == "brings" {
		_, err := s.Complete(context.Background(), brings(ref, b.told(ref)))
		b.only(err, models.Busy)
		return
	}
	if b.refs[ref] != models.OutcomePending {
		return
	}
	b.refs[ref] = []models.Outcome{models.OutcomeFound, models.OutcomeNotApplicable}[b.pick(2)]
	if b.refs[ref] == models.OutcomeFound {
		b.firsts++
	}
}

func (b *bazaar) last() models.Lookup {
	var l models.Lookup
	b.only(b.o.db.Gorm.Order("id DESC").Limit(1).Find(&l).Error)
	return l
}

// only takes note of an error that is none of those.
func (b *bazaar) only(err error, fine ...models.Code) {
	if code := models.CodeOf(err); err != nil && !slices.Contains(fine, code) {
		b.wrong = append(b.wrong, err.Error())
	}
}

// closes ends the lookup, whatever it still waits for, and looks at the bill.
func (b *bazaar) closes(t *rapid.T) {
	b.o.clock.pass(25 * time.Hour)
	if _, err := b.o.RetryDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	l := b.last()
	seconds := 0
	if r, err := b.o.Get(context.Background(), l.BusinessID, l.Sandbox, l.ID); err != nil {
		t.Fatal(err)
	} else if r.Asked.CrossCheck {
		seconds = 1
	}
	switch {
	case len(b.wrong) > 0:
		t.Fatal(b.wrong)
	case !l.Status.Settled() || b.o.leases() != 0:
		t.Fatalf("%s, %d leases are left", l.Status, b.o.leases())
	case !b.lapsed && (b.firsts > 1 || b.seconds > seconds):
		t.Fatalf("paid for %d answers and %d second ones, charged %d", b.firsts, b.seconds, l.Charged)
	case b.firsts == 0 && l.Charged > 0:
		t.Fatalf("charged %d for nothing", l.Charged)
	}
}

func TestOneAnswerIsPaidForWhateverTwoGatewaysDoMeanwhile(t *testing.T) {
	owings(t, func(t *testing.T, o *owing) {
		if _, err := o.till.TopUp(t.Context(), "shop", "more", 1_000_000); err != nil {
			t.Fatal(err)
		}
		o.confirmer = generous{}
		b := newBazaar(o)
		lapsed := 0
		rapid.Check(t, func(t *rapid.T) {
			b.opens(t)
			for len(b.script) > 0 {
				b.step()
			}
			if b.lapsed {
				lapsed++
			}
			b.closes(t)
		})
		t.Logf("leases were over in %d", lapsed)
		o.clean()
	})
}

// generous is a confirmer that takes every code for right.
type generous struct{}

func (generous) Ask(context.Context, Proof) error           { return nil }
func (generous) Check(context.Context, Proof, string) error { return nil }
func (generous) Forget(context.Context, Proof) error        { return nil }
