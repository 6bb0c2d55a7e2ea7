package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"whoseline/access"
	"whoseline/billing"
	"whoseline/models"
)

// identity is what an answer says of a lookup.
type identity struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Reason string `json:"reason"`

	PhoneDetails []struct {
		FullName string `json:"fullName"`
	} `json:"phoneDetails"`
	BusinessID string `json:"businessId"`
	IDNumber   string `json:"idNumber"`
}

// names gives the names in an answer, as one text.
func (i identity) names() string {
	var all []string
	for _, d := range i.PhoneDetails {
		all = append(all, d.FullName)
	}
	return strings.ToUpper(strings.Join(all, "|"))
}

// seen is what a caller saw of a question.
type seen struct {
	heard
	step step
	said identity
}

// charge is what the answer says that it cost.
func (s seen) charge() string { return s.header.Get("Whoseline-Charge") }

// play does what a step says.
func (w *world) play(s step) {
	w.report.step(s.do)
	switch s.do {
	case asks:
		w.ask(s)
	case reads, pries, confirms, resends, forges:
		w.followUp(s)
	case erases:
		w.erase(s)
	case withdraws:
		w.withdraw(s)
	case lists:
		w.list(s)
	case jumps:
		w.jumped.Add(int64(s.by))
		w.tell("the clocks jump by %s", s.by)
	case restarts:
		w.tell("g%d stops and starts", s.via)
		w.restart(s.via)
	case crashes:
		if g := w.at(s.via); g != nil {
			w.tell("g%d crashes", s.via)
			g.crash()
		}
	default:
		w.operate(s)
	}
}

func (w *world) token(biz int) map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]string{"token": w.tokens[biz], "Content-Type": "application/json"}
}

// ask asks whose number it is, again while the gateway fails, as a client would.
func (w *world) ask(s step) {
	header := w.token(s.biz)
	if s.key != "" {
		header["Idempotency-Key"] = s.key
	}
	body := fmt.Sprintf(`{"mobile":%q,"isSubjectConsent":true,"consent":{"purpose":"loan"}}`, people[s.num].national)
	for try := range s.tries + 1 {
		if try > 0 {
			time.Sleep(time.Duration(200*try) * time.Millisecond)
		}
		h := w.call((s.via+try)%2, http.MethodPost, "/v2/api/identity/ng/phone", header, body)
		if s.leave && try == 0 {
			w.tell("#%d has left; nobody hears: %s", s.id, h)
			continue
		}
		w.hear(s, h)
		if h.status == http.StatusOK || h.status == http.StatusForbidden || h.status == http.StatusPaymentRequired {
			return
		}
	}
}

// hear takes down what a caller was answered, and holds it at once against the store.
func (w *world) hear(s step, h heard) {
	got := seen{heard: h, step: s}
	if h.status == http.StatusOK {
		var envelope struct{ Data identity }
		if err := json.Unmarshal(h.body, &envelope); err != nil {
			w.violated("answer", "#%d: a 200 that cannot be read: %s", s.id, h)
		}
		got.said = envelope.Data
	}
	w.tell("#%d hears %d %s %s %s", s.id, h.status, got.said.ID, got.said.Status, got.charge())
	w.mu.Lock()
	w.answers = append(w.answers, got)
	if got.said.ID != "" && w.made[s.id] == "" {
		w.made[s.id] = got.said.ID
	}
	w.mu.Unlock()
	w.judge(got)
}

// lookupOf gives the lookup that a step made, and the step.
func (w *world) lookupOf(s step) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.made[s.of]
}

func (w *world) followUp(s step) {
	id := w.lookupOf(s)
	if id == "" {
		return
	}
	switch s.do {
	case reads:
		h := w.call(s.via, http.MethodGet, "/v2/api/identity/"+id, w.token(s.biz), "")
		w.judgeReading(s, id, h)
	case confirms:
		w.confirm(s, id)
	case resends:
		w.call(s.via, http.MethodPost, "/v1/lookups/"+id+"/resend", w.token(s.biz), "")
	case pries:
		w.pry(s, id)
	case forges:
		w.forge(s)
	}
}

// confirm types a code, the right one or another.
func (w *world) confirm(s step, id string) {
	code := w.codeOf(people[s.num].national)
	if code == "" {
		return
	}
	if !s.right {
		code = fmt.Sprintf("%06d", (mix(w.plan.seed, uint64(s.id))+1)%1_000_000)
	}
	w.mu.Lock()
	w.typed = append(w.typed, typing{id, code == w.lastCode(people[s.num].national), time.Now()})
	w.mu.Unlock()
	h := w.call(s.via, http.MethodPost, "/v1/lookups/"+id+"/confirm", w.token(s.biz), fmt.Sprintf(`{"code":%q}`, code))
	w.tell("#%d confirms %s: %s", s.id, id, h)
	if h.status == http.StatusOK {
		w.judgeReading(s, id, h)
	}
}

// typing is a code that somebody typed for a lookup.
type typing struct {
	lookup string
	right  bool
	at     time.Time
}

// lastCode is codeOf for who has the lock.
func (w *world) lastCode(national string) (code string) {
	for _, m := range w.messages {
		if m.national == national {
			code = m.code
		}
	}
	return code
}

