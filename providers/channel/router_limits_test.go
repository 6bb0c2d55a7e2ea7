package channel

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/possession"
	"whoseline/providers/gate"
)

func TestACarrierThatFailsIsLeftAloneUntilItRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ill := flies(possession.ProviderDown, possession.Timeout, possession.ProviderDown, possession.ProviderDown, possession.ProviderDown, possession.Accepted)
		r := sendRouter(sms("ill", ill), sms("well", flies(possession.Accepted)))
		for range 5 {
			r.Send(t.Context(), letter("+2348031234500"))
		}
		if turns := turnsOf(r.Send(t.Context(), letter("+2348031234500"))); turns != "ill skipped breaker_open, well accepted 42" || ill.times() != 5 {
			t.Errorf("open: %s", turns)
		}
		time.Sleep(gate.BreakerPause + time.Millisecond)
		if turns := turnsOf(r.Send(t.Context(), letter("+2348031234500"))); turns != "ill accepted 42" {
			t.Errorf("after the pause: %s", turns)
		}
		only := sendRouter(sms("ill", flies(possession.ProviderDown)))
		for range 6 {
			r.Send(t.Context(), letter("+2348031234500"))
			if got := only.Send(t.Context(), letter("+2348031234500")); got.Outcome != possession.ProviderDown {
				t.Errorf("%+v", got)
			}
		}
	})
}

func TestWrongNumbersOpenNoBreaker(t *testing.T) {
	t.Parallel()
	for _, outcome := range []possession.Outcome{possession.InvalidNumber, possession.Blocked, possession.NotOnChannel, possession.SenderRejected} {
		p := flies(outcome)
		r := sendRouter(sms("a", p))
		for range 20 {
			r.Send(t.Context(), letter("+2348031234500"))
		}
		if p.times() != 20 {
			t.Errorf("%s: %d turns of 20", outcome, p.times())
		}
	}
}

func TestACarrierThatIsTooBusyOrOutOfMoneyIsPassedOverForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			outcome possession.Outcome
			asks    time.Duration
			pause   time.Duration
		}{
			{possession.RateLimited, 0, time.Second},
			{possession.RateLimited, 7 * time.Second, 7 * time.Second},
			{possession.RateLimited, 24 * time.Hour, longestPause},
			{possession.WalletEmpty, 0, time.Minute},
			{possession.Credentials, 0, time.Minute},
		} {
			p := flies(c.outcome)
			p.after = c.asks
			r := sendRouter(sms("a", p), sms("b", flies(possession.Accepted)))
			send := func() string { return turnsOf(r.Send(t.Context(), letter("+2348031234500"))) }
			send()
			time.Sleep(c.pause - time.Millisecond)
			if got := send(); got != "a skipped paused, b accepted 42" {
				t.Errorf("%s within %s: %s", c.outcome, c.pause, got)
			}
			time.Sleep(time.Millisecond)
			if send(); p.times() != 2 {
				t.Errorf("%s after %s: %d turns", c.outcome, c.pause, p.times())
			}
		}
	})
}

func TestACarrierHasNoMoreMessagesAtATimeThanItMay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := flies(possession.Accepted)
		slow.flight = 500 * time.Millisecond
		r := NewRouter(Options{Carriers: []Carrier{sms("a", slow)}, Limits: gate.Limits{Timeout: time.Second, MaxInflight: 2}, BulkheadWait: 100 * time.Millisecond})
		outcomes := make(chan string, 3)
		for range 3 {
			go func() { outcomes <- turnsOf(r.Send(t.Context(), letter("+2348031234500"))) }()
		}
		synctest.Wait()
		got := map[string]int{<-outcomes: 1}
		got[<-outcomes]++
		got[<-outcomes]++
		if diff := cmp.Diff(map[string]int{"a skipped busy": 1, "a accepted 42": 2}, got); diff != "" {
			t.Error(diff)
		}
		own := sms("a", flies(possession.Accepted))
		own.Limits.Rate = 1
		r = sendRouter(own)
		if first, second := turnsOf(r.Send(t.Context(), letter("+2348031234500"))), turnsOf(r.Send(t.Context(), letter("+2348031234500"))); first != "a accepted 42" || second != "a skipped busy" {
			t.Errorf("one a second: %s, %s", first, second)
		}
	})
}

func TestACarrierThatPanicsIsOneThatMayHaveSent(t *testing.T) {
	t.Parallel()
	bad := flies()
	bad.panics = "686330 to +2348031234500"
	r := NewRouter(Options{Carriers: []Carrier{sms("bad", bad), sms("good", flies(possession.Accepted))}, Limits: gate.Limits{Timeout: 4 * time.Second, MaxInflight: 1}})
	for range 3 {
		got := r.Send(t.Context(), letter("+2348031234500"))
		if turns := turnsOf(got); turns != "bad timeout, good accepted 42" {
			t.Fatal(turns)
		}
	}
}
