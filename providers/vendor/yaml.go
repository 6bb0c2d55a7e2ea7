package vendor

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Problem is one thing that is wrong with a definition, with its place in the file.
type Problem struct {
	File string
	Line int
	Text string
}

// Error gives file:line: text.
func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// Bounds of what a definition file may hold. Aliases can make a small file huge and a short one endless.
const (
	maxYAMLNodes = 20_000
	maxYAMLDepth = 40
)

// yamlReader fills values from YAML nodes. It goes on after a mistake, so that all are named at once, each by its line.
type yamlReader struct {
	file     string
	nodes    int
	depth    int
	problems []Problem
}

// yamlValue is a value that reads itself from a node whose alias has been followed.
type yamlValue interface {
	fromYAML(r *yamlReader, n *yaml.Node)
}

func (r *yamlReader) fail(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.file, n.Line, fmt.Sprintf(format, args...)})
}

// enter follows an alias and counts. What it lets in must leave again.
func (r *yamlReader) enter(n *yaml.Node) (*yaml.Node, bool) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	r.nodes++
	switch {
	case r.nodes == maxYAMLNodes:
		r.fail(n, "the file is too large")
		return n, false
	case r.nodes > maxYAMLNodes:
		return n, false
	case r.depth >= maxYAMLDepth:
		r.fail(n, "nested too deep")
		r.nodes = maxYAMLNodes // one complaint is enough
		return n, false
	}
	r.depth++
	return n, true
}

func (r *yamlReader) leave() { r.depth-- }

// read fills a value of any type that a definition is made of.
func (r *yamlReader) read(n *yaml.Node, into reflect.Value, tags reflect.StructTag) {
	n, ok := r.enter(n)
	if !ok {
		return
	}
	defer r.leave()
	if own, ok := into.Addr().Interface().(yamlValue); ok {
		own.fromYAML(r, n)
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		made := reflect.New(into.Type().Elem())
		r.read(n, made.Elem(), tags)
		into.Set(made)
	case reflect.Struct:
		r.readStruct(n, into)
	case reflect.Map:
		r.readMap(n, into, tags)
	case reflect.Slice:
		r.readList(n, into, tags)
	default:
		r.readScalar(n, into, tags)
	}
}

// entry is one line of a mapping.
type entry struct{ key, value *yaml.Node }

// entries gives the lines of a mapping; those of a merged mapping (<<) come after its own and yield to them.
func (r *yamlReader) entries(n *yaml.Node) (all []entry) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "must be a mapping of keys to values")
		return nil
	}
	seen := map[string]int{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch first, twice := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			r.fail(key, "a key must be a text")
		case key.Tag == "!!merge":
			merged = append(merged, value)
		case twice:
			r.fail(key, "%q stands twice, first in line %d", key.Value, first)
		default:
			seen[key.Value] = key.Line
			all = append(all, entry{key, value})
		}
	}
	for _, m := range merged {
		m, ok := r.enter(m)
		if !ok {
			return all
		}
		for _, e := range r.entries(m) {
			if _, own := seen[e.key.Value]; !own {
				all = append(all, e)
			}
		}
		r.leave()
	}
	return all
}

func (r *yamlReader) readStruct(n *yaml.Node, into reflect.Value) {
	fields := map[string]int{}
	for i := range into.NumField() {
		if name := into.Type().Field(i).Tag.Get("yaml"); name != "-" {
			fields[name] = i
		}
	}
	if line := into.FieldByName("Line"); line.IsValid() {
		line.SetInt(int64(n.Line))
	}
	for _, e := range r.entries(n) {
		i, known := fields[e.key.Value]
		if !known {
			r.fail(e.key, "unknown key %q", e.key.Value)
			continue
		}
		r.read(e.value, into.Field(i), into.Type().Field(i).Tag)
	}
}

func (r *yamlReader) readMap(n *yaml.Node, into reflect.Value, tags reflect.StructTag) {
	into.Set(reflect.MakeMap(into.Type()))
	for _, e := range r.entries(n) {
		if !oneOf(tags.Get("keys"), e.key.Value) {
			r.fail(e.key, "unknown key %q (known: %s)", e.key.Value, tags.Get("keys"))
			continue
		}
		value := reflect.New(into.Type().Elem()).Elem()
		r.read(e.value, value, tags)
		into.SetMapIndex(reflect.ValueOf(e.key.Value), value)
	}
}

// readList takes a list, a single value for a list of one, and splices in the lists that stand inside it, so that
// definitions can share part of a list by an alias.
func (r *yamlReader) readList(n *yaml.Node, into reflect.Value, tags reflect.StructTag) {
	if n.Kind != yaml.SequenceNode {
		element := reflect.New(into.Type().Elem()).Elem()
		r.read(n, element, tags)
		into.Set(reflect.Append(into, element))
		return
	}
	for _, child := range n.Content {
		if child, ok := r.enter(child); ok {
			r.readList(child, into, tags)
			r.leave()
		}
	}
}

func (r *yamlReader) readScalar(n *yaml.Node, into reflect.Value, tags reflect.StructTag) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "must be a single value")
		return
	}
	if _, isSpan := into.Interface().(time.Duration); isSpan {
		span, err := time.ParseDuration(n.Value)
		if err != nil || span <= 0 {
			r.fail(n, "must be a duration such as 4s")
		}
		into.SetInt(int64(span))
		return
	}
	var err error
	switch into.Kind() {
	case reflect.String:
		if !oneOf(tags.Get("one"), n.Value) {
			r.fail(n, "unknown value %q (known: %s)", n.Value, tags.Get("one"))
		}
		into.SetString(n.Value)
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(n.Value)
		into.SetBool(b)
	case reflect.Float64:
		var f float64
		f, err = strconv.ParseFloat(n.Value, 64)
		into.SetFloat(f)
	default:
		var i int64
		i, err = strconv.ParseInt(n.Value, 10, 64)
		into.SetInt(i)
	}
	if err != nil {
		r.fail(n, "%q is %s", n.Value, notA(into.Kind()))
	}
}

// notA says in words what a value had to be.
func notA(kind reflect.Kind) string {
	switch kind {
	case reflect.Bool:
		return "neither true nor false"
	case reflect.Float64:
		return "not a number"
	default:
		return "not a whole number"
	}
}

// oneOf tells whether a value is in a list of words. An empty list takes everything.
func oneOf(words, value string) bool {
	if words == "" {
		return true
	}
	for word := range strings.FieldsSeq(words) {
		if word == value {
			return true
		}
	}
	return false
}
