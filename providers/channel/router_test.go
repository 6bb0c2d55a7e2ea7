package channel

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
