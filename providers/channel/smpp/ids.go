package smpp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxID is the longest id of a message, in bytes, and keptIDs how many of them are remembered.
const (
	maxID   = 64
	keptIDs = 10_000
)

// usable gives an id that can be kept: "" for one that no message centre should give.
func usable(id string) string {
	if len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return id
}

// forms are the ways in which a receipt may name a message, likeliest first. The parameter repeats the id of the
// submit's answer; the text often has the same number in the other base.
var forms = []func(parameter, text string) string{
	func(parameter, _ string) string { return parameter },
	func(_, text string) string { return text },
	func(_, text string) string { return rebase(text, 16, "%d") },
	func(_, text string) string { return rebase(text, 10, "%x") },
	func(_, text string) string { return rebase(text, 10, "%X") },
	func(_, text string) string { return rebase(text, 10, "%08x") },
	func(_, text string) string { return rebase(text, 10, "%08X") },
}

func rebase(text string, base int, format string) string {
	n, err := strconv.ParseUint(text, base, 64)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(format, n)
}

// ids remembers the message centre's latest ids, and which form its receipts use. Only the reader of a session uses it.
type ids struct {
	given map[string]struct{}
	order []string // the oldest is at next, once all places are taken
	next  int
	form  int // -1 = not known yet
}

func newIDs() *ids { return &ids{given: map[string]struct{}{}, form: -1} }

// note remembers an id, in place of the oldest if there are too many.
func (i *ids) note(id string) {
	if _, twice := i.given[id]; id == "" || twice {
		return
	}
	i.given[id] = struct{}{}
	if len(i.order) < keptIDs {
		i.order = append(i.order, id)
		return
	}
	delete(i.given, i.order[i.next])
	i.order[i.next] = id
	i.next = (i.next + 1) % keptIDs
}

// meant gives the id that a receipt means. If the message is not remembered, as after a restart, the form of earlier
// receipts decides. While no form is known there may be several, likeliest first.
func (i *ids) meant(parameter, text string) (list []string) {
	for form, read := range forms {
		id := usable(read(parameter, text))
		if _, ours := i.given[id]; ours {
			i.form = form
			return []string{id}
		}
		if id != "" && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	if i.form >= 0 {
		if id := usable(forms[i.form](parameter, text)); id != "" {
			return []string{id}
		}
	}
	return list
}
