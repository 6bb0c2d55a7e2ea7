package channel

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// pigeon is a carrier whose turns are scripted: one outcome after the other, then the last for ever.
type pigeon struct {
	mu       sync.Mutex
	outcomes []possession.Outcome
	flight   time.Duration
	carried  []possession.Message
	after    time.Duration // it asks to be left alone
	panics   any
}

func (p *pigeon) Send(ctx context.Context, m possession.Message) possession.Delivery {
	if p.panics != nil {
		panic(p.panics)
	}
	if p.flight > 0 && gate.Sleep(ctx, p.flight) != nil {
		return possession.Delivery{Outcome: possession.Timeout}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.carried = append(p.carried, m)
	outcome := p.outcomes[min(len(p.carried), len(p.outcomes))-1]
	return possession.Delivery{Outcome: outcome, Reference: "ref", Why: "42", RetryAfter: p.after}
}

func (p *pigeon) times() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.carried)
}

func flies(outcomes ...possession.Outcome) *pigeon { return &pigeon{outcomes: outcomes} }

func sms(name string, p *pigeon) Carrier {
	return Carrier{Name: name, Kinds: []models.Channel{models.ChannelSMS}, Sender: p}
}

func whatsApp(name string, p *pigeon) Carrier {
	return Carrier{Name: name, Kinds: []models.Channel{models.ChannelWhatsApp}, Sender: p}
}

func sendRouter(list ...Carrier) *Router {
	return NewRouter(Options{Carriers: list, Limits: gate.Limits{Timeout: time.Second, MaxInflight: 64}, BulkheadWait: 50 * time.Millisecond, Chance: calm})
}

// turns gives carrier and outcome of each try.
func turnsOf(d possession.Delivery) string {
	var steps []string
	for _, try := range d.Tries {
		steps = append(steps, strings.TrimSuffix(try.Provider+" "+try.Outcome+" "+try.Why, " "))
	}
	return strings.Join(steps, ", ")
}

func TestWhatFollowsFromEachOutcomeOfACarrier(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[possession.Outcome]struct {
		next    string // who gets the next turns
		outcome possession.Outcome
	}{
		possession.Accepted:       {"", possession.Accepted},
		possession.InvalidNumber:  {"whatsapp", possession.InvalidNumber},
		possession.Blocked:        {"whatsapp", possession.Blocked},
		possession.NotOnChannel:   {"second whatsapp", possession.NotOnChannel},
		possession.SenderRejected: {"second whatsapp", possession.SenderRejected},
		possession.WalletEmpty:    {"second whatsapp", possession.WalletEmpty},
		possession.Credentials:    {"second whatsapp", possession.Credentials},
		possession.RateLimited:    {"second whatsapp", possession.RateLimited},
		possession.ProviderDown:   {"second whatsapp", possession.ProviderDown},
		possession.Timeout:        {"second whatsapp", possession.Timeout},
		possession.NoChannel:      {"second whatsapp", possession.Timeout}, // no carrier may say so
		"pigeon shot":             {"second whatsapp", possession.Timeout},
	} {
		got := sendRouter(
			sms("first", flies(outcome)), sms("second", flies(possession.ProviderDown)), whatsApp("whatsapp", flies(possession.ProviderDown)),
		).Send(t.Context(), letter("+2348031234500"))
		var next []string
		for _, try := range got.Tries[1:] {
			next = append(next, try.Provider)
		}
		if strings.Join(next, " ") != want.next || got.Outcome != want.outcome || got.Provider != "first" && outcome != possession.ProviderDown {
			t.Errorf("%s: next %v, reported %s by %s", outcome, next, got.Outcome, got.Provider)
		}
		if rules[outcome] == (rule{}) && outcome != possession.NoChannel && outcome != "pigeon shot" {
			t.Errorf("%s has no rule", outcome)
		}
	}
}

