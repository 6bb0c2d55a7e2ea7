package vendor

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"whoseline/providers/gate"
)

// variableKind says where a variable's value comes from.
type variableKind int

const (
	inputVariable   variableKind = iota + 1 // the question
	accountVariable                         // the operator's account with the vendor
	authVariable                            // made by the auth kind for this very request
	owedVariable                            // names the answer that a vendor owes
)

// variables are all variables that a template may use.
var variables = map[string]variableKind{
	"number": inputVariable, "national": inputVariable, "digits": inputVariable, "e164": inputVariable,
	"first": inputVariable, "middle": inputVariable, "last": inputVariable, "full": inputVariable, "dob": inputVariable,
	"reference": inputVariable, "reference20": inputVariable, "tenure_date": inputVariable,
	"specified_date": inputVariable, "max_age_hours": inputVariable,
	"consent": inputVariable, "consent_at": inputVariable, "notice_url": inputVariable, "notice_language": inputVariable,
	"secret": accountVariable, "app_id": accountVariable, "client_id": accountVariable, "partner_id": accountVariable,
	"callback_url": accountVariable,
	"access_token": authVariable, "signature": authVariable, "timestamp": authVariable,
	"ref": owedVariable,
}

func variableNames(kind variableKind) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if kind == 0 || variables[name] == kind {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// values are what a request's templates are filled with. A missing one is empty.
type values map[string]string

// template is a text with places for values, written {{name}}.
type template struct{ pieces []piece }

type piece struct {
	text     string // literal, if variable is empty
	variable string
	number   bool // {{name:int}}
}

var place = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// parseTemplate refuses unknown variables and braces that do not match.
func parseTemplate(text string) (t template, err error) {
	rest := 0
	for _, at := range place.FindAllStringSubmatchIndex(text, -1) {
		if at[0] > rest {
			t.pieces = append(t.pieces, piece{text: text[rest:at[0]]})
		}
		name, number := strings.CutSuffix(text[at[2]:at[3]], ":int")
		if variables[name] == 0 {
			return t, fmt.Errorf("unknown variable %q (known: %s)", name, variableNames(0))
		}
		t.pieces = append(t.pieces, piece{variable: name, number: number})
		rest = at[1]
	}
	if rest < len(text) {
		t.pieces = append(t.pieces, piece{text: text[rest:]})
	}
	for _, p := range t.pieces {
		if strings.Contains(p.text, "{{") || strings.Contains(p.text, "}}") {
			return t, errors.New("braces that do not match: a variable is written {{name}}")
		}
		if p.number && len(t.pieces) > 1 {
			return t, fmt.Errorf("{{%s:int}} must stand alone", p.variable)
		}
	}
	return t, nil
}

func (t *template) fromYAML(r *yamlReader, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "must be a text")
		return
	}
	parsed, err := parseTemplate(n.Value)
	if err != nil {
		r.fail(n, "%s", err)
	}
	*t = parsed
}

// names lists the variables that a template uses.
func (t template) names() (all []string) {
	for _, p := range t.pieces {
		if p.variable != "" {
			all = append(all, p.variable)
		}
	}
	return all
}

// literal is the template without its variables.
func (t template) literal() string {
	var b strings.Builder
	for _, p := range t.pieces {
		b.WriteString(p.text)
	}
	return b.String()
}

// void tells whether a template is one variable without a value: such an entry is left out.
func (t template) void(v values) bool {
	return len(t.pieces) == 1 && t.pieces[0].variable != "" && v[t.pieces[0].variable] == ""
}

// fill puts the values in as they are. The caller encodes the result for where it goes.
func (t template) fill(v values) string {
	var b strings.Builder
	for _, p := range t.pieces {
		b.WriteString(p.text)
		b.WriteString(v[p.variable])
	}
	return b.String()
}

// number gives the value of {{name:int}}.
func (t template) number(v values) (n int64, is bool, err error) {
	if len(t.pieces) != 1 || !t.pieces[0].number {
		return 0, false, nil
	}
	n, err = strconv.ParseInt(v[t.pieces[0].variable], 10, 64)
	if err != nil {
		return 0, true, gate.ErrUnfit
	}
	return n, true, nil
}

// path puts the values in as parts of a URL's path, each within its own segment. An empty value, or one that would
// climb to another path, does not fit.
func (t template) path(v values) (string, error) {
	var b strings.Builder
	for _, p := range t.pieces {
		if p.variable == "" {
			b.WriteString(p.text)
			continue
		}
		value := v[p.variable]
		if strings.Trim(value, ".") == "" {
			return "", gate.ErrUnfit
		}
		b.WriteString(url.PathEscape(value))
	}
	return b.String(), nil
}

// header puts the values in, refusing what could end the header's line.
func (t template) header(v values) (string, error) {
	text := t.fill(v)
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return "", gate.ErrUnfit
		}
	}
	return text, nil
}

// encode fills a table of templates for a query or a form, in the order of its keys.
func encode(table map[string]template, v values) string {
	filled := url.Values{}
	for name, t := range table {
		if !t.void(v) {
			filled.Set(name, t.fill(v))
		}
	}
	return filled.Encode()
}
