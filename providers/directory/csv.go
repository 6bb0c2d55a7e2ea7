package directory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxSpan is how many more lines one record may have: line breaks within quotes are allowed.
const maxSpan = 64

// csvFile reads owners from comma-separated values (RFC 4180) with a header row that names the columns, and also what
// spreadsheets make of that. It is our own because encoding/csv bounds neither the length of a record nor what a stray
// quote swallows. Here such a line is reported alone, and reading goes on at the next one.
type csvFile struct {
	in      *lineReader
	comma   byte
	columns []column // of the header's fields, in their order
	fields  []string
}

// separators may stand between fields: which one does in a file shows in its header.
const separators = ",;\t|"

// newCSV reads the header.
func newCSV(in *lineReader) (*csvFile, error) {
	c := &csvFile{in: in}
	text, err := in.filled()
	switch {
	case err == io.EOF:
		return c, nil // an empty file holds no owners
	case err != nil:
		return nil, fmt.Errorf("header row: %w", err)
	}
	choice := separators
	if word := strings.ToLower(string(text)); strings.HasPrefix(word, "sep=") && len(word) == len("sep=")+1 {
		choice = word[len("sep="):] // a line for spreadsheets, which are told so
		if text, err = in.filled(); err != nil {
			return nil, errors.New("header row: missing")
		}
	}
	first := heard{text: slices.Clone(text)}
	for i := range len(choice) {
		c.comma = choice[i]
		in.unread([]heard{first})
		if header, _, err := c.record(); err == nil && c.name(header) {
			return c, nil
		}
	}
	return nil, errors.New("header row: no column is called phone, mobile, msisdn or number")
}

// name maps the header's fields to columns, and tells whether one of them is the number.
func (c *csvFile) name(header []string) bool {
	c.columns = c.columns[:0]
	for _, name := range header {
		c.columns = append(c.columns, columnOf(name))
	}
	return slices.Contains(c.columns, phoneColumn)
}

// next gives the next row that is not empty. Spreadsheets leave out the empty fields at the end of a row, or add some.
func (c *csvFile) next() (r row, line int, err error) {
	for {
		fields, line, err := c.record()
		if err != nil {
			return r, line, err
		}
		for len(fields) > 0 && strings.TrimSpace(fields[len(fields)-1]) == "" {
			fields = fields[:len(fields)-1]
		}
		if len(fields) > len(c.columns) {
			return r, line, &fault{"line", "has " + strconv.Itoa(len(fields)) + " fields where the header has " +
				strconv.Itoa(len(c.columns))}
		}
		for i, text := range fields {
			r.set(c.columns[i], text)
		}
		if len(fields) > 0 {
			return r, line, nil
		}
	}
}

// record gives the fields of the next record and its first line's number. If a quote is not closed, it gives back all
// lines but the first.
func (c *csvFile) record() (fields []string, line int, err error) {
	text, err := c.in.filled()
	line = c.in.number
	if err != nil {
		return nil, line, err
	}
	var further []heard
	for {
		var end ending
		c.fields, end = c.split(text, c.fields[:0])
		switch {
		case end == closed:
			return c.fields, line, nil
		case end == broken:
			c.in.unread(further)
			return nil, line, &fault{"line", "a quote is out of place"}
		}
		if text, err = c.extend(text, &further); err != nil {
			c.in.unread(further)
			return nil, line, &fault{"line", "a quote is not closed"}
		}
	}
}

// extend adds the next line to an unfinished record, and notes it among the further ones whatever it is.
func (c *csvFile) extend(text []byte, further *[]heard) ([]byte, error) {
	if len(*further) == maxSpan {
		return nil, errUnfinished
	}
	if len(*further) == 0 {
		text = slices.Clone(text)
	}
	more, err := c.in.next()
	*further = append(*further, heard{slices.Clone(more), err})
	switch {
	case err != nil:
		return nil, err
	case len(text)+1+len(more) > maxLine:
		return nil, errUnfinished
	}
	return append(append(text, '\n'), more...), nil
}

// ending is where a record's text left the reader.
type ending int

const (
	closed ending = iota // at the end of a field
	open                 // within quotes: the record goes on in the next line
	broken               // a quote within an unquoted field, or text after a closing quote
)

// split adds the fields of text to fields.
func (c *csvFile) split(text []byte, fields []string) ([]string, ending) {
	for {
		field, rest, end := c.first(text)
		if end != closed {
			return fields, end
		}
		fields = append(fields, field)
		if len(rest) == 0 {
			return fields, closed
		}
		text = rest[1:] // after the separator
	}
}

// first gives the text up to the first separator that counts, and the rest beginning with it. Spreadsheets keep the zero
// of ="0803…" and write the field without quotes around it.
func (c *csvFile) first(text []byte) (field string, rest []byte, end ending) {
	if bytes.HasPrefix(text, []byte(`="`)) {
		text = text[1:]
	}
	if len(text) == 0 || text[0] != '"' {
		i := 0
		for i < len(text) && text[i] != c.comma {
			if text[i] == '"' {
				return "", nil, broken
			}
			i++
		}
		return string(text[:i]), text[i:], closed
	}
	var unquoted []byte
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '"':
			unquoted = append(unquoted, text[i])
		case i+1 < len(text) && text[i+1] == '"':
			unquoted = append(unquoted, '"')
			i++
		case i+1 == len(text) || text[i+1] == c.comma:
			return string(unquoted), text[i+1:], closed
		default:
			return "", nil, broken
		}
	}
	return "", nil, open
}
