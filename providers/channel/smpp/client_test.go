package smpp

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestATextIsHandedOver(t *testing.T) {
	t.Parallel()
	c := new(centre)
	bubble(t, c, Options{}, func(t *testing.T, client *Client) {
		sent, err := client.Submit(t.Context(), hello)
		if diff := cmp.Diff(Sent{ID: "id-1", Segments: 1}, sent); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
	if c.heard(bindTransceiver) != 1 || c.heard(submitSM) != 1 || c.heard(unbind) != 1 {
		t.Errorf("%d binds, %d submits, %d unbinds", c.heard(bindTransceiver), c.heard(submitSM), c.heard(unbind))
	}
	if body := string(c.got[0].body); body != "whoseline\x00secret\x00\x00\x34\x00\x00\x00" {
		t.Errorf("bound with %q", body)
	}
}

func TestARefusalIsTheMessageCentresStatus(t *testing.T) {
	t.Parallel()
	for _, want := range []Status{StatusBadDestination, StatusThrottled, 0x1234} {
		c := &centre{answer: func(l *line, p pdu) {
			if p.command == submitSM {
				l.no(p, want)
				return
			}
			oblige(l, p)
		}}
		bubble(t, c, Options{}, func(t *testing.T, client *Client) {
			var got Status
			if _, err := client.Submit(t.Context(), hello); !errors.As(err, &got) || got != want || errors.Is(err, ErrUnsent) {
				t.Errorf("%v instead of %v", err, want)
			}
			if small := client.Window() < 10; small != (want == StatusThrottled) {
				t.Errorf("after %v the window is %d", want, client.Window())
			}
		})
	}
}

func TestAGenericRefusalEndsTheWait(t *testing.T) {
	t.Parallel()
	c := &centre{answer: func(l *line, p pdu) {
		if p.command == submitSM {
			l.say(pdu{command: genericNack, status: StatusUnknownCommand, seq: p.seq})
			return
		}
		oblige(l, p)
	}}
	bubble(t, c, Options{}, func(t *testing.T, client *Client) {
		var got Status
		if _, err := client.Submit(t.Context(), hello); !errors.As(err, &got) || got != StatusUnknownCommand {
			t.Error(err)
		}
	})
}

func TestWhatWasUnderWayWhenTheLineBrokeMayHaveBeenSent(t *testing.T) {
	t.Parallel()
	c := &centre{answer: func(l *line, p pdu) {
		if p.command == submitSM {
			_ = l.Close()
			return
		}
		oblige(l, p)
	}}
	bubble(t, c, Options{}, func(t *testing.T, client *Client) {
		began := time.Now()
		_, err := client.Submit(t.Context(), hello)
		if !errors.Is(err, ErrUnanswered) || time.Since(began) != 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if _, err := client.Submit(t.Context(), hello); !errors.Is(err, ErrUnsent) {
			t.Errorf("between two sessions: %v", err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := c.heard(bindTransceiver); got != 2 {
			t.Errorf("%d binds", got)
		}
	})
}

func TestAnAnswerThatNeverComesIsNotWaitedForForLong(t *testing.T) {
	t.Parallel()
	c := &centre{answer: func(l *line, p pdu) {
		if p.command != submitSM {
			oblige(l, p)
		}
	}}
	bubble(t, c, Options{Within: 7 * time.Second}, func(t *testing.T, client *Client) {
		for _, most := range []time.Duration{time.Second, time.Hour} {
			ctx, cancel := context.WithTimeout(t.Context(), most)
			began := time.Now()
			_, err := client.Submit(ctx, hello)
			if !errors.Is(err, ErrUnanswered) || time.Since(began) != min(most, 7*time.Second) {
				t.Errorf("%v after %v", err, time.Since(began))
			}
			cancel()
		}
	})
}

func TestTheWindowIsNeverOverstepped(t *testing.T) {
	t.Parallel()
	const calls, most = 20, 3
	under := make(chan pdu, calls)
	c := &centre{answer: func(l *line, p pdu) {
		if p.command == submitSM {
			under <- p
			return
		}
		oblige(l, p)
	}}
	bubble(t, c, Options{Window: most}, func(t *testing.T, client *Client) {
		var submits sync.WaitGroup
		for range calls {
			submits.Go(func() {
				if _, err := client.Submit(t.Context(), hello); err != nil {
					t.Error(err)
				}
			})
		}
		for answered := range calls {
			synctest.Wait()
			if len(under) != min(most, calls-answered) {
				t.Fatalf("%d under way", len(under))
			}
			c.line().yes(<-under, "x\x00")
		}
		submits.Wait()
	})
}

func TestEveryDeliveryIsAnswered(t *testing.T) {
	t.Parallel()
	var got []Receipt
	c := new(centre)
	o := Options{OnReceipt: func(_ context.Context, r Receipt) { got = append(got, r) }}
	bubble(t, c, o, func(t *testing.T, client *Client) {
		synctest.Wait()
		for i, body := range [][]byte{
			deliverBody(4, "id:q1 stat:DELIVRD", ""), deliverBody(0, "a text from somebody", ""), []byte("cut"), nil,
		} {
			c.line().say(pdu{command: deliverSM, seq: uint32(i), body: body})
		}
		c.line().say(pdu{command: dataSM, seq: 7, body: dataBody(4, parameter(tagReceiptedID, "q2\x00")+parameter(tagState, "\x02"))})
		c.line().say(pdu{command: dataSM, seq: 8, body: dataBody(4, parameter(tagPayload, "id:q3 stat:UNDELIV"))})
		c.line().say(pdu{command: 0x21, seq: 9})
		c.line().say(pdu{command: alert, seq: 10})
		synctest.Wait()
		if answers, unknown := c.heard(deliverSM.answer()), c.heard(genericNack); answers != 4 || unknown != 1 {
			t.Errorf("%d answers, %d refusals", answers, unknown)
		}
		if answers := c.heard(dataSM.answer()); answers != 2 {
			t.Errorf("%d answers to data_sm", answers)
		}
	})
	want := []Receipt{
		{IDs: []string{"q1"}, State: Delivered}, {IDs: []string{"q2"}, State: Delivered}, {IDs: []string{"q3"}, State: Undeliverable},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheReaderNeverWaitsForWhoeverTakesReceipts(t *testing.T) {
	t.Parallel()
	const come, kept = 50, 4
	var got []string
	var stuck chan struct{}
	c := new(centre)
	o := Options{Kept: kept, OnReceipt: func(_ context.Context, r Receipt) {
		<-stuck
		got = append(got, r.IDs...)
	}}
	bubble(t, c, o, func(t *testing.T, client *Client) {
		stuck = make(chan struct{}) // a channel of this bubble's
		synctest.Wait()
		for i := range come {
			c.line().say(pdu{command: deliverSM, seq: uint32(i), body: deliverBody(4, "id:q"+strings.Repeat("i", i)+" stat:DELIVRD", "")})
			synctest.Wait()
		}
		if _, err := client.Submit(t.Context(), hello); err != nil {
			t.Error(err)
		}
		if n := client.Dropped(); n != come-kept-1 {
			t.Errorf("%d dropped", n)
		}
		close(stuck)
	})
	if len(got) != kept+1 || got[0] != "q" || got[kept] != "q"+strings.Repeat("i", come-1) {
		t.Errorf("handed on: %v", got)
	}
}

func TestClosingWaitsForWhatIsUnderWayAndRefusesTheRest(t *testing.T) {
	t.Parallel()
	under := make(chan pdu, 1)
	c := &centre{answer: func(l *line, p pdu) {
		if p.command == submitSM {
			under <- p
			return
		}
		oblige(l, p)
	}}
	bubble(t, c, Options{}, func(t *testing.T, client *Client) {
		var submits sync.WaitGroup
		submits.Go(func() {
			if sent, err := client.Submit(t.Context(), hello); err != nil || sent.ID != "late" {
				t.Errorf("%+v %v", sent, err)
			}
		})
		waiting := <-under
		submits.Go(client.Close)
		synctest.Wait()
		if _, err := client.Submit(t.Context(), hello); !errors.Is(err, ErrUnsent) {
			t.Errorf("while closing: %v", err)
		}
		if c.heard(unbind) != 0 {
			t.Error("unbound too early")
		}
		c.line().yes(waiting, "late\x00")
		submits.Wait()
		if c.heard(unbind) != 1 {
			t.Error("not unbound")
		}
	})
}

func TestClosingTakesNoLongerThanItMayAgainstACentreThatDoesNothing(t *testing.T) {
	t.Parallel()
	c := &centre{answer: func(*line, pdu) {}}
	o := Options{Within: 3 * time.Second, OnReceipt: func(ctx context.Context, _ Receipt) { <-ctx.Done() }}
	bubble(t, c, o, func(t *testing.T, client *Client) {
		synctest.Wait()
		for i := range 20 {
			c.line().say(pdu{command: deliverSM, seq: uint32(i), body: deliverBody(4, "id:q stat:DELIVRD", "")})
		}
		var submits sync.WaitGroup
		submits.Go(func() {
			if _, err := client.Submit(t.Context(), hello); !errors.Is(err, ErrUnanswered) {
				t.Error(err)
			}
		})
		synctest.Wait()
		began := time.Now()
		client.Close()
		if took := time.Since(began); took > 9*time.Second {
			t.Errorf("it took %v", took)
		}
		submits.Wait()
	})
}

func TestALogTellsNothingPersonal(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := new(centre)
	o := Options{Addr: "smsc.example:2775", Log: slog.New(slog.NewTextHandler(&log, nil))}
	bubble(t, c, o, func(t *testing.T, client *Client) {
		if _, err := client.Submit(t.Context(), hello); err != nil {
			t.Error(err)
		}
		_ = c.line().Close()
		time.Sleep(3 * time.Second)
	})
	if text := log.String(); !strings.Contains(text, "smsc.example") || strings.Contains(text, "234803") || strings.Contains(text, "secret") || strings.Contains(text, "123456") {
		t.Error(text)
	}
}

func TestAClientThatWasNeverStartedCanBeClosed(t *testing.T) {
	t.Parallel()
	client, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	if _, err := client.Submit(t.Context(), hello); !errors.Is(err, ErrUnsent) {
		t.Error(err)
	}
}

func TestCredentialsThatCannotBeWrittenAreRefused(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{SystemID: "a\x00b"}, {Password: strings.Repeat("x", 256)}} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), "xx") {
			t.Error(err)
		}
	}
}
