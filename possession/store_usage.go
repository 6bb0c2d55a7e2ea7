package possession

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// readUsage locks and reads what the limits need to know about the errands of some steps, in an order that is everybody's:
// counters, then the history. It notes in the history what came back.
func readUsage(tx *gorm.DB, present []*lockedSubject) error {
	u := &usage{counters: map[[3]string]counter{}, recent: map[[2]string][]time.Time{}, history: map[[3]string]*sum{}}
	var wanted []counter
	var traces []trace
	var asking []*lockedSubject
	for _, d := range present {
		if d.usage = u; d.step.err != nil || d.errand == nil {
			continue
		}
		asking = append(asking, d)
		wanted = append(wanted, countersOf(d.limits, *d.errand, d.now)...)
		if d.errand.travels() {
			traces = append(traces, d.errand.trace(d.now))
		}
	}
	if err := readTemplates(tx, asking); err != nil {
		return fmt.Errorf("read the templates: %w", err)
	}
	if err := u.readCounters(tx, wanted); err != nil {
		return err
	}
	if err := u.readRecent(tx, asking); err != nil {
		return fmt.Errorf("read the last messages: %w", err)
	}
	proven, err := creditProofs(tx, present)
	if err != nil {
		return fmt.Errorf("read what came back: %w", err)
	}
	return u.readHistory(tx, traces, proven)
}

// readCounters makes the missing rows of counters, locks them all and reads them.
func (u *usage) readCounters(tx *gorm.DB, wanted []counter) error {
	slices.SortFunc(wanted, counter.compare)
	wanted = slices.CompactFunc(wanted, func(a, b counter) bool { return a.key() == b.key() })
	found, err := lock(tx, wanted)
	for _, c := range found {
		u.counters[c.key()] = c
	}
	return err
}

// window is how far back the messages of a business are asked for.
type window struct {
	business string
	within   time.Duration
}

// readRecent reads the times of the last messages to the numbers of errands, newest first.
func (u *usage) readRecent(tx *gorm.DB, asking []*lockedSubject) error {
	numbers := map[window][][]byte{}
	for _, d := range asking {
		if !d.errand.handBack {
			w := window{d.who.BusinessID, d.limits.PerNumber.Within}
			numbers[w] = append(numbers[w], d.errand.number)
		}
	}
	for w, of := range numbers {
		var sent []models.Sending
		err := letOut(tx, w.business, of).Where("at > ?", asking[0].now.Add(-w.within)).Select("number_index", "at").
			Order("at DESC").Limit(maxRecent).Find(&sent).Error
		if err != nil {
			return err
		}
		for _, m := range sent {
			key := [2]string{w.business, string(m.NumberIndex)}
			u.recent[key] = append(u.recent[key], m.At)
		}
	}
	return nil
}

// maxRecent bounds what a batch reads of the last messages to its numbers. Their limits let far fewer through.
const maxRecent = 10_000

// letOut gives the messages to some numbers that were let out.
func letOut(tx *gorm.DB, business string, numbers [][]byte) *gorm.DB {
	return tx.Where("business_id = ? AND number_index IN ? AND verdict IN ?", business, numbers,
		[]models.SendDecision{models.SendAllowed, models.SendRecorded})
}

// creditProofs notes each message with a code that came back among the writes of its step, and gives all their traces.
func creditProofs(tx *gorm.DB, present []*lockedSubject) (all []trace, err error) {
	of := map[string][]*lockedSubject{}
	for _, d := range present {
		if d.step.err == nil && d.proof != nil {
			of[d.who.BusinessID] = append(of[d.who.BusinessID], d)
		}
	}
	for business, those := range of {
		since, numbers := those[0].now, make([][]byte, 0, len(those))
		for _, d := range those {
			numbers = append(numbers, d.proof.number)
			if d.proof.code.MadeAt.Before(since) {
				since = d.proof.code.MadeAt
			}
		}
		var sends []models.Sending
		err := letOut(tx, business, numbers).Where("at >= ? AND outcome IN ?", since, []string{"", string(Accepted), string(Timeout)}).
			Limit(pageOf(100) * len(those)).Find(&sends).Error
		if err != nil {
			return nil, err
		}
		for _, d := range those {
			traces := d.carried(sends)
			d.history, all = append(d.history, buckets(0, 1, traces...)...), append(all, traces...)
		}
	}
	return all, nil
}

// carried gives the traces of those messages that carried the code which came back.
func (d *lockedSubject) carried(sends []models.Sending) (traces []trace) {
	for _, m := range sends {
		code := d.proof.code
		if m.Subject == code.Subject && m.Channel == code.Channel && bytes.Equal(m.NumberIndex, d.proof.number) && !m.At.Before(code.MadeAt) {
			traces = append(traces, traceOf(d.who, m))
		}
	}
	return traces
}

// readHistory locks the rows of the history that are to be changed, and sums up what it says of those that are sent.
func (u *usage) readHistory(tx *gorm.DB, sent, proven []trace) error {
	if len(sent)+len(proven) == 0 {
		return nil
	}
	if err := add(tx, buckets(0, 0, append(sent, proven...)...)); err != nil || len(sent) == 0 {
		return err
	}
	rows, err := sums(tx, buckets(0, 0, sent...))
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	for _, row := range rows {
		u.history[[3]string{row.BusinessID, row.Scope, row.Name}] = &row
	}
	return nil
}

// sums gives what the history has of the names of some rows; of an address, what it has of all its countries.
func sums(tx *gorm.DB, of []bucket) (found []sum, err error) {
	hour := of[0].Hour
	var names, addresses [][3]string
	for _, b := range of {
		hour = max(hour, b.Hour)
		key := [3]string{b.BusinessID, b.Scope, b.Name}
		if b.Scope == scopeIP {
			key[2], _, _ = strings.Cut(b.Name, "/")
			addresses = append(addresses, key)
			continue
		}
		names = append(names, key)
	}
	found, err = summed(tx, hour, "asked.column3 = name", names)
	if err != nil || len(addresses) == 0 {
		return found, err
	}
	slices.SortFunc(addresses, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	more, err := summed(tx, hour, "name >= asked.column3 || '/' AND name < asked.column3 || '0'", slices.Compact(addresses))
	return append(found, more...), err
}

// summed sums up the last day of names of hours, and finds the best of the last fortnight for names of days. Each name is a
// short range of the primary key.
func summed(tx *gorm.DB, hour int64, matches string, names [][3]string) (found []sum, err error) {
	args := make([]any, 0, 3*len(names))
	for _, n := range names {
		args = append(args, n[0], n[1], n[2])
	}
	triples := strings.TrimSuffix(strings.Repeat("(?,?,?),", len(names)), ",")
	err = tx.Table("possession_history").
		Select(`business_id, scope, name, sum(sent) AS sent, sum(verified) AS verified, max(verified) AS peak,
			sum(CASE WHEN hour = ? THEN sent ELSE 0 END) AS sent_hour, sum(CASE WHEN hour = ? THEN verified ELSE 0 END) AS verified_hour`, hour, hour).
		Joins("JOIN (VALUES "+triples+") AS asked ON asked.column1 = business_id AND asked.column2 = scope AND "+matches, args...).
		Where("hour > ? OR scope IN ? AND hour > ?", hour-hoursADay, []string{scopeCountryDays, scopeBlockDays}, dayOf(hour)-historyDays*hoursADay).
		Group("business_id, scope, name").Find(&found).Error
	return found, err
}
