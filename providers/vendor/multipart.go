package vendor

import (
	"bytes"
	"mime/multipart"

	"go.yaml.in/yaml/v3"

	"whoseline/providers/gate"
)

// parts writes a multipart body. Each entry of the mapping is a part: a text as it is, anything else as JSON. An entry
// without a value is left out, as elsewhere.
func parts(out *gate.Call, body *shape, v values) error {
	var text bytes.Buffer
	form := multipart.NewWriter(&text)
	for i, item := range body.items {
		if item.void(v) {
			continue
		}
		part, err := item.part(v)
		if err != nil {
			return err
		}
		if err := form.WriteField(body.keys[i], part); err != nil {
			return gate.ErrUnfit
		}
	}
	if err := form.Close(); err != nil {
		return gate.ErrUnfit
	}
	out.Header.Set("Content-Type", form.FormDataContentType())
	out.Body = text.Bytes()
	return nil
}

func (s *shape) part(v values) (string, error) {
	if s.kind == yaml.ScalarNode && s.constant == nil && !s.isNumber() {
		return s.text.fill(v), nil
	}
	encoded, err := s.encode(v)
	return string(encoded), err
}

func (s *shape) isNumber() bool { return len(s.text.pieces) == 1 && s.text.pieces[0].number }
