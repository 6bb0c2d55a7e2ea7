package vendor

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"whoseline/providers/definitions"
)

// maxDefinitionFile is how large a file of definitions or a fixture may be, in bytes.
const maxDefinitionFile = 1 << 20

// Catalog holds every definition: the built-in ones and the operator's, which add to them or replace those of the same
// name.
type Catalog struct{ all map[string]*definition }

// Definitions reads the built-in definitions and those of a folder, "" for none. The error joins a Problem for each
// mistake.
func Definitions(folder string) (*Catalog, error) {
	catalog, problems := gather(folder)
	var errs []error
	for _, p := range problems {
		errs = append(errs, p)
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("definitions: %w", errors.Join(errs...))
	}
	return catalog, nil
}

// Lint lists the mistakes in the definitions of a folder, together with the built-in ones. Each definition in the
// folder needs fixtures in its subfolder fixtures, which it must understand as they say.
func Lint(folder string) []Problem {
	_, problems := gather(folder)
	return problems
}

func gather(folder string) (*Catalog, []Problem) {
	catalog := &Catalog{all: map[string]*definition{}}
	problems := catalog.add(definitions.Files, "")
	if folder == "" {
		return catalog, append(problems, catalog.conflicts()...)
	}
	added := &Catalog{all: map[string]*definition{}}
	problems = append(problems, added.add(os.DirFS(folder), folder)...)
	if len(problems) == 0 {
		problems = replayAll(added, os.DirFS(folder), path.Join(folder, "fixtures"))
	}
	for id, d := range added.all {
		catalog.all[id] = d
	}
	return catalog, append(problems, catalog.conflicts()...)
}

// add reads every YAML file of a folder, whose path only serves to name the files.
func (c *Catalog) add(folder fs.FS, where string) (problems []Problem) {
	var files []string
	if _, err := fs.Stat(folder, "."); err != nil {
		return []Problem{{where, 1, "the folder cannot be read"}}
	}
	for _, glob := range []string{"*.yaml", "*.yml"} {
		found, _ := fs.Glob(folder, glob) // fails only for a bad pattern
		files = append(files, found...)
	}
	for _, name := range files {
		shown := path.Join(where, name)
		text, err := readBounded(folder, name)
		if err != nil {
			problems = append(problems, Problem{shown, 1, err.Error()})
			continue
		}
		made, wrong := parseDefinitions(shown, text)
		problems = append(problems, wrong...)
		for _, d := range made {
			if twin := c.all[d.ID]; twin != nil {
				problems = append(problems, Problem{d.File, d.Line, fmt.Sprintf("%s stands also in %s:%d", d.ID, twin.File, twin.Line)})
			}
			c.all[d.ID] = d
		}
	}
	return problems
}

func readBounded(folder fs.FS, name string) ([]byte, error) {
	file, err := folder.Open(name)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxDefinitionFile+1))
	if err != nil || len(text) > maxDefinitionFile {
		return nil, errors.New("cannot be read, or is larger than 1 MB")
	}
	return text, nil
}

// parseDefinitions reads one file: a mapping of names to definitions. Keys that begin with x- hold what others alias.
func parseDefinitions(file string, text []byte) (made []*definition, problems []Problem) {
	root, err := parseYAML(text)
	if err != nil {
		line := 1
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		return nil, []Problem{{file, line, notYAML(text, line, err)}}
	}
	r := &yamlReader{file: file}
	for _, e := range r.entries(root) {
		if strings.HasPrefix(e.key.Value, "x-") {
			continue
		}
		d := &definition{ID: e.key.Value, File: file}
		before := len(r.problems)
		r.read(e.value, reflect.ValueOf(d).Elem(), "")
		d.Line = e.key.Line
		if len(r.problems) == before {
			r.problems = append(r.problems, lint(d)...)
			d.complete()
		}
		made = append(made, d)
	}
	return made, r.problems
}

// complete turns what is only a shorter way of writing a request into that request.
func (d *definition) complete() {
	reference := template{pieces: []piece{{variable: "reference"}}}
	d.Request.Headers = d.Auth.headers(d.Request.Headers)
	if d.Poll != nil {
		d.Poll.Request.Headers = d.Auth.headers(d.Poll.Request.Headers)
	}
	if d.Idempotency.header != "" {
		d.Request.Headers[d.Idempotency.header] = reference
	}
	if body := d.Request.JSON; body != nil && d.Idempotency.field != "" {
		body.keys = append(body.keys, d.Idempotency.field)
		body.items = append(body.items, &shape{kind: yaml.ScalarNode, text: reference})
	}
	if len(d.Auth.Token) == 0 {
		d.Auth.Token = paths{"access_token"}
	}
	if len(d.Auth.Expires) == 0 {
		d.Auth.Expires = paths{"expires_in"}
	}
}

// headers gives a request's headers together with those that the auth kind alone prescribes.
func (a authTerms) headers(given map[string]template) map[string]template {
	all := map[string]template{}
	for name, t := range given {
		all[name] = t
	}
	if a.Kind == "bearer" {
		all["Authorization"] = template{pieces: []piece{{text: "Bearer "}, {variable: "secret"}}}
	}
	return all
}

// conflicts finds definitions that are valid alone but not together.
func (c *Catalog) conflicts() (problems []Problem) {
	vendors := map[string]bool{}
	taken := map[string]string{}
	for _, d := range c.sorted() {
		vendors[d.Vendor] = true
		for _, serves := range d.Serves {
			if twin := taken[d.Vendor+" "+serves]; twin != "" {
				problems = append(problems, Problem{d.File, d.Line, fmt.Sprintf("%s and %s both serve the %s question of %s", d.ID, twin, serves, d.Vendor)})
			}
			taken[d.Vendor+" "+serves] = d.ID
		}
	}
	problems = append(problems, c.signatures()...)
	for _, d := range c.sorted() {
		if vendors[d.ID] && c.serving(d.ID, "basic") != d {
			problems = append(problems, Problem{d.File, d.Line, d.ID + " is a vendor's name, and this definition is not its basic one"})
		}
	}
	return problems
}

// signatures finds vendors whose messages would be checked in two ways.
func (c *Catalog) signatures() (problems []Problem) {
	first := map[string]*definition{}
	for _, d := range c.sorted() {
		if d.Webhook == nil {
			continue
		}
		if twin := first[d.Vendor]; twin != nil && twin.Webhook.Signature != d.Webhook.Signature {
			problems = append(problems, Problem{d.File, d.Webhook.Line, fmt.Sprintf("%s and %s check the webhooks of %s differently", d.ID, twin.ID, d.Vendor)})
		} else if twin == nil {
			first[d.Vendor] = d
		}
	}
	return problems
}

// sorted gives the definitions by name.
func (c *Catalog) sorted() []*definition {
	all := make([]*definition, 0, len(c.all))
	for _, d := range c.all {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *definition) int { return strings.Compare(a.ID, b.ID) })
	return all
}