// pry tries another business's lookup, on every route that names one.
func (w *world) pry(s step, id string) {
	stranger := (s.biz + 1) % len(roster)
	for _, try := range [][3]string{
		{http.MethodGet, "/v2/api/identity/" + id, ""},
		{http.MethodGet, "/v1/lookups/" + id, ""},
		{http.MethodGet, "/v1/consents/" + id, ""},
		{http.MethodPost, "/v1/lookups/" + id + "/confirm", `{"code":"000000"}`},
		{http.MethodPost, "/v1/lookups/" + id + "/resend", ""},
	} {
		h := w.call(s.via, try[0], try[1], w.token(stranger), try[2])
		if h.status != lostStatus && h.status != http.StatusNotFound && h.status < 429 && !w.wasRevoked(stranger) {
			w.violated("tenants apart", "another business's lookup is answered on %s %s: %s", try[0], try[1], h)
		}
	}
}

// forge brings an answer that no vendor has sent.
func (w *world) forge(s step) {
	const body = `{"event":"identity.verification.completed","data":{"id":"62620a9737fc51c300000001","status":"found","phoneDetails":[{"fullName":"FORGED NAME"}]}}`
	if h := w.bring(s.via, body, "not the secret"); h.status != lostStatus && h.status != http.StatusUnauthorized && h.status < 429 {
		w.violated("callback", "a forged callback is taken: %s", h)
	}
}

func (w *world) erase(s step) {
	h := w.call(s.via, http.MethodPost, "/v1/erasures", w.token(s.biz), fmt.Sprintf(`{"phoneNumber":%q}`, people[s.num].national))
	w.tell("#%d erases n%d: %s", s.id, s.num, h)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.erasing[s.biz] == nil {
		w.erasing[s.biz] = map[int][]heard{}
	}
	w.erasing[s.biz][s.num] = append(w.erasing[s.biz][s.num], h)
}

func (w *world) withdraw(s step) {
	h := w.call(s.via, http.MethodPost, "/v1/consents/withdraw", w.token(s.biz), fmt.Sprintf(`{"mobile":%q}`, people[s.num].national))
	w.tell("#%d withdraws n%d: %s", s.id, s.num, h)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.withdrawn = append(w.withdrawn, withdrawal{s.biz, s.num, h})
}

// withdrawal is one that a business reported.
type withdrawal struct {
	biz, num int
	heard
}

// list reads everything of a business that can be listed.
func (w *world) list(s step) {
	for _, path := range []string{"/v2/api/identity?limit=50", "/v1/wallet/transfers?limit=100", "/v1/wallet", "/v1/webhooks/events", "/v1/consents"} {
		h := w.call(s.via, http.MethodGet, path, w.token(s.biz), "")
		if h.status != lostStatus && h.status != http.StatusOK && h.status < 429 && !w.wasRevoked(s.biz) {
			w.violated("reading", "GET %s: %s", path, h)
		}
	}
}

// operate does what an operator does at a gateway.
func (w *world) operate(s step) {
	g := w.connect(s.via)
	if g == nil {
		return
	}
	defer g.calls.Done()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var err error
	switch b := roster[s.biz]; s.do {
	case reprices:
		w.note(func() { w.repriced[s.biz] = true })
		err = g.Businesses.SetPrice(ctx, b.id, billing.Price{Product: "phone", Outcome: models.OutcomeFound, Amount: priceChanged})
	case tops:
		w.topUp(ctx, g, s)
	case revokes:
		err = w.revoke(ctx, g, s)
	case rotates:
		err = g.Keyring.Rotate(ctx)
	case replays:
		err = w.replayEvents(g.via, s)
	}
	w.tell("#%d %s: %v", s.id, s.do, err)
}

// topUp adds money until the gateway has said that it is there, each time under the same reference.
func (w *world) topUp(ctx context.Context, g *gateway, s step) {
	t := &topping{biz: s.biz, reference: fmt.Sprintf("bank-%d", s.id)}
	w.note(func() { w.topping = append(w.topping, t) })
	for range 3 {
		if _, err := g.Till.TopUp(ctx, roster[s.biz].id, t.reference, topUpAmount); err == nil {
			if g.isDead() {
				return
			}
			w.note(func() { t.done = true })
			return
		}
	}
}

// topping is a top-up that an operator made.
type topping struct {
	biz       int
	reference string
	done      bool
}

// revoke takes a business's key away and gives it another one.
func (w *world) revoke(ctx context.Context, g *gateway, s step) error {
	var old string
	w.note(func() { old = w.tokens[s.biz] }) // before the list, which thus has its key
	keys, _, err := g.Keys.List(ctx, roster[s.biz].id, models.Page{Limit: 100})
	if err != nil || len(keys) == 0 {
		return err
	}
	_, token, err := g.Keys.Create(ctx, access.NewKey{BusinessID: roster[s.biz].id, Name: "next"})
	if err != nil || g.isDead() {
		return err
	}
	w.note(func() { w.tokens[s.biz], w.revokedAt[s.biz] = token, time.Now() })
	for _, k := range keys {
		if err := g.Keys.Revoke(ctx, k.ID); err != nil {
			return err
		}
	}
	if !g.isDead() {
		w.note(func() { w.revoked = append(w.revoked, revocation{old, time.Now()}) })
	}
	return nil
}

// revocation is a key that is not to open the door any more.
type revocation struct {
	token string
	at    time.Time
}

// wasRevoked tells whether a business's key may have been taken away during the history: a caller may still use the old one.
func (w *world) wasRevoked(biz int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.revokedAt[biz].IsZero()
}

func (w *world) replayEvents(via int, s step) error {
	h := w.call(via, http.MethodGet, "/v1/webhooks/events", w.token(s.biz), "")
	var page struct{ Data []struct{ ID string } }
	if h.status != http.StatusOK {
		return nil
	}
	if err := json.Unmarshal(h.body, &page); err != nil {
		return err
	}
	for _, e := range page.Data {
		w.call(via, http.MethodPost, "/v1/webhooks/events/"+e.ID+"/replay", w.token(s.biz), "")
	}
	return nil
}
