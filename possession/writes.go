package possession

import "whoseline/models"

// writes is what steps have decided, before it is stored.
type writes struct {
	subjects []models.Subject
	removed  []models.SubjectNumber // numbers that are taken away, with their codes
	numbers  []models.SubjectNumber
	codes    []models.SentCode
	events   []models.SubjectEvent
	sendings []models.Sending
	counters []counter
	history  []bucket
	charges  []models.MessageCharge
	erased   []erasure
}

// erasure is a subject that was forgotten: what is left of its history goes to the grave.
type erasure struct{ businessID, key, grave string }

// join adds what another step has decided. Of two states of one counter the later one stands.
func (w *writes) join(o writes) {
	w.subjects = append(w.subjects, o.subjects...)
	w.removed = append(w.removed, o.removed...)
	w.numbers = append(w.numbers, o.numbers...)
	w.codes = append(w.codes, o.codes...)
	w.events = append(w.events, o.events...)
	w.sendings = append(w.sendings, o.sendings...)
	w.counters = append(w.counters, o.counters...)
	w.history = append(w.history, o.history...)
	w.charges = append(w.charges, o.charges...)
	w.erased = append(w.erased, o.erased...)
}
