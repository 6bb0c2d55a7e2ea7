package billing

import (
	"errors"
	"fmt"
	"time"

	"whoseline/models"
)

// step is one thing that happens to a business, drawn by chance. Which number means what, the book decides.
type step struct {
	Do     string
	Which  int // a reference, a lookup, a number or a key
	Key    int
	Amount int64
	Wait   time.Duration
}

// deed is a step with everything settled, ready to be done to any till.
type deed struct {
	step
	id     string
	number string
	key    string
	held   int64
	status models.Status
	answer []byte
	at     time.Time
}

// result is what a deed came to. Poisoned stands for every failure of the transaction itself.
type result struct {
	Code    models.Code
	Receipt Receipt
	Swept   int
}

const poisoned = models.Internal

// page is a lookup in the book.
type page struct {
	held, charged int64
	refunded      int64
	status        models.Status
	expires       time.Time
	key           string
}

// claim is an idempotency key in the book.
type claimed struct {
	lookup  string
	expires time.Time
}

// book is what a business's money should be, kept in plain Go.
type book struct {
	at              time.Time
	available, held int64
	funding, seq    int64
	revenue         int64
	references      map[string]int64
	lookups         map[string]*page
	order           []string // of the lookups
	keys            map[string]claimed
	withdrawn       map[string]bool
	charges         []*charged
	corrections     int
}

// charged is a charge in the book.
type charged struct {
	amount  int64
	status  models.MessageChargeStatus
	expires time.Time
}

func newBook(at time.Time) *book {
	return &book{at: at, references: map[string]int64{}, lookups: map[string]*page{}, keys: map[string]claimed{}, withdrawn: map[string]bool{}}
}

// settle decides what a step means: which lookup, which amount.
func (b *book) deed(st step) deed {
	d := deed{step: st, at: b.at}
	switch st.Do {
	case "hold":
		d.id, d.held, d.number = fmt.Sprintf("%024x", len(b.order)), st.Amount, fmt.Sprint("number", st.Which%4)
		if st.Key > 0 {
			d.key = fmt.Sprint("key", st.Key)
		}
	case "hold again":
		d.Do, d.number, d.held = "hold", "number0", st.Amount
		d.id = fmt.Sprintf("%024x", st.Which%max(len(b.order), 1))
	case "charge":
		d.id, d.Amount = chargeID(len(b.charges)), max(st.Amount, 1)
	case "end charge":
		d.id = chargeID(st.Which % (len(b.charges) + 1)) // the last one was never held
	case "refund", "adjust":
		d.id, d.key = fmt.Sprintf("%024x", st.Which%(len(b.order)+1)), fmt.Sprint("correction", b.corrections)
		if b.corrections++; st.Do == "adjust" && st.Key%2 == 0 {
			d.Amount = -st.Amount
		}
	case "settle":
		d.id = fmt.Sprintf("%024x", st.Which%(len(b.order)+1)) // the last one was never held
		p := b.lookups[d.id]
		if p == nil {
			p = &page{held: st.Amount}
		}
		d.held, d.key = p.held, p.key
		d.status, d.Amount, d.answer = ending(st, p.held)
	}
	return d
}

func chargeID(n int) string { return fmt.Sprintf("c%023x", n) }

// ending picks how a lookup ends: in full, in part, for nothing, away, or later.
func ending(st step, held int64) (status models.Status, charged int64, answer []byte) {
	switch st.Key % 5 {
	case 0:
		return models.StatusFound, held, []byte("found")
	case 1:
		return models.StatusNotFound, min(st.Amount, held), []byte("not found")
	case 2:
		return models.StatusFailed, 0, []byte("impossible")
	case 3:
		return models.StatusFailed, 0, nil
	default:
		return models.StatusPending, 0, nil
	}
}

// do says what a deed must come to.
func (b *book) do(d deed) result {
	switch d.Do {
	case "top up":
		return b.topUp(d)
	case "hold":
		return b.hold(d)
	case "settle":
		return b.settle(d)
	case "charge":
		return b.charge(d)
	case "end charge":
		return b.endCharge(d)
	case "refund":
		return b.refund(d)
	case "adjust":
		return b.adjust(d)
	case "sweep":
		return b.sweep()
	case "withdraw":
		b.withdrawn[fmt.Sprint("number", d.Which%4)] = true
	case "wait":
		b.at = b.at.Add(d.Wait)
	}
	return result{}
}

