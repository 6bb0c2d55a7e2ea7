package operator

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"
)

// fact is a value with its name.
type fact struct{ Label, Value string }

// facts lists the members of a view that have a value, those within others too, by their names in words.
func facts(v any) ([]fact, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var all []fact
	var walk func(label string, of gjson.Result)
	walk = func(label string, of gjson.Result) {
		if !of.IsObject() {
			all = append(all, fact{label, strings.Trim(strings.ReplaceAll(of.String(), `","`, ", "), `["]`)})
			return
		}
		of.ForEach(func(name, value gjson.Result) bool {
			walk(strings.TrimPrefix(label+", "+inWords(name.String()), ", "), value)
			return true
		})
	}
	walk("", gjson.ParseBytes(text))
	return all, nil
}

// inWords writes a name such as retentionDays as words.
func inWords(name string) string {
	var words strings.Builder
	for _, r := range name {
		switch {
		case unicode.IsUpper(r):
			words.WriteString(" " + string(unicode.ToLower(r)))
		case r == '_':
			words.WriteByte(' ')
		default:
			words.WriteRune(r)
		}
	}
	return words.String()
}
