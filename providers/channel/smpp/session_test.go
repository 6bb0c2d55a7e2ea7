package smpp

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheLineIsTriedFromBothSides(t *testing.T) {
	t.Parallel()
	c := new(centre)
	bubble(t, c, Options{}, func(t *testing.T, client *Client) {
		time.Sleep(95 * time.Second)
		synctest.Wait()
		if got := c.heard(enquireLink); got != 3 {
			t.Errorf("asked %d times in 95 s", got)
		}
		c.line().say(pdu{command: enquireLink, seq: 77})
		synctest.Wait()
		if got := c.heard(enquireLink.answer()); got != 1 {
			t.Errorf("answered %d times", got)
		}
		if len(c.dials) != 1 {
			t.Errorf("dialled %d times", len(c.dials))
		}
	})
}

func TestASilentLineIsGivenUp(t *testing.T) {
	t.Parallel()
	c := &centre{answer: func(l *line, p pdu) {
		if p.command == unbind {
			oblige(l, p)
		}
	}}
	bubble(t, c, Options{}, func(t *testing.T, client *Client) {
		time.Sleep(42 * time.Second) // 30 s until it is asked, 10 s for an answer, 1 s of pause
		synctest.Wait()
		if len(c.dials) != 2 {
			t.Errorf("dialled %d times", len(c.dials))
		}
	})
}

func TestReconnectsSlowDown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuse Status
		want   []time.Duration
	}{
		"a centre that is ill":          {StatusSystemError, []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute}},
		"a centre that knows us not":    {StatusBadPassword, []time.Duration{5 * time.Minute, 5 * time.Minute}},
		"a system id that is unknown":   {StatusBadSystemID, []time.Duration{5 * time.Minute}},
		"a bind that fails for reasons": {StatusBindFailed, []time.Duration{5 * time.Minute}},
	} {
		far := &centre{refuse: c.refuse}
		bubble(t, far, Options{}, func(t *testing.T, client *Client) {
			var status Status
			_, err := client.Submit(t.Context(), hello)
			if !errors.Is(err, ErrUnsent) || !errors.As(err, &status) || status != c.refuse {
				t.Errorf("%s: %v", name, err)
			}
			for _, d := range c.want {
				time.Sleep(d)
			}
			synctest.Wait()
			var got []time.Duration
			for i := range len(far.dials) - 1 {
				got = append(got, far.dials[i+1].Sub(far.dials[i]))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		})
	}
}

func TestAnUnbindFromTheOtherSideIsAnsweredAndANewSessionMade(t *testing.T) {
	t.Parallel()
	c := new(centre)
	bubble(t, c, Options{}, func(t *testing.T, client *Client) {
		synctest.Wait()
		c.line().say(pdu{command: unbind, seq: 5})
		synctest.Wait()
		if c.heard(unbind.answer()) != 1 {
			t.Error("not answered")
		}
		time.Sleep(2 * time.Second)
		if _, err := client.Submit(t.Context(), hello); err != nil {
			t.Error(err)
		}
	})
}
