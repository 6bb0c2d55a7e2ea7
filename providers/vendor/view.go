package vendor

import (
	"encoding/json"
	"fmt"
)

// shown writes a value of a fixture; a missing one is null.
func shown(value any) string {
	if value == nil {
		return "null"
	}
	return fmt.Sprint(value)
}

// view gives a reading in the words of fixtures.
func (said Reading) view() map[string]any {
	owners := []any{}
	for _, p := range said.Owners {
		owners = append(owners, p.view())
	}
	seen := map[string]any{
		"outcome": string(said.Outcome), "owners": owners, "upstream_ref": orNull(said.Ref),
		"match": nil, "signals": nil, "upstream_billed": nil, "retry_after_s": nil,
	}
	if said.RetryAfter > 0 {
		seen["retry_after_s"] = said.RetryAfter.Seconds()
	}
	if said.Billed != nil {
		seen["upstream_billed"] = *said.Billed
	}
	if m := said.Match; m != nil {
		seen["match"] = plainJSON(map[string]any{"verdict": orNull(m.Verdict), "fields": m.Fields, "scores": m.Scores})
	}
	if said.Signals != nil {
		seen["signals"] = plainJSON(said.Signals)
	}
	return seen
}

func (p Person) view() map[string]any {
	seen := map[string]any{}
	for name, text := range map[string]string{
		"full_name": p.FullName, "first_name": p.FirstName, "middle_name": p.MiddleName, "last_name": p.LastName,
		"date_of_birth": p.DateOfBirth, "gender": p.Gender, "nin": p.NIN, "phone": p.Phone, "email": p.Email,
		"id_type": p.IDType, "id_number": p.IDNumber, "image": p.Image,
	} {
		seen[name] = orNull(text)
	}
	return seen
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// plainJSON gives a value as encoding/json would read it back.
func plainJSON(value any) (plain any) {
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		return err.Error()
	}
	return plain
}
