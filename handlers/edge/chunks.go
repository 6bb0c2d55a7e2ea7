package edge

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
)

// maxChunkLine is how long the line before a chunk may be: a size, and extensions that nobody reads.
const maxChunkLine = 256

// chunks is a chunked body (RFC 9112, section 7.1). Where two readers might differ, it is refused.
type chunks struct {
	from  *bufio.Reader
	left  int64 // of the chunk under way
	begun bool  // a chunk was read, whose CRLF is due
	over  bool
}

// Read gives the content. io.EOF tells that the body is over, trailers and all.
func (c *chunks) Read(into []byte) (int, error) {
	if c.over {
		return 0, io.EOF
	}
	if c.left == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	if c.left == 0 {
		c.over = true
		return 0, firstOf(c.trailers(), io.EOF)
	}
	n, err := c.from.Read(into[:min(int64(len(into)), c.left)])
	c.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads the line before a chunk.
func (c *chunks) next() error {
	if c.begun {
		if line, err := c.line(2); err != nil || len(line) > 0 {
			return firstOf(err, errFraming)
		}
	}
	c.begun = true
	line, err := c.line(maxChunkLine)
	if err != nil {
		return err
	}
	size, extension, _ := bytes.Cut(line, []byte{';'})
	if len(size) > 15 || len(bytes.Trim(size, "0123456789abcdefABCDEF")) > 0 || !isValue(string(extension)) {
		return errFraming
	}
	if c.left, err = strconv.ParseInt(string(size), 16, 64); err != nil {
		return errFraming
	}
	return nil
}

// trailers reads to the empty line. What they say is dropped: nobody may bring a header late.
func (c *chunks) trailers() error {
	var h head
	for room := MaxHeader; ; {
		line, err := c.line(room)
		if err != nil || len(line) == 0 {
			return err
		}
		if room -= len(line) + 2; room <= 2 {
			return errFraming
		}
		if h.field(line) != nil {
			return errFraming
		}
	}
}

// line reads a line of so many bytes at most and takes its CRLF off.
func (c *chunks) line(room int) ([]byte, error) {
	var line []byte
	for {
		b, err := c.from.ReadByte()
		if err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		line = append(line, b)
		switch {
		case b == '\n' && bytes.HasSuffix(line, crlf):
			return line[:len(line)-2], nil
		case b == '\n' || len(line) >= room:
			return nil, errFraming
		}
	}
}

// firstOf gives the first error that is one.
func firstOf(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
