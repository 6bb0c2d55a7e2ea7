package config

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// vendors is the one table whose keys are names: [providers.vendor.NAME].
const vendors = "providers.vendor"

// vendorKeys are the settings of one vendor, each with a value of its type.
var vendorKeys = func() map[string]any {
	keys := map[string]any{}
	for field := range reflect.TypeFor[Vendor]().Fields() {
		keys[field.Tag.Get(tag)] = reflect.Zero(field.Type).Interface()
	}
	return keys
}()

// mergeVendors lays a file's vendor tables over the providers section.
func mergeVendors(given any, section map[string]any) (problems []error) {
	tables, ok := given.(map[string]any)
	if !ok {
		return []error{fmt.Errorf("%s must hold sections: [%s.NAME]", vendors, vendors)}
	}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		path := vendors + "." + name
		table, ok := tables[name].(map[string]any)
		if !ok {
			problems = append(problems, fmt.Errorf("%s must be a section: [%s]", path, path))
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(table)) {
			old, exists := vendorKeys[key]
			if !exists {
				problems = append(problems, fmt.Errorf("unknown key %q", path+"."+key))
				continue
			}
			value, err := fromFile(old, table[key])
			if err != nil {
				problems = append(problems, fmt.Errorf("%s.%s %w", path, key, err))
				continue
			}
			setVendor(section, name, key, value)
		}
	}
	return problems
}

// mergeVendorVariable takes NAME__KEY of an environment variable WHOSELINE_PROVIDERS__VENDOR__NAME__KEY.
func mergeVendorVariable(variable, rest, text string, section map[string]any) error {
	name, key, nested := strings.Cut(strings.ToLower(rest), "__")
	old, exists := vendorKeys[key]
	if !nested || name == "" || !exists || variable != strings.ToUpper(variable) {
		return fmt.Errorf("unknown variable %s", variable)
	}
	value, err := fromText(old, text)
	if err != nil {
		return fmt.Errorf("%s %w", variable, err)
	}
	setVendor(section, name, key, value)
	return nil
}

// setVendor changes one setting of one vendor, which is made if it is new. Neither map is shared with the defaults.
func setVendor(section map[string]any, name, key string, value any) {
	all, ok := section["vendor"].(map[string]any)
	if !ok {
		all = map[string]any{}
		section["vendor"] = all
	}
	one, ok := all[name].(map[string]any)
	if !ok {
		one = map[string]any{}
		all[name] = one
	}
	one[key] = value
}

// isBase takes what [providers.vendor.NAME] base may be: "sandbox" or a URL.
func isBase(text string) bool { return text == "sandbox" || isEndpoint(text) }

// isEndpoint takes an https URL, or an http URL on this machine, without user, query or fragment.
func isEndpoint(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return false
	}
	return parsed.Scheme == "https" || parsed.Scheme == "http" && IsLoopback(parsed.Hostname())
}

// IsLoopback tells whether a host is this machine by its own name: localhost, 127.0.0.0/8 or ::1. Names that only
// resolve to it are not.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
