package handlers

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

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

var errBody = models.Fail(models.Invalid, "request body must be a JSON object")

// members are the values of a JSON object by name; of a repeated name the last one counts.
type members map[string]gjson.Result

// object reads a JSON object. The standard library judges whether it is one, because it bounds the depth.
func object(body []byte) (members, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errBody
	}
	value := gjson.ParseBytes(body)
	if !value.IsObject() {
		return nil, errBody
	}
	return membersOf(value), nil
}

// given tells whether an optional member is there. Serializers write members that nobody set as null.
func (m members) given(name string) (value gjson.Result, given bool) {
	value, sent := m[name]
	return value, sent && value.Type != gjson.Null
}

func membersOf(value gjson.Result) members {
	m := make(members, 8)
	value.ForEach(func(name, value gjson.Result) bool {
		m[name.String()] = value
		return true
	})
	return m
}

// phoneQuery reads the body of a phone lookup. It judges the fields in the order of docs/dialects/youverify.md (Y2).
func phoneQuery(body []byte, keys [][]byte) (q lookup.Query, err error) {
	m, err := object(body)
	if err != nil {
		return q, err
	}
	q.Body = body
	if q.Phone, err = m.phone(true); err != nil {
		return q, err
	}
	if q.Metadata, err = m.metadata(); err != nil {
		return q, err
	}
	if q.Advanced, err = m.flag("advanceSearch"); err != nil {
		return q, err
	}
	if q.Expected, q.Scores, err = m.validations(); err != nil {
		return q, err
	}
	if q.Consent, err = m.consent(); err != nil {
		return q, err
	}
	if q.Consent.Refusal == "" {
		q.IdempotencyKey, err = idempotencyKey(keys)
	}
	return q, err
}

func (m members) phone(required bool) (models.Phone, error) {
	if _, given := m.given("mobile"); !given && !required {
		return models.Phone{}, nil
	}
	return m.number("mobile")
}

// number reads the number that a member must be.
func (m members) number(name string) (models.Phone, error) {
	value, sent := m[name]
	switch {
	case !sent || value.Raw == `""`:
		return models.Phone{}, models.BadField(name, name+" is required")
	case value.Type != gjson.String:
		return models.Phone{}, models.BadField(name, name+" must be a string")
	}
	phone, err := models.ParseNigerian(value.String())
	if err != nil {
		return phone, models.BadField(name, name+" is not a valid phone number")
	}
	return phone, nil
}

// metadata gives the caller's object as it was written, without insignificant space; nil when there is none.
func (m members) metadata() (json.RawMessage, error) {
	value, given := m.given("metadata")
	if !given {
		return nil, nil
	}
	if !value.IsObject() {
		return nil, models.BadField("metadata", "metadata must be an object")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(value.Raw)); err != nil {
		return nil, errBody
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

func (m members) flag(name string) (bool, error) {
	value, given := m.given(name)
	if given && !value.IsBool() {
		return false, models.BadField(name, name+" must be a boolean")
	}
	return value.Bool(), nil
}

// validations reads what the caller believes about the owner; clients write the name in two ways. The additive member
// scores asks for how near the names are.
func (m members) validations() (e *models.Expected, scores bool, err error) {
	name := "validations"
	value, given := m.given(name)
	if !given {
		name = "validation"
		value, given = m.given(name)
	}
	if !given {
		return nil, false, nil
	}
	if !value.IsObject() {
		return nil, false, models.BadField(name, name+" must be an object")
	}
	in := membersOf(value)
	if _, given := in.given("selfie"); given {
		return nil, false, models.BadField(name, name+".selfie is not supported")
	}
	if wish, given := in.given("scores"); given && !wish.IsBool() {
		return nil, false, models.BadField(name, name+".scores must be a boolean")
	}
	data, given := in.given("data")
	if !given {
		return nil, false, nil
	}
	if !data.IsObject() {
		return nil, false, models.BadField(name, name+".data must be an object")
	}
	e, err = expected(name+".data.", membersOf(data))
	return e, e != nil && in["scores"].Bool(), err
}

func expected(path string, in members) (*models.Expected, error) {
	var e models.Expected
	for name, into := range map[string]**string{"firstName": &e.FirstName, "lastName": &e.LastName, "dateOfBirth": &e.DateOfBirth} {
		value, given := in.given(name)
		if !given {
			continue
		}
		text, err := bounded(value, path+name, maxPurpose)
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

// consent reads isSubjectConsent, which only JSON true fulfils, and the additive object in which a caller may say what
// the subject agreed to. A refusal is no error yet: it is evidence that has to be kept first.
func (m members) consent() (c lookup.Consent, err error) {
	if more, given := m.given("consent"); given {
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
	in := membersOf(value)
	if purpose, given := in.given("purpose"); given {
		if c.Purpose, err = bounded(purpose, "consent.purpose", maxPurpose); err != nil {
			return c, err
		}
	}
	notice, given := in.given("notice")
	if !given {
		return c, nil
	}
	if !notice.IsObject() {
		return c, models.BadField("consent", "consent.notice must be an object")
	}
	c.Notice = &models.PrivacyNotice{}
	of := membersOf(notice)
	for _, part := range []struct {
		name string
		into *string
	}{{"url", &c.Notice.URL}, {"version", &c.Notice.Version}, {"language", &c.Notice.Language}} {
		if value, given := of.given(part.name); given {
			if *part.into, err = bounded(value, "consent.notice."+part.name, maxNotice); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// bounded reads a string of at most so many characters, without the zero character that no database column takes.
func bounded(value gjson.Result, field string, most int) (string, error) {
	if value.Type != gjson.String {
		return "", models.BadField(field, field+" must be a string")
	}
	text := value.String()
	if utf8.RuneCountInString(text) > most || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return "", models.BadField(field, field+" must be text of at most "+strconv.Itoa(most)+" characters")
	}
	return text, nil
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
