package youverify

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
)

// The bounds of what a caller may attach to a lookup.
const (
	maxMetadata       = 16 << 10 // bytes, compacted
	maxMetadataLevels = 32
	maxKey            = 255 // characters of an idempotency key
	maxPurpose        = 200 // characters
	maxNotice         = 2000
)

// phoneQuery reads the body of a phone lookup. It judges the fields in the order of docs/dialects/youverify.md (Y2).
func phoneQuery(body []byte, keys [][]byte) (q lookup.Query, err error) {
	m, err := edge.ReadObject(body)
	if err != nil {
		return q, err
	}
	q.Body = body
	if q.Phone, err = m.Number("mobile"); err != nil {
		return q, err
	}
	if q.Metadata, err = readMetadata(m); err != nil {
		return q, err
	}
	if q.Advanced, err = m.Flag("advanceSearch"); err != nil {
		return q, err
	}
	if q.Expected, q.Scores, err = readValidations(m); err != nil {
		return q, err
	}
	if q.Consent, err = readConsent(m); err != nil {
		return q, err
	}
	if q.Consent.Refusal == "" {
		q.IdempotencyKey, err = idempotencyKey(keys)
	}
	return q, err
}

// readMetadata gives the caller's object as it was written, without insignificant space. It gives nil when there is
// none.
func readMetadata(m edge.Members) (json.RawMessage, error) {
	value, given := m.Given("metadata")
	if !given {
		return nil, nil
	}
	if !value.IsObject() {
		return nil, models.BadField("metadata", "metadata must be an object")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(value.Raw)); err != nil {
		return nil, edge.ErrBody
	}
	switch {
	case compact.Len() > maxMetadata:
		return nil, models.BadField("metadata", "metadata must be at most 16384 bytes")
	case levels(compact.Bytes()) > maxMetadataLevels:
		return nil, models.BadField("metadata", "metadata must be at most 32 levels deep")
	}
	return compact.Bytes(), nil
}

// levels counts how deep valid JSON is nested.
func levels(text []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// readValidations reads what the caller believes about the owner; clients write the name in two ways. The additive member
// scores asks for how near the names are.
func readValidations(m edge.Members) (e *models.Expected, scores bool, err error) {
	name := "validations"
	value, given := m.Given(name)
	if !given {
		name = "validation"
		value, given = m.Given(name)
	}
	if !given {
		return nil, false, nil
	}
	if !value.IsObject() {
		return nil, false, models.BadField(name, name+" must be an object")
	}
	in := edge.MembersOf(value)
	if _, given := in.Given("selfie"); given {
		return nil, false, models.BadField(name, name+".selfie is not supported")
	}
	if wish, given := in.Given("scores"); given && !wish.IsBool() {
		return nil, false, models.BadField(name, name+".scores must be a boolean")
	}
	data, given := in.Given("data")
	if !given {
		return nil, false, nil
	}
	if !data.IsObject() {
		return nil, false, models.BadField(name, name+".data must be an object")
	}
	e, err = expected(name+".data.", edge.MembersOf(data))
	return e, e != nil && in["scores"].Bool(), err
}

func expected(path string, in edge.Members) (*models.Expected, error) {
	var e models.Expected
	for name, into := range map[string]**string{"firstName": &e.FirstName, "lastName": &e.LastName, "dateOfBirth": &e.DateOfBirth} {
		value, given := in.Given(name)
		if !given {
			continue
		}
		text, err := edge.Bounded(value, path+name, maxPurpose)
		if err != nil {
			return nil, err
		}
		*into = &text
	}
	if e == (models.Expected{}) {
		return nil, nil
	}
	return &e, nil
}

// readConsent reads isSubjectConsent, which must be JSON true, and our own object in which a caller may say what the
// subject agreed to. A refusal is no error yet: it is evidence that has to be kept first.
func readConsent(m edge.Members) (c lookup.Consent, err error) {
	if more, given := m.Given("consent"); given {
		if c, err = consentDetails(more); err != nil {
			return c, err
		}
	}
	given, sent := m["isSubjectConsent"]
	switch {
	case !sent:
		c.Refusal = "isSubjectConsent is required"
	case !given.IsBool():
		c.Refusal = "isSubjectConsent must be a boolean"
	case !given.Bool():
		c.Refusal = "isSubjectConsent must be true"
	}
	return c, nil
}

func consentDetails(value gjson.Result) (c lookup.Consent, err error) {
	if !value.IsObject() {
		return c, models.BadField("consent", "consent must be an object")
	}
	in := edge.MembersOf(value)
	if purpose, given := in.Given("purpose"); given {
		if c.Purpose, err = edge.Bounded(purpose, "consent.purpose", maxPurpose); err != nil {
			return c, err
		}
	}
	notice, given := in.Given("notice")
	if !given {
		return c, nil
	}
	if !notice.IsObject() {
		return c, models.BadField("consent", "consent.notice must be an object")
	}
	c.Notice = &models.PrivacyNotice{}
	of := edge.MembersOf(notice)
	for _, part := range []struct {
		name string
		into *string
	}{{"url", &c.Notice.URL}, {"version", &c.Notice.Version}, {"language", &c.Notice.Language}} {
		if value, given := of.Given(part.name); given {
			if *part.into, err = edge.Bounded(value, "consent.notice."+part.name, maxNotice); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// idempotencyKey reads the header of that name, bare or quoted. The zero character is none that a database column takes.
func idempotencyKey(sent [][]byte) (string, error) {
	if len(sent) == 0 {
		return "", nil
	}
	key := string(sent[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	n := utf8.RuneCountInString(key)
	if len(sent) > 1 || n < 1 || n > maxKey || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		return "", models.BadField("Idempotency-Key", "Idempotency-Key must be 1 to 255 characters")
	}
	return key, nil
}
