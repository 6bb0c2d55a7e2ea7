package zitadel

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// prefixSize is how many bytes stand before a message: its flags and its length.
const prefixSize = 5

// form is how a call's body holds its message.
type form int

const (
	framed  form = iota // gRPC, gRPC-Web: behind its flags and length
	textual             // gRPC-Web as text: the same in base64
	bare                // Connect: the message alone
)

func messageForm(mediaType string) form {
	switch {
	case strings.HasPrefix(mediaType, webText):
		return textual
	case strings.HasPrefix(mediaType, rpcTypes[0]):
		return framed
	}
	return bare
}

// message is the body of a call: exactly one message. It is read after the door has let the caller in. Faults in it are
// told in the dialect's words, not the library's.
type message struct {
	from *edge.Incoming
	form form
	ctx  context.Context //nolint:containedctx // where the call's outcome is noted; an io.Reader is given none
	read bool
	rest bytes.Reader
	err  error
}

// Read gives the message with what stands before it.
func (m *message) Read(into []byte) (int, error) {
	if !m.read {
		m.read = true
		frame, err := m.content()
		m.rest.Reset(frame)
		if err != nil {
			var refused *models.Error
			if !errors.As(err, &refused) {
				refused = models.Fault(err)
			}
			told := rpcError("", refused)
			note(m.ctx, told.Code().String())
			m.err = told
		}
	}
	if m.err != nil {
		return 0, m.err
	}
	return m.rest.Read(into)
}

// Close is an io.Closer's. What was not read is the connection's affair.
func (m *message) Close() error { return nil }

// content reads everything that the call's handler is to see.
func (m *message) content() ([]byte, error) {
	limit := m.from.Limit(edge.MaxBody)
	switch m.form {
	case bare:
		return io.ReadAll(m.from.Stream(limit))
	case textual:
		encoded := base64.StdEncoding.EncodedLen(limit + prefixSize)
		frame, err := readFrame(base64.NewDecoder(base64.StdEncoding, m.from.Stream(encoded)), limit)
		if corrupt := base64.CorruptInputError(0); errors.As(err, &corrupt) {
			return nil, models.Fail(models.Invalid, "the body is not base64")
		}
		return frame, err
	default:
		return readFrame(m.from.Stream(limit+prefixSize), limit)
	}
}

// readFrame reads everything and sees that it is one message, whole and of the length that it says.
func readFrame(body io.Reader, limit int) ([]byte, error) {
	frame := make([]byte, prefixSize, 512)
	switch _, err := io.ReadFull(body, frame); {
	case errors.Is(err, io.EOF):
		return nil, models.Fail(models.Invalid, "there is no message")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errCut
	case err != nil:
		return nil, err
	case frame[0] != 0:
		return nil, models.Fail(models.UnsupportedMediaType, "")
	}
	size := binary.BigEndian.Uint32(frame[1:])
	if int64(size) > int64(limit) {
		return nil, models.Fail(models.TooLarge, "")
	}
	content, err := io.ReadAll(body)
	switch {
	case err != nil:
		return nil, err
	case len(content) < int(size):
		return nil, errCut
	case len(content) > int(size):
		return nil, models.Fail(models.Invalid, "there is more than one message")
	}
	return append(frame, content...), nil
}

var errCut = models.Fail(models.Invalid, "the message is cut off")