func TestTheFirstToTakeAMessageEndsItAndEveryTurnIsTold(t *testing.T) {
	t.Parallel()
	last := flies(possession.Accepted)
	got := sendRouter(
		sms("a", flies(possession.Timeout)), sms("b", flies(possession.WalletEmpty)), sms("c", flies(possession.Accepted)), sms("d", last),
	).Send(t.Context(), letter("+2348031234500"))
	if got.Outcome != possession.Accepted || got.Provider != "c" || got.Reference != "ref" || last.times() != 0 {
		t.Errorf("%+v", got)
	}
	if turns := turnsOf(got); turns != "a timeout 42, b wallet_empty 42, c accepted 42" {
		t.Error(turns)
	}
}

func TestABusinessHasItsOwnOrder(t *testing.T) {
	t.Parallel()
	for wanted, want := range map[string]string{
		"":           "a rate_limited 42, b rate_limited 42, c rate_limited 42",
		"c b":        "c rate_limited 42, b rate_limited 42",
		"c pigeon a": "c rate_limited 42, a rate_limited 42",
		"pigeon":     "",
	} {
		r := NewRouter(Options{
			Carriers: []Carrier{sms("a", flies(possession.RateLimited)), sms("b", flies(possession.RateLimited)), sms("c", flies(possession.RateLimited))},
			Limits:   gate.Limits{Timeout: time.Second, MaxInflight: 64},
		})
		m := letter("+2348031234500")
		m.Carriers = strings.Fields(wanted)
		got := r.Send(t.Context(), m)
		if turns := turnsOf(got); turns != want || want == "" && got.Outcome != possession.NoChannel {
			t.Errorf("%q: %s, %s", wanted, got.Outcome, turns)
		}
	}
}

func TestAMessageTravelsOnlyByWhatItWasMeantFor(t *testing.T) {
	t.Parallel()
	mail := flies(possession.Accepted)
	r := sendRouter(sms("text", flies(possession.ProviderDown)), whatsApp("chat", flies(possession.ProviderDown)),
		Carrier{Name: "mail", Kinds: []models.Channel{models.ChannelEmail}, Sender: mail})
	for channel, want := range map[models.Channel]string{
		models.ChannelSMS: "text provider_down 42, chat provider_down 42", models.ChannelWhatsApp: "chat provider_down 42",
		models.ChannelEmail: "mail accepted 42", models.ChannelTrust: "",
	} {
		m := letter("+2348031234500")
		m.Channel = channel
		got := r.Send(t.Context(), m)
		if turns := turnsOf(got); turns != want || want == "" && got.Outcome != possession.NoChannel {
			t.Errorf("%s: %s, %s", channel, got.Outcome, turns)
		}
	}
	if got := mail.carried[0].Channel; got != models.ChannelEmail {
		t.Errorf("carried as %s", got)
	}
	if got := sendRouter().Send(t.Context(), letter("+2348031234500")); got.Outcome != possession.NoChannel || got.Outcome.Gone() {
		t.Errorf("nobody: %+v", got)
	}
}

// A turn over one channel says nothing about which the next may take.
func TestAMessageMayReturnToTextMessagesAfterWhatsApp(t *testing.T) {
	t.Parallel()
	last := flies(possession.Accepted)
	router := sendRouter(whatsApp("whatsapp", flies(possession.NotOnChannel)), sms("termii", last))
	got := router.Send(t.Context(), letter("+2348031234500"))
	if got.Outcome != possession.Accepted || last.times() != 1 || last.carried[0].Channel != models.ChannelSMS {
		t.Errorf("%s, %+v", turnsOf(got), last.carried)
	}
}

func TestAChannelThatIsClosedStaysSoWhateverCameBetween(t *testing.T) {
	t.Parallel()
	again := flies(possession.Accepted)
	router := sendRouter(
		sms("termii", flies(possession.Blocked)), whatsApp("whatsapp", flies(possession.NotOnChannel)), sms("twilio", again),
	)
	got := router.Send(t.Context(), letter("+2348031234500"))
	if got.Outcome != possession.Blocked || again.times() != 0 {
		t.Errorf("%s: %s", got.Outcome, turnsOf(got))
	}
}

