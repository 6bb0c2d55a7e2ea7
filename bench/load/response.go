package load

import (
	"bytes"
	"errors"
)

var (
	errNotHTTP  = errors.New("not an HTTP/1.1 response")
	errNoLength = errors.New("response without Content-Length")
)

var (
	headEnd      = []byte("\r\n\r\n")
	lengthHeader = []byte("Content-Length: ")
)

// parse looks for one whole response at the start of buf. It gives the status and the number of bytes that the
// response takes, or 0 bytes if more must be read first. Only what a keep-alive server that knows its lengths sends
// is understood: no chunks, no trailers.
func parse(buf []byte) (status, size int, err error) {
	head := bytes.Index(buf, headEnd)
	if head < 0 {
		return 0, 0, nil
	}
	if head < 12 || string(buf[:7]) != "HTTP/1." || buf[8] != ' ' {
		return 0, 0, errNotHTTP
	}
	status, digits := number(buf[9:12])
	if digits != 3 {
		return 0, 0, errNotHTTP
	}
	length, ok := contentLength(buf[:head+2])
	if !ok {
		return 0, 0, errNoLength
	}
	size = head + len(headEnd) + length
	if len(buf) < size {
		return 0, 0, nil
	}
	return status, size, nil
}

// contentLength finds the length of the body. The usual spelling is tried first, as it costs no copy.
func contentLength(head []byte) (int, bool) {
	at := bytes.Index(head, lengthHeader)
	if at < 0 {
		at = bytes.Index(bytes.ToLower(head), bytes.ToLower(lengthHeader))
	}
	if at < 0 {
		return 0, false
	}
	length, digits := number(head[at+len(lengthHeader):])
	return length, digits > 0
}

// number reads the decimal digits at the start of text, and tells how many there were.
func number(text []byte) (value, digits int) {
	for _, c := range text {
		if c < '0' || c > '9' || digits == 9 {
			break
		}
		value = value*10 + int(c-'0')
		digits++
	}
	return value, digits
}
