package vendor

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// readBy names the fields of a definition behind what a fixture expects of an owner, where the names differ.
var readBy = map[string][]string{
	"full_name": {"full", "first", "middle", "last"}, "first_name": {"first"}, "middle_name": {"middle"}, "last_name": {"last"},
	"date_of_birth": {"dob"}, "image": {"photo"},
}

var missingOfOwner = regexp.MustCompile(`^owners\[\d+\]\.(\w+) is null`)

// explained adds to a fixture's differences the paths of the definition that do not exist in the vendor's answer. They
// are the usual cause, which "null" alone does not tell.
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

// leadNowhere names the fields behind an expectation whose paths do not exist in the answer.
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