func TestASlowCarrierHasItsTimeAndTheNextItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := flies(possession.Accepted)
		slow.flight = time.Hour
		start := time.Now()
		got := sendRouter(sms("slow", slow), sms("next", flies(possession.Accepted))).Send(t.Context(), letter("+2348031234500"))
		if turns := turnsOf(got); turns != "slow timeout, next accepted 42" || time.Since(start) != time.Second || got.Tries[0].Millis != 1000 {
			t.Errorf("%s after %s", turns, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		got = sendRouter(sms("a", slow), sms("b", slow), sms("c", slow)).Send(ctx, letter("+2348031234500"))
		if turns := turnsOf(got); turns != "a timeout, b timeout" || !got.Outcome.Gone() {
			t.Errorf("when the time of all is over: %s, %s", got.Outcome, turns)
		}
	})
}

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

func TestTheMetricsOfChannelsNameNobody(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	r := sendRouter(sms("a", flies(possession.ProviderDown)), sms("b", flies(possession.Accepted)))
	r.Register(registry)
	r.Send(t.Context(), letter("+2348031234500"))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			if counted := m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount()); counted > 0 {
				got[name] = counted
			}
		}
	}
	want := map[string]float64{
		"whoseline_channel_outcomes_total provider_down a": 1, "whoseline_channel_outcomes_total accepted b": 1,
		"whoseline_channel_attempt_duration_seconds a": 1, "whoseline_channel_attempt_duration_seconds b": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheRealChannelsFallBackInOrder(t *testing.T) {
	t.Parallel()
	sim, accounts := texting(t)
	for digit, want := range map[string]string{
		"0": "whatsapp accepted",
		"1": "whatsapp not_on_channel 131026, twilio not_on_channel 21408, africastalking not_on_channel 404, termii sender_rejected HTTP 400",
		"2": "whatsapp not_on_channel 131026, twilio invalid_number 21211",
		"3": "whatsapp provider_down 2, twilio provider_down 20503, africastalking provider_down 501, termii provider_down HTTP 503",
		"9": "whatsapp timeout, twilio timeout, africastalking timeout, termii timeout",
	} {
		r := sendRouter(carrying(t, accounts, "whatsapp", "twilio", "africastalking", "termii")...)
		if got := turnsOf(r.Send(t.Context(), letter("+23480312345"+"0"+digit))); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", digit, got, want)
		}
	}
	if n := len(sim.Texts("", "")); n != 1 {
		t.Errorf("%d messages were accepted", n)
	}
}

// scrap is a reader of receipts that finds the same in every mail.
type scrap []possession.DeliveryReport

func (s scrap) Read(ReportRequest) (Reported, error) { return Reported{Receipts: s}, nil }

func TestAReceiptThatNobodyUnderstandsIsCounted(t *testing.T) {
	t.Parallel()
	carrier := sms("first", flies(possession.Accepted))
	carrier.Reports = scrap{
		{Provider: "first", Reference: "1", State: models.DeliveryUnknown}, {Provider: "first", Reference: "2", State: models.DeliveryDelivered},
	}
	r := sendRouter(carrier)
	registry := prometheus.NewRegistry()
	r.Register(registry)
	if got := unclear(t, registry); got != 0 {
		t.Errorf("%v before anything came", got)
	}
	reader, _ := r.Reader("first")
	if told, err := reader.Read(ReportRequest{}); err != nil || len(told.Receipts) != 2 {
		t.Errorf("%v, %v", told, err)
	}
	r.Heard(possession.DeliveryReport{Provider: "first", State: models.DeliveryUnknown})
	if got := unclear(t, registry); got != 2 {
		t.Errorf("%v were counted", got)
	}
}

func unclear(t *testing.T, registry *prometheus.Registry) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "whoseline_channel_receipts_unclear_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatal("there is no such metric")
	return 0
}
