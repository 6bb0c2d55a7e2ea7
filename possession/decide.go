package possession

import (
	"time"

	"whoseline/models"
)

var (
	errFinal       = models.Fail(models.StepDisabled, "the numbers are final")
	errNoNumber    = models.Fail(models.NumberMissing, "there is no such number")
	errVerified    = models.Fail(models.NumberVerified, "the number is verified already")
	errTaken       = models.Fail(models.NumberTaken, "the number belongs to somebody else")
	errLimit       = models.Fail(models.NumberLimit, "there are as many numbers as there may be")
	errNotVerified = models.Fail(models.NumberNotVerified, "the number is not verified")
	errUnchanged   = models.Fail(models.Unchanged, "it is the same number")
	errWrong       = error(models.Fail(models.CodeWrong, "the code is wrong"))
	errNotFound    = models.Fail(models.NotFound, "there is no such subject")
)

// adding is what has to be done to add a number to a subject and select it.
type adding int

const (
	nothing adding = iota
	selecting
	inserting
)

// decideAdd tells what adding a number means. Taken: another subject holds it exclusively.
func decideAdd(h Holder, p models.Phone, taken bool, policy Policy) (adding, error) {
	own, known := h.find(p)
	switch {
	case h.Finalised:
		return nothing, errFinal
	case known && policy.counts(own) && !policy.Again:
		return nothing, errVerified
	case taken && policy.Exclusive:
		return nothing, errTaken
	case known && own.Selected:
		return nothing, nil
	case known:
		return selecting, nil
	case len(h.Numbers) >= models.MaxNumbers:
		return nothing, errLimit
	}
	return inserting, nil
}

// decideSend gives the number that a code may be sent to.
func decideSend(h Holder, p models.Phone, policy Policy) (Held, error) {
	n, known := h.find(p)
	switch {
	case h.Finalised:
		return n, errFinal
	case !known:
		return n, errNoNumber
	case policy.counts(n) && !policy.Again:
		return n, errVerified
	}
	return n, nil
}

// decideCheck gives the number whose code may be checked. It may be verified already: its code will then be found used.
func decideCheck(h Holder, p models.Phone) (Held, error) {
	n, known := h.find(p)
	switch {
	case h.Finalised:
		return n, errFinal
	case !known:
		return n, errNoNumber
	}
	return n, nil
}

// decideSet tells whether a number may replace all that the subject had. Vouched: it counts as verified at once.
func decideSet(h Holder, p models.Phone, vouched, taken bool, policy Policy) error {
	own, known := h.Phone()
	switch {
	case h.Finalised:
		return errFinal
	case known && own.Phone == p && len(h.Numbers) == 1 && (!vouched || own.Verified()):
		return errUnchanged
	case taken && policy.Exclusive:
		return errTaken
	}
	return nil
}

// decideDefault gives the number that becomes the default, and whether it is the default already.
func decideDefault(h Holder, p models.Phone) (n Held, already bool, err error) {
	n, known := h.find(p)
	switch {
	case h.Finalised:
		return n, false, errFinal
	case !known || !n.Possessed():
		return n, false, errNotVerified
	}
	return n, n.Default, nil
}

// decideFinalise tells whether the numbers may be made final, or are final already.
func decideFinalise(h Holder) (already bool, err error) {
	if h.Finalised {
		return true, nil
	}
	for _, n := range h.Numbers {
		if n.Default && n.Possessed() {
			return false, nil
		}
	}
	return false, errNotVerified
}

// decideRemove gives the numbers to remove, all of them for the zero Phone, and those that stay.
func decideRemove(h Holder, p models.Phone) (gone, rest []Held, err error) {
	if h.Finalised {
		return nil, nil, errFinal
	}
	for _, n := range h.Numbers {
		if p.IsZero() || n.Phone == p {
			gone = append(gone, n)
		} else {
			rest = append(rest, n)
		}
	}
	if len(gone) == 0 {
		return nil, nil, errNoNumber
	}
	return gone, rest, nil
}

// succession gives the ids of the selected and of the default number among those that stay. A number that stays keeps
// its place. Otherwise the number added last is selected, and the one with the strongest proof becomes the default; of
// equal ones, the first.
func succession(rest []Held) (selected, preferred string) {
	var first Held
	last := ""
	for _, n := range rest {
		last = n.ID
		if n.Selected {
			selected = n.ID
		}
		if n.Default {
			preferred = n.ID
		}
		earlier := n.Assurance() == first.Assurance() && n.VerifiedAt.Before(first.VerifiedAt)
		if foremost(n, first) || n.Verified() && earlier {
			first = n
		}
	}
	if selected == "" {
		selected = last
	}
	if preferred == "" {
		preferred = first.ID
	}
	return selected, preferred
}

// freeSlot gives the lowest slot that no number has.
func freeSlot(numbers []Held) int {
	var taken [models.MaxNumbers + 2]bool
	for _, n := range numbers {
		taken[n.slot] = true
	}
	slot := 1
	for taken[slot] {
		slot++
	}
	return slot
}

// proven gives a number with the stronger of two proofs: its own and a new one. Of equal proofs it keeps its own.
func proven(n Held, by models.Channel, now time.Time) Held {
	if by.Assurance().AtLeast(n.Assurance()) && by.Assurance() != n.Assurance() {
		n.Channel, n.VerifiedAt = by, now
	}
	return n
}

// foremost tells whether a number replaces the default one: there is none, or its proof is weaker.
func foremost(n, preferred Held) bool {
	return n.Verified() && (!preferred.Verified() || n.Possessed() && !preferred.Possessed())
}

// evidence is the proof that a code gives when it comes back. A code that was handed to the business proves only the
// business's word, which not every policy takes.
func evidence(c models.SentCode, policy Policy) (models.Channel, error) {
	switch {
	case !handedBack(c):
		return c.Channel, nil
	case policy.Attested:
		return models.ChannelTrust, nil
	}
	return "", models.Fail(models.CodeNotSent, "no code was sent")
}

// codeError tells why a code cannot be checked any more, or never could; nil when it can. A used or burnt code stays so
// after its time.
func codeError(c *models.SentCode, now time.Time) error {
	switch {
	case c == nil:
		return models.Fail(models.CodeNotSent, "no code was sent")
	case !c.UsedAt.IsZero():
		return models.Fail(models.CodeUsed, "the code was used")
	case c.Tries >= models.MaxTries:
		return models.Fail(models.CodeBurnt, "the code was typed wrongly too often")
	case !now.Before(c.ExpiresAt):
		return models.Fail(models.CodeExpired, "the code has expired")
	}
	return nil
}
