package edge

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"whoseline/models"
)

// ErrBody refuses a body that is no JSON object.
var ErrBody = models.Fail(models.Invalid, "request body must be a JSON object")

// Members are the values of a JSON object by name; of a repeated name the last one counts.
type Members map[string]gjson.Result

// ReadObject reads a JSON object. The standard library judges whether it is one, because it bounds the depth.
func ReadObject(body []byte) (Members, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, ErrBody
	}
	value := gjson.ParseBytes(body)
	if !value.IsObject() {
		return nil, ErrBody
	}
	return MembersOf(value), nil
}

// Given tells whether an optional member is there. Serializers write members that nobody set as null.
func (m Members) Given(name string) (value gjson.Result, given bool) {
	value, sent := m[name]
	return value, sent && value.Type != gjson.Null
}

// MembersOf takes an object apart that is inside another one.
func MembersOf(value gjson.Result) Members {
	m := make(Members, 8)
	value.ForEach(func(name, value gjson.Result) bool {
		m[name.String()] = value
		return true
	})
	return m
}

// Number reads the number that a member must be.
func (m Members) Number(name string) (models.Phone, error) {
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

// Flag reads a boolean, false when it is not there.
func (m Members) Flag(name string) (bool, error) {
	value, given := m.Given(name)
	if given && !value.IsBool() {
		return false, models.BadField(name, name+" must be a boolean")
	}
	return value.Bool(), nil
}

// Bounded reads a string of at most so many characters, without the zero character that no database column takes.
func Bounded(value gjson.Result, field string, most int) (string, error) {
	if value.Type != gjson.String {
		return "", models.BadField(field, field+" must be a string")
	}
	text := value.String()
	if utf8.RuneCountInString(text) > most || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return "", models.BadField(field, field+" must be text of at most "+strconv.Itoa(most)+" characters")
	}
	return text, nil
}
