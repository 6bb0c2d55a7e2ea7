package vendor

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shape is a JSON body with places for values. Its keys keep the file's order and are never templates.
type shape struct {
	keys     []string // of an object, beside items
	items    []*shape // of an object or a list
	kind     yaml.Kind
	text     template        // of a text
	constant json.RawMessage // of a number, true, false or null
}

func (s *shape) fromYAML(r *yamlReader, n *yaml.Node) {
	s.kind = n.Kind
	switch n.Kind {
	case yaml.MappingNode:
		for _, e := range r.entries(n) {
			if strings.Contains(e.key.Value, "{{") {
				r.fail(e.key, "a key cannot hold a variable")
			}
			s.keys = append(s.keys, e.key.Value)
			s.add(r, e.value)
		}
	case yaml.SequenceNode:
		for _, child := range n.Content {
			s.add(r, child)
		}
	default:
		s.scalar(r, n)
	}
}

func (s *shape) add(r *yamlReader, n *yaml.Node) {
	item := &shape{}
	s.items = append(s.items, item)
	if n, ok := r.enter(n); ok {
		item.fromYAML(r, n)
		r.leave()
	}
}

func (s *shape) scalar(r *yamlReader, n *yaml.Node) {
	if n.Tag == "!!str" {
		s.text.fromYAML(r, n)
		return
	}
	var value any
	err := n.Decode(&value)
	if err == nil {
		s.constant, err = json.Marshal(value)
	}
	if err != nil {
		r.fail(n, "%q is no JSON value", n.Value)
	}
}

// void tells whether an entry is left out of its object: it is one variable without a value.
func (s *shape) void(v values) bool { return s.constant == nil && s.text.void(v) }

// names lists the variables that a body uses.
func (s *shape) names() (all []string) {
	if s == nil {
		return nil
	}
	all = s.text.names()
	for _, item := range s.items {
		all = append(all, item.names()...)
	}
	return all
}

// encode writes the body. Each value becomes a JSON text or, where the template says so, a whole number.
func (s *shape) encode(v values) ([]byte, error) {
	var b bytes.Buffer
	err := s.write(&b, v)
	return b.Bytes(), err
}

func (s *shape) write(b *bytes.Buffer, v values) error {
	switch {
	case s.kind == yaml.MappingNode, s.kind == yaml.SequenceNode:
		return s.writeItems(b, v)
	case s.constant != nil:
		b.Write(s.constant)
		return nil
	}
	n, isNumber, err := s.text.number(v)
	if isNumber {
		b.WriteString(strconv.FormatInt(n, 10))
		return err
	}
	writeText(b, s.text.fill(v))
	return nil
}

func (s *shape) writeItems(b *bytes.Buffer, v values) error {
	object := s.kind == yaml.MappingNode
	start, end := byte('['), byte(']')
	if object {
		start, end = '{', '}'
	}
	b.WriteByte(start)
	first := true
	for i, item := range s.items {
		if item.void(v) {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		if object {
			writeText(b, s.keys[i])
			b.WriteByte(':')
		}
		if err := item.write(b, v); err != nil {
			return err
		}
	}
	b.WriteByte(end)
	return nil
}

// writeText encodes a text but leaves <, > and & alone, which encoding/json would escape for HTML.
func writeText(b *bytes.Buffer, text string) {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always encodes
	b.Truncate(b.Len() - 1)  // the line end that Encode adds
}
