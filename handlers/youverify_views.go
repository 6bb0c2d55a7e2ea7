package handlers

import (
	"strconv"
	"strings"

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
	return append(appendText(buf, message), `,"data":`...)
}

// renderOne gives the answer that carries one lookup.
func renderOne(r *lookup.Record, parentID, message string) []byte {
	buf := envelope(message, 1400+len(r.Asked.Metadata))
	return append(appendIdentity(buf, r, parentID), `,"links":[]}`...)
}

// CompletedEvent is what a business is told when a pending lookup has ended: decision Y14. The
// identity carries its id under both names that clients read.
func CompletedEvent(r *lookup.Record, parentID string) webhooks.NewEvent {
	const kind = "identity.verification.completed"
	body := append(make([]byte, 0, 1500+len(r.Asked.Metadata)), `{"event":"`+kind+`","apiVersion":"v2","data":{"_id":`...)
	body = append(appendText(body, r.ID), ',')
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
		buf = append(appendText(append(buf, `{"rel":"next","href":`...), p.href), '}')
	}
	buf = strconv.AppendInt(append(buf, `],"pagination":{"limit":`...), int64(p.limit), 10)
	buf = appendKnown(append(buf, `,"nextCursor":`...), p.cursor)
	return append(strconv.AppendBool(append(buf, `,"hasMore":`...), p.cursor != ""), "}}"...)
}

// appendIdentity writes a lookup as decision Y5 lists it: every member always, in that order.
func appendIdentity(buf []byte, r *lookup.Record, parentID string) []byte {
	w := &objectWriter{append(buf, '{')}
	var owner models.Owner // the first owner's fields stand in the full record; the basic one knows none of them
	if r.Advanced && len(r.Said.Owners) > 0 {
		owner = r.Said.Owners[0]
	}
	match := r.Match()
	w.text("id", r.ID)
	appendAddress(w, r.Advanced, owner.Address)
	w.known("parentId", parentID)
	w.text("status", shownStatus(r.Status))
	w.known("reason", r.Reason)
	w.flag("dataValidation", match != nil)
	w.raw("selfieValidation", "false")
	w.flag("allValidationPassed", !r.Erased() && (match == nil || match.All())) // what was asked is gone with the person
	if match != nil && r.Status.Settled() {                                     // nothing was compared yet
		appendMatch(w, match, r.Asked.Scores)
	}
	w.known("firstName", owner.FirstName)
	w.known("middleName", owner.MiddleName)
	w.known("lastName", owner.LastName)
	w.known("image", owner.Image)
	w.known("email", owner.Email)
	w.known("nin", owner.NIN)
	w.known("birthState", owner.BirthState)
	w.known("religion", owner.Religion)
	w.known("birthLGA", owner.BirthLGA)
	w.known("birthCountry", owner.Birthplace)
	w.known("dateOfBirth", owner.DateOfBirth)
	appendOwners(w, r.Said.Owners)
	w.raw("isConsent", "true")
	w.text("idNumber", r.Phone().National())
	w.text("businessId", r.BusinessID)
	w.raw("type", `"phone"`)
	if r.Advanced {
		w.text("gender", owner.Gender)
	} else {
		w.raw("gender", "null")
	}
	w.time("requestedAt", r.RequestedAt)
	w.text("requestedById", r.Asked.Requester.ID)
	w.raw("country", `"NG"`)
	created := r.AnsweredAt
	if created.IsZero() {
		created = r.RequestedAt
	}
	w.time("createdAt", created)
	w.time("lastModifiedAt", r.ModifiedAt)
	if r.Advanced {
		w.raw("advanceSearch", "true")
	}
	appendMetadata(w, r.Asked.Metadata)
	appendRequester(w, r.Asked.Requester)
	w.close()
	return w.buf
}

// shownStatus knows only the states that the vendor's clients do.
func shownStatus(s models.Status) string {
	if s == models.StatusOpen {
		return string(models.StatusPending)
	}
	return string(s)
}

func appendAddress(w *objectWriter, advanced bool, a *models.Address) {
	if !advanced {
		w.raw("address", "null")
		return
	}
	if a == nil {
		a = &models.Address{}
	}
	w.open("address")
	w.known("town", a.Town)
	w.known("lga", a.LGA)
	w.known("state", a.State)
	w.known("addressLine", a.Line)
	w.close()
}

func appendOwners(w *objectWriter, owners []models.Owner) {
	w.name("phoneDetails")
	w.buf = append(w.buf, '[')
	for i, o := range owners {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(w.buf, '{')
		w.known("fullName", fullName(o))
		w.known("dateOfBirth", o.DateOfBirth)
		w.close()
	}
	w.buf = append(w.buf, ']')
}

// fullName is the source's own, else last, first and middle name, as the vendor's samples order them.
func fullName(o models.Owner) string {
	if o.FullName != "" {
		return o.FullName
	}
	return strings.ToUpper(strings.Join(strings.Fields(o.LastName+" "+o.FirstName+" "+o.MiddleName), " "))
}

// appendMatch writes the verdicts on what the caller expected: decision Y11. Its answer to each is
// yes or no; what is added for the third case, that nothing is on record, and for scores has names of its own.
func appendMatch(w *objectWriter, m *lookup.Match, scores bool) {
	var wrong []string
	w.open("validations")
	w.open("data")
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
		w.open(f.name)
		w.flag("validated", f.c.Same())
		w.text("value", f.c.Value)
		if scores || f.c.Verdict == models.NotAvailable {
			w.text("verdict", string(f.c.Verdict))
		}
		if scores {
			w.score("score", f.c.Score)
		}
		w.close()
		switch {
		case f.c.Disputed:
			wrong = append(wrong, f.title+" differs between sources")
		case f.c.Verdict == models.Differs:
			wrong = append(wrong, f.title+" does not match")
		case f.c.Verdict == models.NotAvailable:
			wrong = append(wrong, f.title+" could not be compared")
		}
	}
	w.close()
	w.text("validationMessages", strings.Join(wrong, ", "))
	w.close()
}

func appendMetadata(w *objectWriter, metadata []byte) {
	if metadata == nil {
		w.raw("metadata", "{}")
		return
	}
	w.name("metadata")
	w.buf = append(w.buf, metadata...)
}

func appendRequester(w *objectWriter, r models.Requester) {
	w.open("requestedBy")
	w.text("firstName", r.FirstName)
	w.text("lastName", r.LastName)
	w.text("middleName", r.MiddleName)
	w.text("id", r.ID)
	w.close()
}
