package vendor

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// readBy says from which fields of a definition comes what a fixture expects of an owner, where the names differ.
var readBy = map[string][]string{
	"full_name": {"full", "first", "middle", "last"}, "first_name": {"first"}, "middle_name": {"middle"}, "last_name": {"last"},
	"date_of_birth": {"dob"}, "image": {"photo"},
}

var missingOfOwner = regexp.MustCompile(`^owners\[\d+\]\.(\w+) is null`)

// explained adds to the differences of a fixture which path of the definition leads nowhere in the vendor's answer. It is
// the usual cause, and "null" alone does not tell it.
func (d *definition) explained(differences []string, body []byte) []string {
	for i, text := range differences {
		var key string
		switch m := missingOfOwner.FindStringSubmatch(text); {
		case m != nil:
			key = m[1]
		case strings.HasPrefix(text, "outcome is bad_payload, want found"):
			key = "full_name"
		default:
			continue
		}
		if nowhere := d.leadNowhere(key, gjson.ParseBytes(body)); nowhere != "" {
			differences[i] = text + ": " + nowhere
		}
	}
	return differences
}

// leadNowhere names the fields behind an expectation whose paths the answer does not have.
func (d *definition) leadNowhere(key string, answer gjson.Result) string {
	if list := d.Owners.value(answer); list.IsArray() {
		answer = list.Get("0")
	}
	fields := readBy[key]
	if fields == nil {
		fields = []string{key}
	}
	var nowhere []string
	for _, field := range fields {
		if at := d.Fields[field]; len(at) > 0 && !at.present(answer) {
			nowhere = append(nowhere, fmt.Sprintf("fields.%s reads %s, where the answer has nothing", field, strings.Join(at, " or ")))
		}
	}
	return strings.Join(nowhere, "; ")
}
