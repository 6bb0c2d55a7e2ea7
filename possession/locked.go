package possession

import (
	"slices"

	"whoseline/models"
)

// maxChannels is more than there are channels by which a code comes.
const maxChannels = 8

// open lays the subject open, as it is now.
func (d *lockedSubject) open() (err error) {
	d.Holder, err = openHolder(d.who, d.subject, d.numbers, d.key)
	return err
}

// record notes the event of an operation.
func (d *lockedSubject) record(kind models.EventKind, numberID string, channel models.Channel) {
	d.changed = true
	d.subject.Seq++
	d.subject.ChangedAt = d.now
	if d.subject.FirstAt.IsZero() {
		d.subject.FirstAt = d.now
	}
	d.events = append(d.events, models.SubjectEvent{
		BusinessID: d.who.BusinessID, Subject: d.who.key(), Seq: d.subject.Seq,
		Kind: kind, NumberID: numberID, Channel: channel, At: d.now,
	})
}

// pick makes a number the selected one.
func (d *lockedSubject) pick(id string) { d.changed, d.subject.Selected = true, id }

// byID gives the number with an id.
func (d *lockedSubject) byID(id string) (Held, bool) {
	for _, n := range d.Numbers {
		if n.ID == id {
			return n, true
		}
	}
	return Held{}, false
}

// insert puts a number into a free slot and selects it.
func (s *Service) insert(d *lockedSubject, p models.Phone) Held {
	n := Held{ID: s.world.NewID(), Phone: p, Selected: true, AddedAt: d.now, slot: freeSlot(d.Numbers)}
	d.pick(n.ID)
	d.numbers = append(d.numbers, models.SubjectNumber{
		BusinessID: d.who.BusinessID, Subject: d.who.key(), Slot: n.slot, ID: n.ID, AddedAt: d.now,
		NumberIndex: s.numberIndex(p, d.who.Sandbox), Sealed: d.key.Seal(nil, nil, []byte(p.Digits()), numberAAD(d.who, n.ID)),
	})
	d.touch(n.ID)
	return n
}

// touch notes that the row of a number or a code is to be stored.
func (d *lockedSubject) touch(id string) { d.touched = append(d.touched, id) }

// verify notes the proof of a number. The index on exclusive numbers lets one subject of a business have it; the
// telephone itself must have shown that they hold it.
func (d *lockedSubject) verify(n Held, by models.Channel, policy Policy) {
	n = proven(n, by, d.now)
	preferred, _ := d.byID(d.subject.Preferred)
	i := slices.IndexFunc(d.numbers, func(row models.SubjectNumber) bool { return row.ID == n.ID })
	row := &d.numbers[i]
	row.VerifiedAt, row.Channel = n.VerifiedAt, n.Channel
	row.Exclusive = row.Exclusive || policy.Exclusive && by.Assurance().Holds()
	d.touch(n.ID)
	if foremost(n, preferred) {
		d.changed, d.subject.Preferred = true, n.ID
	}
}

// remove takes numbers away, with their codes.
func (d *lockedSubject) remove(numbers []Held) {
	for _, n := range numbers {
		i := slices.IndexFunc(d.numbers, func(row models.SubjectNumber) bool { return row.ID == n.ID })
		d.removed = append(d.removed, d.numbers[i])
		d.numbers = slices.Delete(d.numbers, i, i+1)
		d.codes = slices.DeleteFunc(d.codes, func(c models.SentCode) bool { return c.NumberID == n.ID })
	}
}

// code gives the code that was last sent to a number over a channel; nil when none ever was. Whoever changes it touches it.
func (d *lockedSubject) code(b bond) *models.SentCode {
	for i := range d.codes {
		if d.codes[i].NumberID == b.number && d.codes[i].Channel == b.channel {
			return &d.codes[i]
		}
	}
	return nil
}

// keep puts a code in the place of the one before.
func (d *lockedSubject) keep(c models.SentCode) {
	d.codes = slices.DeleteFunc(d.codes, func(old models.SentCode) bool { return old.NumberID == c.NumberID && old.Channel == c.Channel })
	d.codes = append(d.codes, c)
	d.touch(c.ID)
}

// finish puts what changed among the writes, and gives the subject as it is now.
func (d *lockedSubject) finish() (Holder, error) {
	if d.changed {
		d.subjects = []models.Subject{d.subject}
	}
	for _, n := range d.numbers {
		if slices.Contains(d.touched, n.ID) {
			d.writes.numbers = append(d.writes.numbers, n)
		}
	}
	for _, c := range d.codes {
		if slices.Contains(d.touched, c.ID) {
			d.writes.codes = append(d.writes.codes, c)
		}
	}
	if d.subject.DataKey == nil {
		d.erased = []erasure{{d.who.BusinessID, d.who.key(), d.grave}}
		return Holder{}, nil
	}
	err := d.open()
	return d.Holder, err
}
