package youverify

import (
	"strconv"
	"strings"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/webhooks"
)

const (
	successMessage    = "success"
	identityRetrieved = "Identity retrieved successfully!"
)

// envelope begins every answer that is not an error.
func envelope(message string, room int) []byte {
	buf := append(make([]byte, 0, room), `{"success":true,"statusCode":200,"message":`...)
	return append(edge.AppendText(buf, message), `,"data":`...)
}

// renderOne gives the answer that carries one lookup.
func renderOne(r *lookup.Record, parentID, message string) []byte {
	buf := envelope(message, 1400+len(r.Asked.Metadata))
	return append(appendIdentity(buf, r, parentID), `,"links":[]}`...)
}

// Identity gives the answer that carries one past lookup.
func Identity(r *lookup.Record, parentID string) []byte {
	return renderOne(r, parentID, identityRetrieved)
}

// CompletedEvent is what a business is told when a pending lookup has ended: decision Y14. The
// identity carries its id under both names that clients read.
func CompletedEvent(r *lookup.Record, parentID string) webhooks.NewEvent {
	const kind = "identity.verification.completed"
	body := append(make([]byte, 0, 1500+len(r.Asked.Metadata)), `{"event":"`+kind+`","apiVersion":"v2","data":{"_id":`...)
	body = append(edge.AppendText(body, r.ID), ',')
	body = append(body, appendIdentity(nil, r, parentID)[1:]...)
	return webhooks.NewEvent{BusinessID: r.BusinessID, Type: kind, LookupID: r.ID, Sandbox: r.Sandbox, Payload: append(body, '}')}
}

// pageOf is where a list stands: cursor and href are empty on the last page.
type pageOf struct {
	limit        int
	cursor, href string
}

// renderPage gives the answer that carries a list of lookups.
func renderPage(records []*lookup.Record, parentID string, p pageOf) []byte {
	buf := append(envelope(successMessage, 200+1400*len(records)), '[')
	for i, r := range records {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendIdentity(buf, r, parentID)
	}
	buf = append(buf, `],"links":[`...)
	if p.href != "" {
		buf = append(edge.AppendText(append(buf, `{"rel":"next","href":`...), p.href), '}')
	}
	buf = strconv.AppendInt(append(buf, `],"pagination":{"limit":`...), int64(p.limit), 10)
	buf = edge.AppendKnown(append(buf, `,"nextCursor":`...), p.cursor)
	return append(strconv.AppendBool(append(buf, `,"hasMore":`...), p.cursor != ""), "}}"...)
}

// appendIdentity writes a lookup as decision Y5 lists it: every member always, in that order.
func appendIdentity(buf []byte, r *lookup.Record, parentID string) []byte {
	w := &edge.ObjectWriter{Buf: append(buf, '{')}
	var owner models.Owner // the first owner's fields stand in the full record; the basic one knows none of them
	if r.Advanced && len(r.Said.Owners) > 0 {
		owner = r.Said.Owners[0]
	}
	match := r.Match()
	w.Text("id", r.ID)
	appendAddress(w, r.Advanced, owner.Address)
	w.Known("parentId", parentID)
	w.Text("status", r.Status.Shown())
	w.Known("reason", r.Reason)
	w.Flag("dataValidation", match != nil)
	w.Raw("selfieValidation", "false")
	w.Flag("allValidationPassed", !r.Erased() && (match == nil || match.All())) // what was asked is gone with the person
	if match != nil && r.Status.Settled() {                                     // nothing was compared yet
		appendMatch(w, match, r.Asked.Scores)
	}
	w.Known("firstName", owner.FirstName)
	w.Known("middleName", owner.MiddleName)
	w.Known("lastName", owner.LastName)
	w.Known("image", owner.Image)
	w.Known("email", owner.Email)
	w.Known("nin", owner.NIN)
	w.Known("birthState", owner.BirthState)
	w.Known("religion", owner.Religion)
	w.Known("birthLGA", owner.BirthLGA)
	w.Known("birthCountry", owner.Birthplace)
	w.Known("dateOfBirth", owner.DateOfBirth)
	appendOwners(w, r.Said.Owners)
	w.Raw("isConsent", "true")
	w.Text("idNumber", r.Phone().National())
	w.Text("businessId", r.BusinessID)
	w.Raw("type", `"phone"`)
	if r.Advanced {
		w.Text("gender", owner.Gender)
	} else {
		w.Raw("gender", "null")
	}
	w.Time("requestedAt", r.RequestedAt)
	w.Text("requestedById", r.Asked.Requester.ID)
	w.Raw("country", `"NG"`)
	created := r.AnsweredAt
	if created.IsZero() {
		created = r.RequestedAt
	}
	w.Time("createdAt", created)
	w.Time("lastModifiedAt", r.ModifiedAt)
	if r.Advanced {
		w.Raw("advanceSearch", "true")
	}
	appendMetadata(w, r.Asked.Metadata)
	appendRequester(w, r.Asked.Requester)
	w.Close()
	return w.Buf
}

