package batches

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"

	"whoseline/models"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	CSV       Format = "csv"   // with a header
	JSONLines Format = "jsonl" // a lookup's body a line
)

// Statement is what a whole file says of consent, for rows that say nothing of their own.
type Statement struct {
	Consent bool   // every person has agreed
	Purpose string // to what
}

// line is a line of a file: a lookup's body, or what is wrong with it.
type line struct {
	number int64
	body   []byte
	err    error
}

// maxLine is how many bytes a line may have.
const maxLine = 64 << 10

// lines takes a file apart. It ends at what nobody can read on after.
func lines(f Format, file []byte, s Statement) iter.Seq[line] {
	if f == JSONLines {
		return jsonLines(file, s)
	}
	return csvLines(file, s)
}

func jsonLines(file []byte, s Statement) iter.Seq[line] {
	return func(yield func(line) bool) {
		in := bufio.NewScanner(bytes.NewReader(file))
		in.Buffer(make([]byte, 0, 4096), maxLine)
		n := int64(0)
		for in.Scan() {
			if n++; len(bytes.TrimSpace(in.Bytes())) == 0 {
				continue
			}
			var members map[string]json.RawMessage
			if err := json.Unmarshal(in.Bytes(), &members); err != nil || members == nil {
				if !yield(line{n, nil, models.BadField("line", "the line must be a JSON object")}) {
					return
				}
				continue
			}
			if !yield(line{n, stated(members, s), nil}) {
				return
			}
		}
		if in.Err() != nil {
			yield(line{n + 1, nil, models.BadField("line", "the line is too long")})
		}
	}
}

// stated adds what the file says of consent to a row that says nothing.
func stated(members map[string]json.RawMessage, s Statement) []byte {
	if _, own := members["isSubjectConsent"]; !own && s.Consent {
		members["isSubjectConsent"] = json.RawMessage("true")
	}
	if _, own := members["consent"]; !own && s.Purpose != "" {
		members["consent"] = encode(map[string]string{"purpose": s.Purpose})
	}
	return encode(members)
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("batches: " + err.Error()) // maps of texts always can be written
	}
	return text
}

func csvLines(file []byte, s Statement) iter.Seq[line] {
	return func(yield func(line) bool) {
		in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff"))))
		in.ReuseRecord = true
		header, err := in.Read()
		var columns []column
		if err == nil {
			columns, err = columnsOf(header)
		} else {
			err = models.BadField("line", "the first line must name the columns")
		}
		if err != nil {
			yield(line{1, nil, err})
			return
		}
		for {
			record, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
				if !yield(line{int64(parse.StartLine), nil, models.BadField("line", parse.Err.Error())}) || !errors.Is(err, csv.ErrFieldCount) {
					return
				}
				continue
			}
			at, _ := in.FieldPos(0)
			body, err := bodyOf(columns, record, s)
			if !yield(line{int64(at), body, err}) {
				return
			}
		}
	}
}

// column puts a field of a CSV file where it stands in a lookup's body.
type column struct {
	name string
	put  func(row *csvRow, text string) error
}

// csvRow gathers the fields of a line.
type csvRow struct {
	members  map[string]json.RawMessage
	metadata map[string]json.RawMessage
	expected map[string]string
}

const metadataPrefix = "metadata."

// columnsOf reads the header.
func columnsOf(header []string) (columns []column, err error) {
	seen := map[string]bool{}
	for _, name := range header {
		c := columnOf(strings.TrimSpace(name))
		switch {
		case c.put == nil:
			return nil, models.BadField("line", "there is no column "+name+": known are number, firstName, lastName, dateOfBirth, "+
				"advanceSearch, isSubjectConsent, purpose, metadata and metadata.NAME")
		case seen[c.name]:
			return nil, models.BadField("line", "the column "+name+" stands twice")
		}
		seen[c.name] = true
		columns = append(columns, c)
	}
	if !seen["mobile"] {
		return nil, models.BadField("line", "the column number is missing")
	}
	return columns, nil
}

// plainColumns are the columns that stand for one member, by their names in small letters.
var plainColumns = map[string]column{
	"number": {"mobile", text("mobile")}, "mobile": {"mobile", text("mobile")}, "phone": {"mobile", text("mobile")}, "phonenumber": {"mobile", text("mobile")},
	"firstname": {"firstName", expects("firstName")}, "lastname": {"lastName", expects("lastName")}, "dateofbirth": {"dateOfBirth", expects("dateOfBirth")},
	"advancesearch": {"advanceSearch", flag("advanceSearch")}, "issubjectconsent": {"isSubjectConsent", flag("isSubjectConsent")},
	"purpose": {"purpose", purpose}, "metadata": {"metadata", metadata},
}

func columnOf(name string) column {
	lower := strings.ToLower(name)
	if member := name[min(len(metadataPrefix), len(name)):]; strings.HasPrefix(lower, metadataPrefix) && member != "" {
		return column{metadataPrefix + member, func(row *csvRow, text string) error { row.metadata[member] = encode(text); return nil }}
	}
	return plainColumns[lower]
}

func expects(member string) func(*csvRow, string) error {
	return func(row *csvRow, text string) error { row.expected[member] = text; return nil }
}

func purpose(row *csvRow, text string) error {
	row.members["consent"] = encode(map[string]string{"purpose": text})
	return nil
}

func metadata(row *csvRow, text string) error {
	if json.Unmarshal([]byte(text), &row.metadata) != nil || row.metadata == nil {
		row.metadata = map[string]json.RawMessage{}
		return models.BadField("metadata", "metadata must be a JSON object")
	}
	return nil
}

func text(member string) func(*csvRow, string) error {
	return func(row *csvRow, text string) error { row.members[member] = encode(text); return nil }
}

func flag(member string) func(*csvRow, string) error {
	return func(row *csvRow, text string) error {
		switch strings.ToLower(text) {
		case "true", "yes", "1":
			row.members[member] = json.RawMessage("true")
		case "false", "no", "0":
			row.members[member] = json.RawMessage("false")
		default:
			return models.BadField(member, member+" must be true or false")
		}
		return nil
	}
}

// bodyOf makes a lookup's body of a line. An empty field says nothing.
func bodyOf(columns []column, record []string, s Statement) ([]byte, error) {
	row := &csvRow{members: map[string]json.RawMessage{}, metadata: map[string]json.RawMessage{}, expected: map[string]string{}}
	for i, c := range columns {
		if field := strings.TrimSpace(record[i]); field != "" {
			if err := c.put(row, field); err != nil {
				return nil, err
			}
		}
	}
	if len(row.metadata) > 0 {
		row.members["metadata"] = encode(row.metadata)
	}
	if len(row.expected) > 0 {
		row.members["validations"] = encode(map[string]any{"data": row.expected})
	}
	return stated(row.members, s), nil
}
