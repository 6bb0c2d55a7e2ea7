package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/lookup"
	"whoseline/models"
)

func (v veil) detail(r *lookup.Record) lookupDetail {
	d := lookupDetail{
		ID: r.ID, Number: v.phone(r.Phone()), Status: lookupTag(r), Mark: checkTag(r), Revealed: !bool(v) && !r.Erased(),
		ChargeWords: chargeWords(r),
	}
	full := r.Advanced // the first owner's alone, as the API gives it
	for _, s := range r.Statements() {
		d.Statements = append(d.Statements, v.statement(s, full, r.Said.Conflict))
		full = full && len(s.Named) == 0
	}
	if conflict := r.Said.Conflict; conflict != nil {
		d.Conflict = &conflictDetail{Fields: capital(fieldNames(conflict.Fields)), Score: conflict.Score}
		d.Conflict.compare(d.Statements)
	}
	if r.Status.Settled() {
		d.Match = v.match(r.Match())
	}
	return d
}

// compare puts what the sources said of their first owners side by side, in the order in which fields are named.
func (d *conflictDetail) compare(said []statementDetail) {
	at := map[string]int{}
	for side, s := range said {
		d.Sides = append(d.Sides, s.Source)
		fields := s.Match
		if len(s.Owners) > 0 {
			fields = s.Owners[0]
		}
		for _, f := range fields {
			line, known := at[f.Label]
			if !known {
				line = len(d.Lines)
				at[f.Label] = line
				d.Lines = append(d.Lines, conflictLine{Label: f.Label, Values: slices.Repeat([]string{"not given"}, len(said))})
			}
			d.Lines[line].Values[side] = f.Value
			d.Lines[line].Differs = d.Lines[line].Differs || f.Differs
		}
	}
}

func (v veil) question(r *lookup.Record, s story) []field {
	environment := "live"
	if r.Sandbox {
		environment = "sandbox"
	}
	answered := r.AnsweredAt
	if s.awaitsCode() {
		answered = time.Time{} // it is when the code was sent
	}
	bound := ""
	switch {
	case !s.confirmed.At.IsZero():
		bound = "yes, confirmed " + s.shown(s.confirmed.At)
	case s.confirmed.Bound:
		bound = "yes, not confirmed"
	}
	by := places(strings.TrimSpace(r.Asked.Requester.FirstName+" "+r.Asked.Requester.LastName), r.Asked.Requester.ID)
	return filled([]field{
		{Label: "Number", Value: v.phone(r.Phone())},
		{Label: "Product", Value: productName(r.Advanced) + ", " + environment},
		{Label: "Asked by", Value: named(s.names, r.KeyID)},
		{Label: "Requester", Value: by},
		{Label: "Source", Value: r.Source},
		{Label: "Bound to a code", Value: bound},
		{Label: "Asked at", Value: s.shown(r.RequestedAt)},
		{Label: "Answered at", Value: s.shown(answered)},
		{Label: "Request", Value: r.Asked.RequestID},
	})
}

// shown is a time in words, "" for none.
func (s story) shown(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(s.zone).Format("2 Jan 2006, 15:04:05")
}

// metadata is the caller's own, and may hold whatever about a person: masked, but for the members that the business marked as not
// personal.
func (v veil) metadata(raw json.RawMessage, plainMembers []string) (all []field) {
	masked := 0
	gjson.ParseBytes(raw).ForEach(func(name, value gjson.Result) bool {
		if bool(v) && !slices.Contains(plainMembers, name.String()) {
			masked++
			return true
		}
		all = append(all, field{Label: name.String(), Value: value.String()})
		return true
	})
	if masked > 0 {
		all = append(all, field{Label: "Other members", Value: fmt.Sprintf("%d, masked", masked)})
	}
	return all
}

func (v veil) statement(s lookup.Statement, full bool, conflict *models.Disagreement) statementDetail {
	d := statementDetail{Source: s.Source, Outcome: plain(string(s.Outcome)), Ref: s.Ref, At: s.At, Match: comparisonFields(s.Match)}
	for i, o := range s.Named {
		d.Owners = append(d.Owners, v.owner(o, full && i == 0, conflict))
	}
	return d
}

func (v veil) match(m *lookup.Match) (rows []matchRow) {
	if m == nil {
		return nil
	}
	for _, f := range []struct {
		label string
		of    *lookup.Compared
		mask  func(string) string
	}{{"First name", m.FirstName, v.words}, {"Last name", m.LastName, v.words}, {"Date of birth", m.DateOfBirth, v.all}} {
		if f.of == nil {
			continue
		}
		row := matchRow{Label: f.label, Value: f.mask(f.of.Value), Verdict: verdictTag(f.of.Verdict)}
		if f.of.Score != nil {
			row.Score = fmt.Sprint(*f.of.Score)
		}
		rows = append(rows, row)
	}
	return rows
}

func fieldNames(names []string) string {
	words := map[string]string{"name": "name", "dateOfBirth": "date of birth", "firstName": "first name", "lastName": "last name"}
	var shown []string
	for _, name := range names {
		shown = append(shown, words[name])
	}
	return places(shown...)
}

func consentFields(r *lookup.Record, s story) []field {
	confirmed := s.confirmed
	var notice models.PrivacyNotice
	_ = json.Unmarshal([]byte(r.Notice), &notice) // what we wrote ourselves; none, it is empty
	channel := "attested by the caller"
	switch {
	case !confirmed.At.IsZero():
		channel = "a code that the number itself confirmed"
	case confirmed.Bound && r.Status.Settled():
		channel = "attested by the caller; the number did not confirm it"
	case confirmed.Bound:
		channel = "attested by the caller; the number has yet to confirm it"
	}
	return filled([]field{
		{Label: "Channel", Value: channel},
		{Label: "Given at", Value: s.shown(r.RequestedAt)},
		{Label: "Confirmed at", Value: s.shown(confirmed.At)},
		{Label: "Purpose", Value: r.Purpose},
		{Label: "Stated by", Value: named(s.names, r.KeyID)},
		{Label: "Notice", Value: notice.URL},
		{Label: "Notice version", Value: notice.Version},
		{Label: "Notice language", Value: notice.Language},
	})
}

func chargeWords(r *lookup.Record) string {
	switch {
	case r.Sandbox:
		return "Free: it was asked with a sandbox key."
	case !r.Status.Settled():
		return naira(r.Held) + " is held, to be charged or given back when the lookup ends."
	case r.Charged > 0:
		return naira(r.Charged) + " was charged."
	default:
		return "Nothing was charged: what was held was given back."
	}
}
