package views

import (
	"encoding/json"
	"strconv"
	"strings"

	"whoseline/batches"
	"whoseline/lookup"
)

// BatchRow is what became of a row. What is personal in it is missing where the person was erased, and names where the business is
// given verdicts only.
type BatchRow struct {
	Row      int64           `json:"row"`
	Status   string          `json:"status"` // waiting, found, not_found, failed, pending, refused or erased
	Why      string          `json:"why,omitempty"`
	ID       string          `json:"id,omitempty"` // of the lookup
	Charged  int64           `json:"charged"`      // kobo
	Number   string          `json:"number,omitempty"`
	Owners   []Owner         `json:"owners,omitempty"`
	Match    *Match          `json:"match,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// BatchRowOf shows a row, with its lookup if it has one.
func BatchRowOf(r batches.Row, l *lookup.Record) BatchRow {
	v := BatchRow{Row: r.Number, Status: r.Outcome, Why: r.Why, ID: r.LookupID, Charged: r.Charged}
	if v.Status == "" {
		v.Status = "waiting"
	}
	if l == nil {
		return v
	}
	if v.Status, v.Charged = l.Status.Shown(), l.Charged; l.Erased() {
		v.Status = "erased"
		return v
	}
	v.Number, v.Match, v.Metadata = l.Asked.Phone, matchOf(l), l.Asked.Metadata
	for _, o := range l.Said.Owners {
		v.Owners = append(v.Owners, Owner{known(o.Printed()), known(o.DateOfBirth)})
	}
	return v
}

// BatchColumns are the columns of a result as a table.
func BatchColumns() []string {
	return []string{
		"row", "status", "why", "lookup", "charged_kobo", "number", "full_name", "date_of_birth", "other_owners", "first_name_match", "last_name_match",
		"date_of_birth_match", "metadata",
	}
}

// Cells gives the row as a line of the table. Only the first owner has columns of their own.
func (v BatchRow) Cells() []string {
	name, born, others := "", "", ""
	for i, o := range v.Owners {
		if i == 0 {
			name, born = said(o.FullName), said(o.DateOfBirth)
		} else {
			others += said(o.FullName) + " " + said(o.DateOfBirth) + ";"
		}
	}
	var match Match
	if v.Match != nil {
		match = *v.Match
	}
	cells := []string{
		strconv.FormatInt(v.Row, 10), v.Status, v.Why, v.ID, strconv.FormatInt(v.Charged, 10), v.Number, name, born, others,
		verdict(match.FirstName), verdict(match.LastName), verdict(match.DateOfBirth), string(v.Metadata),
	}
	for i := range cells[6:] {
		cells[6+i] = Cell(cells[6+i])
	}
	return cells
}

func said(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func verdict(m *FieldMatch) string {
	if m == nil {
		return ""
	}
	return string(m.Verdict)
}

// Cell keeps a spreadsheet from taking a text for a formula.
func Cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(text[0])) {
		return "'" + text
	}
	return text
}
