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

// fault is why one line is left out. Its text names the field, never the value.
type fault struct{ field, reason string }

func (f *fault) Error() string { return f.field + ": " + f.reason }

// lineReader gives the lines of a file one by one, in bounded memory, and takes lines back.
type lineReader struct {
	in     *bufio.Reader
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

// newLineReader skips a byte order mark.
func newLineReader(r io.Reader) *lineReader {
	l := &lineReader{in: bufio.NewReaderSize(r, 64<<10)}
	if mark, _ := l.in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		n, _ := l.in.Discard(len(mark))
		l.bytes += int64(n)
	}
	return l
}

// beginsWith tells whether c is the first character other than white space.
func (l *lineReader) beginsWith(c byte) bool {
	start, _ := l.in.Peek(1 << 10)
	start = bytes.TrimLeft(start, " \t\r\n")
	return len(start) > 0 && start[0] == c
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
		part, err = l.in.ReadSlice('\n')
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
	l.buffer = bytes.TrimSuffix(bytes.TrimSuffix(l.buffer, []byte("\n")), []byte("\r"))
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