func (b *book) topUp(d deed) result {
	reference := fmt.Sprint("reference", d.Which)
	if earlier, known := b.references[reference]; known {
		if earlier != d.Amount {
			return result{Code: models.Conflict}
		}
		return result{Receipt: Receipt{Balance: b.available}}
	}
	b.references[reference] = d.Amount
	b.available, b.funding, b.seq = b.available+d.Amount, b.funding+d.Amount, b.seq+1
	return result{Receipt: Receipt{Balance: b.available}}
}

func (b *book) hold(d deed) result {
	key, taken := b.keys[d.key]
	switch {
	case b.withdrawn[d.number]:
		return result{Code: models.ConsentWithdrawn}
	case taken && d.at.Before(key.expires):
		return result{Code: models.InProgress}
	case d.held > b.available:
		return result{Code: models.InsufficientFunds, Receipt: Receipt{Balance: b.available}}
	case b.lookups[d.id] != nil:
		return result{Code: poisoned}
	}
	b.lookups[d.id] = &page{held: d.held, status: models.StatusOpen, expires: d.at.Add(lease), key: d.key}
	b.order = append(b.order, d.id)
	if d.key != "" {
		b.keys[d.key] = claimed{d.id, d.at.Add(keyLife)}
	}
	b.available, b.held = b.available-d.held, b.held+d.held
	return result{Receipt: Receipt{Balance: b.available, Entry: b.entry(d.held)}}
}

// entry numbers a transfer, unless nothing moves.
func (b *book) entry(amount int64) int64 {
	if amount == 0 {
		return 0
	}
	b.seq++
	return b.seq
}

func (b *book) settle(d deed) result {
	p := b.lookups[d.id]
	if p == nil || p.status.Settled() {
		return result{Code: models.Conflict}
	}
	p.status = d.status
	if d.status == models.StatusPending {
		return result{Receipt: Receipt{Balance: b.available}}
	}
	p.charged = d.Amount
	b.available, b.held, b.revenue = b.available+p.held-d.Amount, b.held-p.held, b.revenue+d.Amount
	captured := b.entry(d.Amount)
	b.entry(p.held - d.Amount) // the release, which no receipt names
	if k := b.keys[d.key]; d.answer == nil && k.lookup == d.id {
		delete(b.keys, d.key)
	}
	return result{Receipt: Receipt{Charged: d.Amount, Balance: b.available, Entry: captured}}
}

func (b *book) charge(d deed) result {
	if d.Amount > b.available {
		return result{Code: models.InsufficientFunds}
	}
	b.charges = append(b.charges, &charged{d.Amount, models.MessageHeld, d.at.Add(lease)})
	b.available, b.held = b.available-d.Amount, b.held+d.Amount
	b.seq++
	return result{}
}

func (b *book) endCharge(d deed) result {
	for i, c := range b.charges {
		if chargeID(i) == d.id && c.status == models.MessageHeld {
			b.end(c, d.accepted())
			return result{}
		}
	}
	return result{Code: models.Conflict}
}

func (b *book) refund(d deed) result {
	p := b.lookups[d.id]
	switch {
	case p == nil:
		return result{Code: models.NotFound}
	case p.charged == 0 || p.refunded > 0:
		return result{Code: models.Conflict}
	case d.Amount > p.charged:
		return result{Code: models.Invalid}
	}
	if p.refunded = d.Amount; d.Amount == 0 {
		p.refunded = p.charged
	}
	b.available, b.revenue, b.seq = b.available+p.refunded, b.revenue-p.refunded, b.seq+1
	return result{Receipt: Receipt{Charged: p.refunded, Balance: b.available}}
}

func (b *book) adjust(d deed) result {
	switch {
	case d.Amount == 0:
		return result{Code: models.Invalid}
	case b.available+d.Amount < 0:
		return result{Code: models.InsufficientFunds}
	}
	b.available, b.funding, b.seq = b.available+d.Amount, b.funding+d.Amount, b.seq+1
	return result{Receipt: Receipt{Charged: d.Amount, Balance: b.available}}
}

