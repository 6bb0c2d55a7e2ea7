package lookup

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

// lives is the table as a reader wants it: a column for each state, a row for each event. A cell says the next state, what
// happens to the money and who is told what; "-" cannot happen.
const lives = `
event                       | open                                          | awaiting_code                       | asking                                   | awaiting_source                         | found                        | not_found                        | failed
code sent                   | awaiting_code; ; answer the caller            | awaiting_code; ; answer the caller  | -                                        | -                                       | -                            | -                                | -
number unreachable          | failed; release; answer the caller            | awaiting_code; ; refuse the caller  | -                                        | -                                       | -                            | -                                | -
code not sent               | failed; release; refuse the caller            | awaiting_code; ; refuse the caller  | -                                        | -                                       | -                            | -                                | -
code confirmed              | -                                             | awaiting_source; ;                  | asking; ; refuse the caller              | awaiting_source; ; refuse the caller    | found; ; refuse the caller   | not_found; ; refuse the caller   | failed; ; refuse the caller
code wrong or burnt         | -                                             | awaiting_code; ; refuse the caller  | -                                        | -                                       | -                            | -                                | -
answered: found             | -                                             | -                                   | found; price of found; answer the caller | found; price of found; send an event    | -                            | -                                | -
answered: not found         | -                                             | -                                   | not_found; price of not found; answer the caller | not_found; price of not found; send an event | -                | -                                | -
answered: impossible number | -                                             | -                                   | failed; release; answer the caller       | failed; release; send an event          | -                            | -                                | -
nobody answered             | -                                             | -                                   | awaiting_source; ; answer the caller     | awaiting_source; ;                      | -                            | -                                | -
answer brought later        | -                                             | -                                   | asking; ; ask the source to come again   | awaiting_source; ; hear the source      | found; ; tell the source that it is late | not_found; ; tell the source that it is late | failed; ; tell the source that it is late
time over                   | -                                             | failed; release; send an event      | failed; release; refuse the caller       | failed; release; send an event          | -                            | -                                | -
consent withdrawn           | -                                             | failed; release; send an event      | -                                        | failed; release; send an event          | -                            | -                                | -
erased                      | open; ;                                       | failed; release;                    | asking; ;                                | failed; release;                        | found; ;                     | not_found; ;                     | failed; ;
caller gone                 | failed; release; refuse the caller            | -                                   | failed; release; refuse the caller       | -                                       | -                            | -                                | -
refunded                    | -                                             | -                                   | -                                        | -                                       | found; ; send an event       | not_found; ; send an event       | -
swept                       | failed; release;                              | awaiting_code; ;                    | failed; release;                         | awaiting_source; ;                      | found; ;                     | not_found; ;                     | failed; ;
`

func cells(line string) (cells []string) {
	for cell := range strings.SplitSeq(line, "|") {
		cells = append(cells, strings.TrimSpace(cell))
	}
	return cells
}

func TestEachCellOfALifeIsAsTheTableSays(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(lives), "\n")
	states, possible := cells(lines[0])[1:], 0
	for _, line := range lines[1:] {
		row := cells(line)
		for i, want := range row[1:] {
			t.Run(states[i]+", "+row[0], func(t *testing.T) {
				got := "-"
				if follows, can := state(states[i]).on(event(row[0])); can {
					possible++
					got = strings.TrimSpace(fmt.Sprintf("%s; %s; %s", follows.next, follows.charge, follows.tell))
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
	known := 0
	for _, events := range life {
		known += len(events)
	}
	if known != possible || len(life) != len(states) {
		t.Errorf("the table of the code has %d cells of %d states, the test knows %d of %d", known, len(life), possible, len(states))
	}
}

func TestALifeFailsForAReasonAndOnlyThen(t *testing.T) {
	t.Parallel()
	for from, events := range life {
		for e, follows := range events {
			told := follows.reason != "" || e == onImpossible // whose reason the source gives
			if told != (follows.next == stateFailed && from != stateFailed) {
				t.Errorf("%s, %s: %q", from, e, follows.reason)
			}
		}
	}
}

func TestTheMoneyOfALifeMovesOnceAtItsEnd(t *testing.T) {
	t.Parallel()
	for from, events := range life {
		for e, follows := range events {
			if ends := follows.ends(from); ends != (follows.charge != leave) || ends && from.status().Settled() {
				t.Errorf("%s, %s: ends %v, %q", from, e, ends, follows.charge)
			}
		}
	}
}

func TestAStateFollowsFromWhatIsStored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status models.Status
		code   bool
		want   state
	}{
		{models.StatusOpen, true, stateOpen},
		{models.StatusOpen, false, stateAsking},
		{models.StatusPending, true, stateAwaitingCode},
		{models.StatusPending, false, stateAwaitingSource},
		{models.StatusFound, false, stateFound},
		{models.StatusFound, true, stateFound},
		{models.StatusNotFound, false, stateNotFound},
		{models.StatusFailed, false, stateFailed},
		{models.StatusFailed, true, stateFailed},
	} {
		if got := stateOf(c.status, c.code); got != c.want || got.status() != c.status {
			t.Errorf("%s, code %v: %s, which is stored as %s", c.status, c.code, got, got.status())
		}
	}
}

func TestWhatCannotHappenToALookupIsOurFaultAndChangesNothing(t *testing.T) {
	outages(t, func(t *testing.T, o *outage) {
		o.pending()
		before := o.lookups()[0]
		record, err := o.unseal(before)
		if err != nil {
			t.Fatal(err)
		}
		_, err = o.finish(t.Context(), turn{Record: record, from: stateAwaitingSource, event: onCodeBurnt})
		refused(t, err, models.Internal)
		if after := o.lookups()[0]; fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%+v became %+v", before, after)
		}
		o.has(950, 50)
	})
}

// sluggish is a number that gets its code late.
type sluggish struct {
	*number
	meanwhile func()
}

func (s sluggish) Ask(ctx context.Context, p Proof) error {
	s.meanwhile()
	return s.number.Ask(ctx, p)
}

func TestALookupThatIsOvertakenWhileItsCodeGoesOutTellsItsCallerToTryAgain(t *testing.T) {
	bound(t, func(t *testing.T, o *outage, n *number) {
		o.confirmer = sluggish{n, func() {
			o.clock.pass(confirmWithin + time.Millisecond)
			if swept, err := o.till.Sweep(t.Context(), o.Abandon); swept != 1 || err != nil {
				t.Errorf("swept %d, %v", swept, err)
			}
		}}
		_, err := o.Find(t.Context(), o.query(confirming))
		refused(t, err, models.SourcesUnavailable)
		if l := o.lookups()[0]; l.Status != models.StatusFailed || l.Reason != interruptedReason {
			t.Errorf("%+v", l)
		}
		o.has(1000, 0)
		o.clean()
	})
}
