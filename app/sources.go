package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"whoseline/config"
	"whoseline/providers"
	"whoseline/providers/directory"
	"whoseline/providers/gate"
	"whoseline/providers/vendor"
)

// ownSources is the table of sources that are written in Go, by the name that an operator writes. A new one is one Go
// file and one line. All others are definitions: see vendor.Catalog.
var ownSources = map[string]func(sources) providers.Candidate{
	"sandbox":   func(s sources) providers.Candidate { return providers.NewSandbox(nil).Candidate(s.config.SandboxDelay) },
	"directory": func(s sources) providers.Candidate { return s.directory.Candidate() },
}

// sources are what named sources are made of.
type sources struct {
	config    config.Providers
	directory *directory.Directory
	vendors   vendor.Parts
}

// VendorLimits are what the operator allows a vendor, which its definition may narrow.
func VendorLimits(p config.Providers) gate.Limits {
	return gate.Limits{Timeout: p.AttemptTimeout, MaxInflight: p.MaxInflight}
}

// Definitions reads the definitions of vendors, the operator's own among them. None may take the name of another source.
func Definitions(folder string) (*vendor.Catalog, error) {
	catalog, err := vendor.Definitions(folder)
	if err != nil {
		return nil, err
	}
	if err := catalog.Reserve(slices.Sorted(maps.Keys(ownSources))...); err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	return catalog, nil
}

// make makes the named sources in the given order. It refuses unknown and repeated names, a source whose account is
// incomplete, and an account with an unknown vendor.
func (s sources) make(names []string) ([]providers.Candidate, error) {
	if err := s.check(names); err != nil {
		return nil, err
	}
	made := make([]providers.Candidate, 0, len(names))
	for _, name := range names {
		if construct, known := ownSources[name]; known {
			c := construct(s)
			c.Limits = c.Limits.Within(gate.Limits{Timeout: s.config.AttemptTimeout})
			made = append(made, c)
			continue
		}
		c, err := s.vendors.Candidate(name)
		if err != nil {
			return nil, fmt.Errorf("providers: source %q: %w", name, err)
		}
		made = append(made, c)
	}
	return made, nil
}

// CheckSources refuses what is wrong with the names of sources, without making any.
func CheckSources(vendors vendor.Parts, names []string) error {
	return sources{vendors: vendors}.check(names)
}

// check refuses what is wrong with the names alone, without making anything.
func (s sources) check(names []string) error {
	if err := s.vendors.Check(); err != nil {
		return fmt.Errorf("providers: %w", err)
	}
	for i, name := range names {
		if ownSources[name] == nil && !s.vendors.Catalog.Has(name) {
			known := append(slices.Sorted(maps.Keys(ownSources)), s.vendors.Catalog.Vendors()...)
			return fmt.Errorf("providers: unknown source %q (known: %s, or a definition's name)", name, strings.Join(known, ", "))
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("providers: source %q is named twice", name)
		}
	}
	return nil
}
