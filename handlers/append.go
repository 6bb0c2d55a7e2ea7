package handlers

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
)

// These write JSON in the order and with the bytes that a dialect prints. encoding/json escapes <, >, & and two line
// separators, which the dialects send as they are.

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string: only what JSON demands is escaped, and bytes that are no UTF-8 become U+FFFD.
func appendText(buf []byte, text string) []byte {
	buf = append(buf, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				buf = append(append(buf, text[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			buf = appendEscape(append(buf, text[from:i]...), c)
			from = i + 1
		}
		i++
	}
	return append(append(buf, text[from:]...), '"')
}

func appendEscape(buf []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(buf, '\\', c)
	case '\n':
		return append(buf, `\n`...)
	case '\r':
		return append(buf, `\r`...)
	case '\t':
		return append(buf, `\t`...)
	default:
		return append(buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}

// object builds a JSON object member by member; each name is written as `"name":` literally.
type objectWriter struct{ buf []byte }

func (w *objectWriter) name(name string) {
	if last := w.buf[len(w.buf)-1]; last != '{' {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(append(append(w.buf, '"'), name...), '"', ':')
}

func (w *objectWriter) raw(name, json string) {
	w.name(name)
	w.buf = append(w.buf, json...)
}

func (w *objectWriter) text(name, value string) {
	w.name(name)
	w.buf = appendText(w.buf, value)
}

// known writes text, or null when it is empty: unknown.
func (w *objectWriter) known(name, value string) {
	w.name(name)
	w.buf = appendKnown(w.buf, value)
}

func appendKnown(buf []byte, value string) []byte {
	if value == "" {
		return append(buf, "null"...)
	}
	return appendText(buf, value)
}

func (w *objectWriter) flag(name string, value bool) {
	if value {
		w.raw(name, "true")
	} else {
		w.raw(name, "false")
	}
}

// score writes a number from 0 to 100, or null when nobody measured.
func (w *objectWriter) score(name string, value *int) {
	if value == nil {
		w.raw(name, "null")
		return
	}
	w.name(name)
	w.buf = strconv.AppendInt(w.buf, int64(*value), 10)
}

// time writes 2006-01-02T15:04:05.000Z.
func (w *objectWriter) time(name string, at time.Time) {
	w.name(name)
	w.buf = append(appendTime(append(w.buf, '"'), at), '"')
}

func appendTime(buf []byte, at time.Time) []byte {
	return at.UTC().AppendFormat(buf, "2006-01-02T15:04:05.000Z")
}

func (w *objectWriter) open(name string) {
	w.name(name)
	w.buf = append(w.buf, '{')
}

func (w *objectWriter) close() { w.buf = append(w.buf, '}') }

// encode gives JSON without HTML escaping and without a trailing newline.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("handlers: encode: " + err.Error()) // only types of ours, which always encode
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

func answer(c *fiber.Ctx, v any) error { return send(c, fiber.StatusOK, jsonType, encode(v)) }

// instant is a time in the form of every answer.
type instant time.Time

// MarshalJSON writes 2006-01-02T15:04:05.000Z.
func (i instant) MarshalJSON() ([]byte, error) {
	return append(appendTime([]byte{'"'}, time.Time(i)), '"'), nil
}

const jsonType = "application/json"

// send writes a JSON body.
func send(c *fiber.Ctx, status int, kind string, body []byte) error {
	c.Response().Header.SetContentType(kind)
	return c.Status(status).Send(body)
}
