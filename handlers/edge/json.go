package edge

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"whoseline/views"
)

// These write JSON in the order and with the bytes that a dialect prints. encoding/json escapes <, >, & and two line
// separators, which the dialects send as they are.

const hexDigits = "0123456789abcdef"

// AppendText writes a JSON string: only what JSON demands is escaped, and bytes that are no UTF-8 become U+FFFD.
func AppendText(buf []byte, text string) []byte {
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

// ObjectWriter builds a JSON object member by member. Buf begins with its brace; Close writes the other one.
type ObjectWriter struct{ Buf []byte }

// Name begins a member, whose name needs no escaping. Its value is to follow.
func (w *ObjectWriter) Name(name string) {
	if last := w.Buf[len(w.Buf)-1]; last != '{' {
		w.Buf = append(w.Buf, ',')
	}
	w.Buf = append(append(append(w.Buf, '"'), name...), '"', ':')
}

// Raw writes JSON as it is.
func (w *ObjectWriter) Raw(name, json string) {
	w.Name(name)
	w.Buf = append(w.Buf, json...)
}

// Text writes a text.
func (w *ObjectWriter) Text(name, value string) {
	w.Name(name)
	w.Buf = AppendText(w.Buf, value)
}

// Known writes text, or null when it is empty: unknown.
func (w *ObjectWriter) Known(name, value string) {
	w.Name(name)
	w.Buf = AppendKnown(w.Buf, value)
}

// AppendKnown writes text, or null when it is empty.
func AppendKnown(buf []byte, value string) []byte {
	if value == "" {
		return append(buf, "null"...)
	}
	return AppendText(buf, value)
}

// Flag writes true or false.
func (w *ObjectWriter) Flag(name string, value bool) {
	if value {
		w.Raw(name, "true")
	} else {
		w.Raw(name, "false")
	}
}

// Score writes a number from 0 to 100, or null when nobody measured.
func (w *ObjectWriter) Score(name string, value *int) {
	if value == nil {
		w.Raw(name, "null")
		return
	}
	w.Name(name)
	w.Buf = strconv.AppendInt(w.Buf, int64(*value), 10)
}

// Time writes 2006-01-02T15:04:05.000Z.
func (w *ObjectWriter) Time(name string, at time.Time) {
	w.Name(name)
	w.Buf = append(appendTime(append(w.Buf, '"'), at), '"')
}

func appendTime(buf []byte, at time.Time) []byte {
	return at.UTC().AppendFormat(buf, views.Layout)
}

// Open begins a member that is an object.
func (w *ObjectWriter) Open(name string) {
	w.Name(name)
	w.Buf = append(w.Buf, '{')
}

// Close ends the object that was begun last.
func (w *ObjectWriter) Close() { w.Buf = append(w.Buf, '}') }

// Encode gives JSON without HTML escaping and without a trailing newline.
func Encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("edge: encode: " + err.Error()) // only types of ours, which always encode
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// Answer writes a success as JSON.
func Answer(c *fiber.Ctx, v any) error { return Send(c, fiber.StatusOK, JSONType, Encode(v)) }

// JSONType is the media type of JSON.
const JSONType = "application/json"

// Send writes a body of some media type.
func Send(c *fiber.Ctx, status int, kind string, body []byte) error {
	c.Response().Header.SetContentType(kind)
	return c.Status(status).Send(body)
}
