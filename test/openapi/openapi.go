// Package openapi answers, in tests: is an answer all that docs/openapi.yaml says, and nothing else?
package openapi

import "github.com/getkin/kin-openapi/openapi3"

// Strict reads the API document and takes away what it leaves open: in what a gateway sends, a member that is not documented is
// an error. Clients are told to accept such members, because a later release may add some.
func Strict(document []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, err
	}
	closed := closing{}
	for _, path := range doc.Paths.Map() {
		for _, operation := range path.Operations() {
			for _, response := range operation.Responses.Map() {
				closed.content(response.Value.Content)
			}
		}
	}
	for _, event := range doc.Webhooks {
		closed.content(event.Post.RequestBody.Value.Content)
	}
	return doc, nil
}

// closing are the schemas that were closed.
type closing map[*openapi3.Schema]bool

func (c closing) content(content openapi3.Content) {
	for _, kind := range content {
		c.schemas(kind.Schema)
	}
}

func (c closing) schemas(refs ...*openapi3.SchemaRef) {
	for _, ref := range refs {
		if ref == nil || ref.Value == nil || c[ref.Value] {
			continue
		}
		s := ref.Value
		c[s] = true
		// A schema that only narrows another one does not say that it is an object.
		if len(s.Properties) > 0 && s.Type.Includes(openapi3.TypeObject) && s.AdditionalProperties.Has == nil {
			no := false
			s.AdditionalProperties.Has = &no
		}
		for _, member := range s.Properties {
			c.schemas(member)
		}
		c.schemas(s.Items)
		c.schemas(s.AllOf...)
		c.schemas(s.OneOf...)
		c.schemas(s.AnyOf...)
	}
}
