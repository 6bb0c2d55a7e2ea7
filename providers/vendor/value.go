package vendor

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"go.yaml.in/yaml/v3"
)

// paths lead to a value in a JSON answer: the first one with a text counts. A path is plain keys and indexes joined by
// dots. The rest of gjson's language is refused, because its pipes look like alternatives and are not.
type paths []string

var plainPath = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

func (p *paths) fromYAML(r *yamlReader, n *yaml.Node) {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	for _, one := range list {
		one, ok := r.enter(one)
		if !ok {
			return
		}
		r.leave()
		if one.Kind != yaml.ScalarNode || !plainPath.MatchString(one.Value) {
			r.fail(one, "bad path %q: keys and indexes joined by dots, such as data.owners.0.name", one.Value)
			continue
		}
		*p = append(*p, one.Value)
	}
	if len(list) == 0 {
		r.fail(n, "a path is missing")
	}
}

// value gives the first value that has a text, else the last one.
func (p paths) value(root gjson.Result) (found gjson.Result) {
	for _, path := range p {
		if found = root.Get(path); found.String() != "" {
			return found
		}
	}
	return found
}

// text gives the text of the first that holds one.
func (p paths) text(root gjson.Result) string { return p.value(root).String() }

// present tells whether one of them leads anywhere, be it to null.
func (p paths) present(root gjson.Result) bool {
	return slices.ContainsFunc(p, func(path string) bool { return root.Get(path).Exists() })
}

// pattern is a regular expression, RE2.
type pattern struct{ *regexp.Regexp }

func (p *pattern) fromYAML(r *yamlReader, n *yaml.Node) {
	compiled, err := regexp.Compile(n.Value)
	if n.Kind != yaml.ScalarNode || n.Value == "" || err != nil {
		r.fail(n, "bad regular expression %q", n.Value)
		compiled = regexp.MustCompile(`^$`)
	}
	p.Regexp = compiled
}

// alternatives are inputs that an endpoint needs. One of each group is enough.
type alternatives [][]string

func (a *alternatives) fromYAML(r *yamlReader, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "must be a list")
		return
	}
	for _, child := range n.Content {
		child, ok := r.enter(child)
		if !ok {
			return
		}
		var group []string
		words := []*yaml.Node{child}
		if child.Kind == yaml.SequenceNode {
			words = child.Content
		}
		for _, word := range words {
			if variables[word.Value] != inputVariable {
				r.fail(word, "unknown input %q (known: %s)", word.Value, variableNames(inputVariable))
			}
			group = append(group, word.Value)
		}
		*a = append(*a, group)
		r.leave()
	}
}

// idempotency says how to tell a vendor that two requests are one: header:NAME or body:FIELD; none is the default.
type idempotency struct{ header, field string }

func (i *idempotency) fromYAML(r *yamlReader, n *yaml.Node) {
	where, name, _ := strings.Cut(n.Value, ":")
	switch {
	case n.Value == "none":
	case where == "header" && headerName.MatchString(name):
		i.header = name
	case where == "body" && name != "":
		i.field = name
	default:
		r.fail(n, "must be none, header:NAME or body:FIELD")
	}
}
