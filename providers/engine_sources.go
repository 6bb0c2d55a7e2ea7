package providers

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// DefinitionInfo is what a definition says of itself.
type DefinitionInfo struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor"`
	Mode    string `json:"mode"` // owner, match or signal
	Source  string `json:"source"`
	Default bool   `json:"default"` // the vendor's name alone stands for it
	File    string `json:"file"`
	Line    int    `json:"line"`
}

// List gives every definition, by name.
func (c *Catalog) List() (all []DefinitionInfo) {
	for _, d := range c.sorted() {
		all = append(all, DefinitionInfo{
			Name: d.ID, Vendor: d.Vendor, Mode: d.Mode, Source: d.Source,
			Default: c.serving(d.Vendor, "basic") == d, File: d.File, Line: d.Line,
		})
	}
	return all
}

// vendors lists the names of the vendors.
func (c *Catalog) vendors() []string {
	names := map[string]bool{}
	for _, d := range c.all {
		names[d.Vendor] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// serving gives the definition to which a vendor's name sends the basic or the advanced question. One that has the
// vendor's own name need not say so for the basic one.
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

// pair gives the definitions behind a name. A vendor's name stands for its definition of the basic question and, when
// the full record is wanted, for that of the advanced one if there is one; a definition's name stands for it alone.
func (c *Catalog) pair(name string) (basic, advanced *definition) {
	if basic = c.serving(name, "basic"); basic == nil {
		return c.all[name], c.all[name]
	}
	if advanced = c.serving(name, "advanced"); advanced == nil {
		advanced = basic
	}
	return basic, advanced
}

func (p Parts) catalog() (*Catalog, error) {
	if p.Catalog != nil {
		return p.Catalog, nil
	}
	return Definitions("")
}

// constructor finds what makes the source of that name.
func (p Parts) constructor(name string) (func(Parts) (Candidate, error), error) {
	if construct, known := constructors[name]; known {
		return construct, nil
	}
	catalog, err := p.catalog()
	if err != nil {
		return nil, err
	}
	basic, advanced := catalog.pair(name)
	if basic == nil {
		known := append(Names(), catalog.vendors()...)
		return nil, fmt.Errorf("unknown source %q (known: %s, or a definition's name)", name, strings.Join(known, ", "))
	}
	return func(p Parts) (Candidate, error) { return vendorCandidate(p, basic, advanced) }, nil
}

func vendorCandidate(p Parts, basic, advanced *definition) (Candidate, error) {
	if basic.Mode == "signal" {
		return Candidate{}, errors.New("it gives a signal and no owners")
	}
	made := &Vendor{}
	var err error
	if made.basic, err = newEndpoint(basic, p.Vendors[basic.Vendor], p.Now); err != nil {
		return Candidate{}, err
	}
	made.advanced = made.basic
	if advanced != basic {
		if made.advanced, err = newEndpoint(advanced, p.Vendors[advanced.Vendor], p.Now); err != nil {
			return Candidate{}, err
		}
	}
	limits := Limits{Timeout: basic.Timeout, MaxInflight: basic.MaxInflight, Rate: basic.RPS}
	c := Candidate{Source: made, Limits: limits, MatchOnly: basic.Mode == "match"}
	c.terms(made, p.Vendors[basic.Vendor])
	return c, nil
}

// Endpoint makes one definition ready to be asked, of whatever mode: by its own name or, for its default, by the
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
	e, err := newEndpoint(d, p.Vendors[d.Vendor], p.Now)
	if err == nil && p.Sleep != nil {
		e.sleep = p.Sleep
	}
	return e, err
}

// strangers refuses accounts with vendors that no definition knows: a slip of the pen.
func (p Parts) strangers() error {
	if len(p.Vendors) == 0 {
		return nil
	}
	catalog, err := p.catalog()
	if err != nil {
		return err
	}
	known := catalog.vendors()
	for _, name := range slices.Sorted(maps.Keys(p.Vendors)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("providers.vendor.%s: no definition has this vendor (known: %s)", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// Close lets go of what the sources keep open. Nobody may be asking any more.
func (r *Router) Close() error {
	var errs []error
	for _, t := range r.routes {
		if closer, ok := t.Source.(io.Closer); ok {
			errs = append(errs, closer.Close())
		}
	}
	return errors.Join(errs...)
}
