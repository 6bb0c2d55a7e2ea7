package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"unicode/utf8"

	"whoseline/models"
)

const maxDetail = 2048 // bytes

var actionForm = regexp.MustCompile(`^[a-z_]{1,32}(\.[a-z_]{1,32}){1,3}$`)

// checkEvent finds what no event may be. Callers that make such a one are wrong, not their users.
func checkEvent(e Event) error {
	if models.CheckID(e.BusinessID) != nil || models.CheckName("actor", e.Actor) != nil || models.CheckText("target", e.Target) != nil {
		return models.Fault(errors.New("an event's business, actor or target is not one"))
	}
	if !actionForm.MatchString(e.Action) {
		return models.Fault(errors.New("an event's action is not dotted lower case"))
	}
	object := json.Valid([]byte(e.Detail)) && e.Detail[0] == '{' && utf8.ValidString(e.Detail)
	if !object || len(e.Detail) > maxDetail {
		return models.Fault(errors.New("an event's detail is not a small JSON object"))
	}
	return nil
}

// Details writes an event's detail.
func Details(of map[string]any) string {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(of); err != nil {
		return "" // texts, numbers and truths can be written
	}
	return string(bytes.TrimSpace(text.Bytes()))
}
