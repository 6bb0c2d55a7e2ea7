package vendor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"whoseline/config"
	"whoseline/providers"
	"whoseline/providers/gate"
)

// Info describes a definition.
type Info struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor"`
	Mode    string `json:"mode"` // owner, match or signal
	Source  string `json:"source"`
	Default bool   `json:"default"` // the vendor's name alone stands for it
	File    string `json:"file"`
	Line    int    `json:"line"`

	Returns, Countries []string `json:"-"`
}

// List gives every definition, by name.
func (c *Catalog) List() (all []Info) {
	for _, d := range c.sorted() {
		all = append(all, Info{
			Name: d.ID, Vendor: d.Vendor, Mode: d.Mode, Source: d.Source,
			Default: c.serving(d.Vendor, "basic") == d, File: d.File, Line: d.Line, Returns: d.Returns, Countries: d.Countries,
		})
	}
	return all
}

// Vendors lists the names of the vendors.
func (c *Catalog) Vendors() []string {
	names := map[string]bool{}
	for _, d := range c.all {
		names[d.Vendor] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Has tells whether there is a source of a name: a vendor's or a definition's.
func (c *Catalog) Has(name string) bool {
	basic, _ := c.pair(name)
	return basic != nil
}

// Reserve refuses definitions and vendors with the names of other kinds of source.
func (c *Catalog) Reserve(names ...string) error {
	var problems []error
	for _, d := range c.sorted() {
		for _, name := range names {
			if d.ID == name || d.Vendor == name {
				problems = append(problems, Problem{d.File, d.Line, d.ID + ": the name " + name + " belongs to a source that is built in"})
			}
		}
	}
	return errors.Join(problems...)
}

// serving gives the definition that a vendor's name stands for, for the basic or the advanced question. A definition
// with the vendor's own name need not say that it serves the basic one.
func (c *Catalog) serving(vendor, question string) *definition {
	for _, d := range c.all {
		if d.Vendor == vendor && slices.Contains(d.Serves, question) {
			return d
		}
	}
	if d := c.all[vendor]; d != nil && d.Vendor == vendor && question == "basic" {
		return d
	}
	return nil
}

// pair gives the definitions behind a name. A vendor's name stands for its definition of the basic question and, for
// the full record, its definition of the advanced one, if any. A definition's name stands for it alone.
func (c *Catalog) pair(name string) (basic, advanced *definition) {
	if basic = c.serving(name, "basic"); basic == nil {
		return c.all[name], c.all[name]
	}
	if advanced = c.serving(name, "advanced"); advanced == nil {
		advanced = basic
	}
	return basic, advanced
}

// Parts are what vendors' sources are made of.
type Parts struct {
	Now     func() time.Time                                    // UTC; nil = the machine's clock
	Sleep   func(ctx context.Context, span time.Duration) error // between two polls; nil = real time
	Catalog *Catalog                                            // nil = the definitions that are built in
	Vendors map[string]config.Vendor                            // the operator's accounts, by vendor
	Limits  gate.Limits                                         // of a definition that has none of its own, and the most that one may have
	Far     http.RoundTripper                                   // tests: what vendors are reached over; nil = the network
}

func (p Parts) catalog() (*Catalog, error) {
	if p.Catalog != nil {
		return p.Catalog, nil
	}
	return Definitions("")
}

// Candidate makes the source of a name: a vendor's or a definition's.
func (p Parts) Candidate(name string) (providers.Candidate, error) {
	catalog, err := p.catalog()
	if err != nil {
		return providers.Candidate{}, err
	}
	if p.Now == nil {
		p.Now = func() time.Time { return time.Now().UTC() }
	}
	basic, advanced := catalog.pair(name)
	if basic == nil {
		return providers.Candidate{}, fmt.Errorf("there is no definition %q", name)
	}
	return p.candidate(name, basic, advanced)
}

func (p Parts) candidate(name string, basic, advanced *definition) (providers.Candidate, error) {
	if basic.Mode == "signal" {
		return providers.Candidate{}, errors.New("it gives a signal and no owners")
	}
	made := &Source{}
	var err error
	if made.basic, err = p.newEndpoint(basic); err != nil {
		return providers.Candidate{}, err
	}
	made.advanced = made.basic
	if advanced != basic {
		if made.advanced, err = p.newEndpoint(advanced); err != nil {
			return providers.Candidate{}, err
		}
	}
	c := providers.Candidate{Name: name, Source: made, Limits: basic.limits().Within(p.Limits), MatchOnly: basic.Mode == "match"}
	terms(&c, made, p.Vendors[basic.Vendor])
	return c, nil
}

// Endpoint makes one definition, of any mode, ready to be asked: by its own name or, for a vendor's default, by the
// vendor's. The error names the setting that is missing. Close the endpoint.
func (p Parts) Endpoint(name string) (*Endpoint, error) {
	catalog, err := p.catalog()
	if err != nil {
		return nil, err
	}
	d, _ := catalog.pair(name)
	if d == nil {
		return nil, fmt.Errorf("there is no definition %q", name)
	}
	if p.Now == nil {
		p.Now = func() time.Time { return time.Now().UTC() }
	}
	e, err := p.newEndpoint(d)
	if err == nil && p.Sleep != nil {
		e.sleep = p.Sleep
	}
	return e, err
}

// Check refuses accounts with vendors that no definition knows: probably a typing error.
func (p Parts) Check() error {
	if len(p.Vendors) == 0 {
		return nil
	}
	catalog, err := p.catalog()
	if err != nil {
		return err
	}
	known := catalog.Vendors()
	for _, name := range slices.Sorted(maps.Keys(p.Vendors)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("providers.vendor.%s: no definition has this vendor (known: %s)", name, strings.Join(known, ", "))
		}
	}
	return nil
}