func (b *book) end(c *charged, accepted bool) {
	b.held, b.seq = b.held-c.amount, b.seq+1
	if accepted {
		b.revenue, c.status = b.revenue+c.amount, models.MessageCaptured
		return
	}
	b.available, c.status = b.available+c.amount, models.MessageReleased
}

// accepted tells how a step ends a charge.
func (st step) accepted() bool { return st.Key%2 == 0 }

func (b *book) sweep() (r result) {
	for _, id := range b.order {
		p := b.lookups[id]
		if p.status != models.StatusOpen || !p.expires.Before(b.at) {
			continue
		}
		p.status = models.StatusFailed
		b.available, b.held = b.available+p.held, b.held-p.held
		b.entry(p.held)
		r.Swept++
	}
	for _, c := range b.charges {
		if c.status == models.MessageHeld && c.expires.Before(b.at) {
			b.end(c, false)
			r.Swept++
		}
	}
	return r
}

const keyLife = 3 * time.Minute

// do does a deed to a till.
func (s *shop) do(business string, d deed) (r result) {
	var err error
	switch d.Do {
	case "top up":
		var w models.Wallet
		w, err = s.TopUp(s.t.Context(), business, fmt.Sprint("reference", d.Which), d.Amount)
		r.Receipt.Balance = w.Available
	case "hold":
		r.Receipt, err = s.Hold(s.holdOrder(business, d))
	case "settle":
		r.Receipt, err = s.Settle(s.settleOrder(business, d))
	case "charge":
		err = s.charge(models.MessageCharge{BusinessID: business, ID: d.id, Amount: d.Amount, HeldAt: d.at, ExpiresAt: d.at.Add(lease)})
	case "end charge":
		err = s.endCharge(models.MessageCharge{BusinessID: business, ID: d.id}, d.accepted())
	case "refund", "adjust":
		o := CorrectionOrder{BusinessID: business, Amount: d.Amount, Reason: "chance", Reference: d.key, Actor: "ada"}
		if d.Do == "refund" {
			o.LookupID = d.id
		}
		var c Corrected
		c, err = s.Correct(s.t.Context(), o)
		r.Receipt = Receipt{Charged: c.Amount, Balance: c.Available}
	case "sweep":
		r.Swept, err = s.Sweep(s.t.Context())
	case "withdraw":
		s.db.Gorm.Exec("INSERT INTO consent_withdrawals (business_id, number_index, event_id) VALUES (?, ?, 'e')",
			business, fmt.Appendf(nil, "number%d", d.Which%4)) // a second one is refused
	case "wait":
		s.clock.pass(d.Wait)
	}
	r.Code = models.CodeOf(err)
	if d.Do == "hold" && r.Code == models.Conflict {
		r.Code = poisoned
	}
	if err != nil && !errors.Is(err, errInsufficient) {
		r.Receipt = Receipt{}
	}
	return r
}

func (s *shop) holdOrder(business string, d deed) HoldOrder {
	l := &models.Lookup{
		BusinessID: business, ID: d.id, KeyID: "key", Status: models.StatusOpen, Held: d.held, NumberIndex: []byte(d.number),
		DataKey: []byte("wrapped"), Request: []byte("request " + d.id), RequestedAt: d.at, ModifiedAt: d.at, ExpiresAt: d.at.Add(lease),
	}
	if d.key == "" {
		return HoldOrder{Lookup: l}
	}
	return HoldOrder{Lookup: l, Key: &Reservation{Key: d.key, BodyHash: []byte(d.key), ExpiresAt: d.at.Add(keyLife)}}
}

func (s *shop) settleOrder(business string, d deed) SettleOrder {
	l := &models.Lookup{
		BusinessID: business, ID: d.id, Status: d.status, Held: d.held, Charged: d.Amount, Source: "directory",
		Answer: []byte("answer " + d.id), ModifiedAt: d.at, ExpiresAt: d.at.Add(lease),
	}
	if d.status.Settled() {
		l.AnsweredAt = d.at
	}
	if d.key == "" || d.status == models.StatusPending {
		return SettleOrder{Lookup: l}
	}
	return SettleOrder{Lookup: l, Keep: &Kept{Key: d.key, Response: d.answer}}
}
