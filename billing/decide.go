package billing

import "whoseline/models"

// newHold prepares a hold: its evidence, and its transfer unless it costs nothing.
func newHold(order HoldOrder) *op {
	l := order.Lookup
	o := &op{
		lookup: l, reserve: order.Key, zone: order.Zone, gone: order.Gone, late: order.Late, done: make(chan struct{}), note: order.Note,
	}
	evidence := opening(l)
	if l.Held > 0 {
		o.moves = []move{newMove(l, models.Hold, l.Held, evidence[:])}
	} else {
		o.free = newFree(l, freeOpening, evidence)
	}
	return o
}

// newSettle prepares a settlement: what is charged is captured, the rest of what was held released.
func newSettle(order SettleOrder) *op {
	l := order.Lookup
	o := &op{
		lookup: l, settle: true, swept: order.Swept, keep: order.Keep, event: order.Event, gone: order.Gone, done: make(chan struct{}),
		note: order.Note,
	}
	if !l.Status.Settled() {
		return o
	}
	evidence := closing(l)
	if l.Held == 0 {
		o.free = newFree(l, freeClosing, evidence)
		return o
	}
	if l.Charged > 0 {
		o.moves = append(o.moves, newMove(l, models.Capture, l.Charged, evidence[:]))
	}
	if rest := l.Held - l.Charged; rest > 0 {
		o.moves = append(o.moves, newMove(l, models.Release, rest, evidence[:]))
	}
	return o
}

// newMove is a lookup's transfer. A hold is dated when the lookup was asked, the others when it ended.
func newMove(l *models.Lookup, kind models.TransferKind, amount int64, evidence []byte) move {
	at := l.ModifiedAt
	if kind == models.Hold {
		at = l.RequestedAt
	}
	t := newTransfer(l.BusinessID, kind, amount)
	t.Reference, t.Evidence, t.CreatedAt = l.ID, evidence, at
	return move{t}
}

func newTransfer(businessID string, kind models.TransferKind, amount int64) models.Transfer {
	debit, credit := kind.Accounts()
	return models.Transfer{BusinessID: businessID, Kind: kind, Amount: amount, Debit: debit, Credit: credit}
}

// account is a wallet that is locked, with the transfers that are about to be written to it.
type account struct {
	models.Wallet
	rows     []models.Transfer
	free     []freeStep
	caps     []*Cap   // those that were read
	owners   []string // whose they are, also of whom there are none
	warnings []Warning
	credited bool // money came in
}

// apply moves money. The caller has made sure that it is there; the database's CHECK constraints make sure again.
func (a *account) apply(m move) models.Transfer {
	a.add(m.Debit, -m.Amount)
	a.add(m.Credit, m.Amount)
	a.credited = a.credited || m.Credit == models.Available && m.Debit != models.Held
	a.Seq++
	m.Seq, m.Balance = a.Seq, a.Available
	a.rows = append(a.rows, m.Transfer)
	return m.Transfer
}

// add changes one of the two balances that a wallet keeps.
func (a *account) add(to models.Account, amount int64) {
	switch to {
	case models.Available:
		a.Available += amount
	case models.Held:
		a.Held += amount
	case models.Funding, models.Revenue, models.Adjustments:
	}
}

// close links the transfers to the wallet's chain, and the evidence of free lookups to theirs: the last row of each carries
// the mark of the new state.
func (a *account) close(key models.ChainKey) {
	if len(a.rows) > 0 {
		a.Head = link(a.Head, signatures(key, a.rows)...)
		a.rows[len(a.rows)-1].Head = markOf(key, a.Head)
	}
	if len(a.free) > 0 {
		a.FreeHead = link(a.FreeHead, freeSignatures(key, a.free)...)
		a.free[len(a.free)-1].Head = markOf(key, a.FreeHead)
	}
}

func signatures(key models.ChainKey, rows []models.Transfer) [][32]byte {
	digests := make([][32]byte, len(rows))
	for i := range rows {
		digests[i] = signature(key, &rows[i])
	}
	return digests
}

// burst is how many operations a batch may carry whatever the one before it carried.
const burst = 8

// portion is how many operations the next batch may carry after one of last: twice as many. A crowd that arrives out of a
// calm is so taken in growing portions; taken at once, its members would all be answered, and come back, at the same
// moment, again and again. Under a lasting load nothing is bounded by it.
func portion(last, most int) int { return min(max(burst, 2*last), most) }
