package directory

import (
	"encoding/json"
	"maps"
	"slices"
)

// jsonl reads owners from JSON Lines: one object a line, with members named like the columns of a CSV file, in
// snake_case or camelCase. The address may be an object of its own. Other members are ignored.
type jsonl struct{ in *lineReader }

func (j *jsonl) next() (r row, line int, err error) {
	text, err := j.in.filled()
	line = j.in.number
	if err != nil {
		return r, line, err
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members == nil {
		return r, line, &fault{"line", "not a JSON object"}
	}
	return r, line, r.setAll(members)
}

// setAll takes the members over in the order of their names, so that of two spellings always the same one wins.
func (r *row) setAll(members map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		c := columnOf(name)
		if c == ignoredColumn {
			continue
		}
		var parts map[string]json.RawMessage
		if c == addressColumn && json.Unmarshal(members[name], &parts) == nil {
			if err := r.setAddress(parts); err != nil {
				return err
			}
			continue
		}
		text, ok := scalar(members[name])
		if !ok {
			return &fault{columnNames[c], "neither text nor a number"}
		}
		r.set(c, text)
	}
	return nil
}

func (r *row) setAddress(parts map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		c := columnOf(name)
		if plain(name) == "line" {
			c = addressColumn
		}
		if c != addressColumn && c != townColumn && c != lgaColumn && c != stateColumn {
			continue
		}
		text, ok := scalar(parts[name])
		if !ok {
			return &fault{columnNames[c], "neither text nor a number"}
		}
		r.set(c, text)
	}
	return nil
}

// scalar gives the text of a JSON string or number; null is empty.
func scalar(value json.RawMessage) (string, bool) {
	switch c := value[0]; {
	case c == '"':
		var text string
		err := json.Unmarshal(value, &text)
		return text, err == nil
	case c == 'n':
		return "", true
	case c == '-' || c >= '0' && c <= '9':
		return string(value), true
	default:
		return "", false
	}
}
