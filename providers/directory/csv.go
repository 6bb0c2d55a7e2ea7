package directory

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// maxSpan is how many further lines one record may run over, line breaks within quotes being allowed.
const maxSpan = 64

// csvFile reads owners from comma-separated values (RFC 4180) under a header row that names the columns. It is our own
// because encoding/csv bounds neither a record's length nor what a stray quote swallows: here such a line is reported
// alone and reading goes on at the very next one.
type csvFile struct {
	in      *lineReader
	columns []column // of the header's fields, in their order
	fields  []string
}

// newCSV reads the header.
func newCSV(in *lineReader) (*csvFile, error) {
	c := &csvFile{in: in}
	header, _, err := c.record()
	switch {
	case err == io.EOF:
		return c, nil // an empty file holds no owners
	case err != nil:
		return nil, fmt.Errorf("header row: %w", err)
	}
	for _, name := range header {
		c.columns = append(c.columns, columnOf(name))
	}
	if !slices.Contains(c.columns, phoneColumn) {
		return nil, errors.New("header row: no column is called phone, mobile or number")
	}
	return c, nil
}

func (c *csvFile) next() (r row, line int, err error) {
	fields, line, err := c.record()
	if err != nil {
		return r, line, err
	}
	if len(fields) != len(c.columns) {
		return r, line, &fault{"line", "has " + strconv.Itoa(len(fields)) + " fields where the header has " +
			strconv.Itoa(len(c.columns))}
	}
	for i, text := range fields {
		r.set(c.columns[i], text)
	}
	return r, line, nil
}

// record gives the fields of the next record and the line on which it begins. If a quote is not closed, it gives all
// lines but the first back.
func (c *csvFile) record() (fields []string, line int, err error) {
	text, err := c.in.filled()
	line = c.in.number
	if err != nil {
		return nil, line, err
	}
	var further []heard
	for {
		var end ending
		c.fields, end = splitCSV(text, c.fields[:0])
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

// splitCSV adds the fields of text to fields.
func splitCSV(text []byte, fields []string) ([]string, ending) {
	for {
		field, rest, end := firstField(text)
		if end != closed {
			return fields, end
		}
		fields = append(fields, field)
		if len(rest) == 0 {
			return fields, closed
		}
		text = rest[1:] // after the comma
	}
}

// firstField gives the text up to the first comma that separates, and the rest beginning with that comma.
func firstField(text []byte) (field string, rest []byte, end ending) {
	if len(text) == 0 || text[0] != '"' {
		i := 0
		for i < len(text) && text[i] != ',' {
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
		case i+1 == len(text) || text[i+1] == ',':
			return string(unquoted), text[i+1:], closed
		default:
			return "", nil, broken
		}
	}
	return "", nil, open
}
