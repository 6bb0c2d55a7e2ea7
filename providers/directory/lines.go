package directory

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// maxLine is the longest line that is read, in bytes. A photograph fits.
const maxLine = 4 << 20

var errUnfinished = errors.New("the record has no end")

// fault tells why one line is left out. Its text names the field, never the value.
type fault struct{ field, reason string }

func (f *fault) Error() string { return f.field + ": " + f.reason }

// lineReader gives the lines of a file one by one, in bounded memory, and takes lines back.
type lineReader struct {
	in     *bufio.Reader
	end    byte // of a line
	buffer []byte
	ahead  []heard
	number int   // of the line given last, from 1
	bytes  int64 // read so far
}

// heard is a line that was read and given back.
type heard struct {
	text []byte
	err  error
}

// newLineReader skips a byte order mark. Lines end with LF or CRLF, or with CR alone in a file that begins so, as
// spreadsheets for older Macintoshes write them.
func newLineReader(r io.Reader) *lineReader {
	l := &lineReader{in: bufio.NewReaderSize(r, 64<<10), end: '\n'}
	if start, _ := l.in.Peek(16 << 10); bytes.IndexByte(start, '\n') < 0 && bytes.IndexByte(start, '\r') >= 0 {
		l.end = '\r'
	}
	if mark, _ := l.in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		n, _ := l.in.Discard(len(mark))
		l.bytes += int64(n)
	}
	return l
}

// beginsWith tells whether text comes first, white space apart.
func (l *lineReader) beginsWith(text string) bool {
	start, _ := l.in.Peek(1 << 10)
	return bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte(text))
}

// next gives a line without its end, good until the next call. A line that is too long or no UTF-8 is a *fault.
func (l *lineReader) next() ([]byte, error) {
	l.number++
	if len(l.ahead) > 0 {
		first := l.ahead[0]
		l.ahead = l.ahead[1:]
		return first.text, first.err
	}
	whole, err := l.fill()
	switch {
	case err != nil:
		return nil, err
	case !whole:
		return nil, &fault{"line", "longer than 4 MiB"}
	case !utf8.Valid(l.buffer):
		return nil, &fault{"line", "not UTF-8"}
	}
	return l.buffer, nil
}

// fill puts the next line into the buffer, as far as it fits.
func (l *lineReader) fill() (whole bool, err error) {
	l.buffer, whole = l.buffer[:0], true
	var part []byte
	var got int64
	for {
		part, err = l.in.ReadSlice(l.end)
		got += int64(len(part))
		if whole = whole && len(l.buffer)+len(part) <= maxLine+2; whole {
			l.buffer = append(l.buffer, part...)
		}
		if err != bufio.ErrBufferFull {
			break
		}
	}
	l.bytes += got
	if err == io.EOF && got > 0 {
		err = nil // the last line lacks its end
	}
	l.buffer = bytes.TrimSuffix(l.buffer, []byte{l.end})
	l.buffer = bytes.TrimSuffix(l.buffer, []byte("\r"))
	return whole && len(l.buffer) <= maxLine, err
}

// unread gives lines back, to be read again in their order. They must be copies.
func (l *lineReader) unread(lines []heard) {
	l.number -= len(lines)
	l.ahead = append(lines, l.ahead...)
}

// filled gives the next line that is not empty.
func (l *lineReader) filled() ([]byte, error) {
	for {
		text, err := l.next()
		if err != nil || len(bytes.TrimSpace(text)) > 0 {
			return text, err
		}
	}
}