func appendAddress(w *edge.ObjectWriter, advanced bool, a *models.Address) {
	if !advanced {
		w.Raw("address", "null")
		return
	}
	if a == nil {
		a = &models.Address{}
	}
	w.Open("address")
	w.Known("town", a.Town)
	w.Known("lga", a.LGA)
	w.Known("state", a.State)
	w.Known("addressLine", a.Line)
	w.Close()
}

func appendOwners(w *edge.ObjectWriter, owners []models.Owner) {
	w.Name("phoneDetails")
	w.Buf = append(w.Buf, '[')
	for i, o := range owners {
		if i > 0 {
			w.Buf = append(w.Buf, ',')
		}
		w.Buf = append(w.Buf, '{')
		w.Known("fullName", o.Printed())
		w.Known("dateOfBirth", o.DateOfBirth)
		w.Close()
	}
	w.Buf = append(w.Buf, ']')
}

// appendMatch writes the verdicts on what the caller expected, see decision Y11. Each verdict is yes or no. Our
// additions, for what is not on record and for scores, have names of their own.
func appendMatch(w *edge.ObjectWriter, m *lookup.Match, scores bool) {
	var wrong []string
	w.Open("validations")
	w.Open("data")
	for _, f := range []struct {
		name, title string
		c           *lookup.Compared
	}{
		{"lastName", "Last name", m.LastName},
		{"dateOfBirth", "Date of birth", m.DateOfBirth},
		{"firstName", "First name", m.FirstName},
	} {
		if f.c == nil {
			continue
		}
		w.Open(f.name)
		w.Flag("validated", f.c.Same())
		w.Text("value", f.c.Value)
		if scores || f.c.Verdict == models.NotAvailable {
			w.Text("verdict", string(f.c.Verdict))
		}
		if scores {
			w.Score("score", f.c.Score)
		}
		w.Close()
		switch {
		case f.c.Disputed:
			wrong = append(wrong, f.title+" differs between sources")
		case f.c.Verdict == models.Differs:
			wrong = append(wrong, f.title+" does not match")
		case f.c.Verdict == models.NotAvailable:
			wrong = append(wrong, f.title+" could not be compared")
		}
	}
	w.Close()
	w.Text("validationMessages", strings.Join(wrong, ", "))
	w.Close()
}

func appendMetadata(w *edge.ObjectWriter, metadata []byte) {
	if metadata == nil {
		w.Raw("metadata", "{}")
		return
	}
	w.Name("metadata")
	w.Buf = append(w.Buf, metadata...)
}

func appendRequester(w *edge.ObjectWriter, r models.Requester) {
	w.Open("requestedBy")
	w.Text("firstName", r.FirstName)
	w.Text("lastName", r.LastName)
	w.Text("middleName", r.MiddleName)
	w.Text("id", r.ID)
	w.Close()
}
