package zitadel

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"

	"whoseline/handlers/edge"

	"google.golang.org/protobuf/proto"
)

// codec reads and writes messages. The library's own names our types when it cannot read one.
type codec struct{}

// Name is the codec's in media types.
func (codec) Name() string { return "proto" }

// Marshal writes a message.
func (codec) Marshal(message any) ([]byte, error) { return proto.Marshal(message.(proto.Message)) }

// Unmarshal reads a message.
func (codec) Unmarshal(data []byte, message any) error {
	if err := proto.Unmarshal(data, message.(proto.Message)); err != nil {
		return errors.New(complaint(err))
	}
	return nil
}

// jsonCodec is codec for Connect's calls in JSON, under its name in media types.
type jsonCodec struct{ name string }

// Name is the codec's in media types.
func (c jsonCodec) Name() string { return c.name }

// Marshal writes a message.
func (jsonCodec) Marshal(message any) ([]byte, error) { return writeJSON(message.(proto.Message)), nil }

// Unmarshal reads a message; nothing at all is an empty one.
func (jsonCodec) Unmarshal(data []byte, message any) error {
	if err := readJSON(data, message.(proto.Message)); err != nil {
		return errors.New(edge.Translate(err).Message)
	}
	return nil
}

// webText begins the media types of gRPC-Web for clients that can only read text: both bodies are in base64.
const webText = "application/grpc-web-text"

// textAnswer writes an answer of gRPC-Web as text.
type textAnswer struct {
	http.ResponseWriter
	to   io.WriteCloser
	kind string
}

// asText makes a call of gRPC-Web out of one as text; its message is decoded where it is read.
func asText(w http.ResponseWriter, q *http.Request) *textAnswer {
	kind := mediaTypeOf(q)
	q.Header = q.Header.Clone()
	q.Header.Set("Content-Type", "application/grpc-web+proto")
	return &textAnswer{w, base64.NewEncoder(base64.StdEncoding, w), kind}
}

// WriteHeader names the true media type.
func (t *textAnswer) WriteHeader(status int) {
	t.Header().Set("Content-Type", t.kind)
	t.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the answer.
func (t *textAnswer) Write(part []byte) (int, error) {
	if strings.HasPrefix(t.Header().Get("Content-Type"), "application/grpc-web+") {
		t.WriteHeader(http.StatusOK)
	}
	return t.to.Write(part)
}

// Flush waits for the end: base64 has no place to stop at in between.
func (t *textAnswer) Flush() {}

// close writes what is left. An answer of headers alone has its media type from here.
func (t *textAnswer) close() {
	t.Header().Set("Content-Type", t.kind)
	_ = t.to.Close() // whoever went away gets nothing more
}
