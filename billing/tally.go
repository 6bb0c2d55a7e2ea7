package billing

import (
	"time"

	"whoseline/models"
)

// tally is what a batch of settlements does to each of its wallets, and how far it has come after each operation. The
// database only adds it to what the wallets hold.
type tally struct {
	businesses           []string
	at                   []int64 // each operation's wallet, counted from 1
	amount, back, number []int64 // per wallet: what leaves the held money, what of it comes back, in how many transfers
	digests              [][]byte
	moves                []motion
	steps                []standing
}

// motion is a transfer in its wallet's order.
type motion struct {
	move
	at, entry, back int64 // its wallet; its number in the batch; what has come back with it
}

// standing is where a wallet stands after an operation, measured from where it stood before the batch.
type standing struct {
	back     int64
	captured int64 // the number of the operation's capture; 0 = none
}

// tallyOf goes through settlements in their order.
func tallyOf(ops []*op, key models.ChainKey) *tally {
	s := &tally{steps: make([]standing, len(ops)), moves: make([]motion, 0, 2*len(ops))}
	s.businesses, s.at = wallets(ops)
	n := len(s.businesses)
	s.amount, s.back, s.number, s.digests = make([]int64, n), make([]int64, n), make([]int64, n), make([][]byte, n)
	for i, o := range ops {
		w := s.at[i] - 1
		for j := range o.moves {
			m := motion{move: o.moves[j], at: w + 1}
			s.amount[w] += m.Amount
			if m.Kind == models.Release {
				s.back[w] += m.Amount
			}
			s.number[w]++
			digest := signature(key, &m.Transfer)
			s.digests[w] = append(s.digests[w], digest[:]...)
			m.entry, m.back = s.number[w], s.back[w]
			if m.Kind == models.Capture {
				s.steps[i].captured = m.entry
			}
			s.moves = append(s.moves, m)
		}
		s.steps[i].back = s.back[w]
	}
	return s
}

// wallets are the arguments $1 to $5 of settleStatement.
func (s *tally) wallets() []any {
	return []any{s.businesses, s.amount, s.back, s.number, s.digests}
}

// transfers are the arguments $19 to $27 of settleStatement.
func (s *tally) transfers() []any {
	return []any{
		column(s.moves, func(m motion) int64 { return m.at }),
		column(s.moves, func(m motion) int64 { return m.entry }),
		column(s.moves, func(m motion) string { return string(m.Kind) }),
		column(s.moves, func(m motion) string { return m.Reference }),
		column(s.moves, func(m motion) string { return string(m.Credit) }),
		column(s.moves, func(m motion) int64 { return m.Amount }),
		column(s.moves, func(m motion) int64 { return m.back }),
		column(s.moves, func(m motion) []byte { return m.Evidence }),
		column(s.moves, func(m motion) time.Time { return m.CreatedAt }),
	}
}
