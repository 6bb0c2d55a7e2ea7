package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/lookup"
	"whoseline/models"
)

func (v veil) detail(r *lookup.Record) lookupDetail {
	d := lookupDetail{
		ID: r.ID, Status: lookupTag(r), Mark: checkTag(r), Revealed: !bool(v) && !r.Erased(),
		ChargeWords: chargeWords(r), Attempts: r.Exchanges(),
	}
	full := r.Advanced // the first owner's alone, as the API gives it
	for _, s := range r.Statements() {
		d.Statements = append(d.Statements, v.statement(s, full, r.Said.Conflict))
		full = full && len(s.Named) == 0
	}
	if conflict := r.Said.Conflict; conflict != nil {
		d.Conflict = &conflictDetail{fieldNames(conflict.Fields), conflict.Score, d.Statements}
	}
	if r.Status.Settled() {
		d.Match = v.match(r.Match())
	}
	return d
}

func (v veil) question(r *lookup.Record, confirmed lookup.Confirmation) []field {
	environment := "live"
	if r.Sandbox {
		environment = "sandbox"
	}
	served := ""
	if len(r.Said.Origins) > 0 {
		served = "the sources"
	}
	if r.Said.Recent {
		served = "an answer given shortly before"
	}
	answered := r.AnsweredAt
	if confirmed.Bound && confirmed.At.IsZero() && !r.Status.Settled() {
		answered = time.Time{} // it is when the code was sent
	}
	by := places(strings.TrimSpace(r.Asked.Requester.FirstName+" "+r.Asked.Requester.LastName), r.Asked.Requester.ID)
	return filled([]field{
		{Label: "Number", Value: v.phone(r.Phone())},
		{Label: "Reason", Value: r.Reason},
		{Label: "Product", Value: product(r.Advanced)},
		{Label: "Environment", Value: environment},
		{Label: "Source", Value: r.Source},
		{Label: "Answered from", Value: served},
		{Label: "Asked by", Value: by},
		{Label: "API key", Value: r.KeyID},
		{Label: "Requested at", Value: shownTime(r.RequestedAt)},
		{Label: "Answered at", Value: shownTime(answered)},
		{Label: "Metadata", Value: v.metadata(r.Asked.Metadata)},
	})
}

// metadata is the caller's own, and may hold whatever about a person: masked, only how much of it there is.
func (v veil) metadata(raw json.RawMessage) string {
	if !v || len(raw) == 0 {
		return string(raw)
	}
	members := 0
	gjson.ParseBytes(raw).ForEach(func(_, _ gjson.Result) bool {
		members++
		return true
	})
	return fmt.Sprintf("%d members, masked", members)
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

func consentFields(r *lookup.Record, confirmed lookup.Confirmation) []field {
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
		{Label: "Given at", Value: shownTime(r.RequestedAt)},
		{Label: "Confirmed at", Value: shownTime(confirmed.At)},
		{Label: "Purpose", Value: r.Purpose},
		{Label: "Asserted by API key", Value: r.KeyID},
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
		return models.NGN(r.Held).String() + " is held, to be charged or given back when the lookup ends."
	case r.Charged > 0:
		return models.NGN(r.Charged).String() + " was charged."
	default:
		return "Nothing was charged: what was held was given back."
	}
}

func shownTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05.000")
}
