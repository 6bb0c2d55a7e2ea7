package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// The tables whose keys are names, such as [providers.vendor.NAME].
const (
	vendors  = "providers.vendor"
	accounts = "channels.account"
)

// named gives what one entry of each such table is.
var named = map[string]reflect.Type{
	vendors:  reflect.TypeFor[Vendor](),
	accounts: reflect.TypeFor[Account](),
}

// blank gives the empty value of a setting of an entry, which has the setting's type.
func blank(table, key string) (value any, ok bool) {
	for field := range named[table].Fields() {
		if field.Tag.Get(tag) == key {
			return reflect.Zero(field.Type).Interface(), true
		}
	}
	return nil, false
}

// mergeNamed lays a file's table of names over its section.
func mergeNamed(table string, given any, section map[string]any) (problems []error) {
	entries, ok := given.(map[string]any)
	if !ok {
		return []error{fmt.Errorf("%s must hold sections: [%s.NAME]", table, table)}
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		path := table + "." + name
		entry, ok := entries[name].(map[string]any)
		if !ok {
			problems = append(problems, fmt.Errorf("%s must be a section: [%s]", path, path))
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(entry)) {
			old, exists := blank(table, key)
			if !exists {
				problems = append(problems, fmt.Errorf("unknown key %q", path+"."+key))
				continue
			}
			value, err := fromFile(old, entry[key])
			if err != nil {
				problems = append(problems, fmt.Errorf("%s.%s %w", path, key, err))
				continue
			}
			setNamed(section, table, name, key, value)
		}
	}
	return problems
}

// namedTable gives the table that a variable's section and key lead to, and what of the key is left: NAME__KEY of
// WHOSELINE_PROVIDERS__VENDOR__NAME__KEY.
func namedTable(section, key string) (table, rest string, ok bool) {
	first, rest, _ := strings.Cut(key, "__")
	table = strings.ToLower(section + "." + first)
	_, ok = named[table]
	return table, rest, ok
}

// mergeNamedVariable takes NAME__KEY of an environment variable.
func mergeNamedVariable(variable, table, rest, text string, section map[string]any) error {
	name, key, nested := strings.Cut(strings.ToLower(rest), "__")
	old, exists := blank(table, key)
	if !nested || name == "" || !exists || variable != strings.ToUpper(variable) {
		return fmt.Errorf("unknown variable %s", variable)
	}
	value, err := fromText(old, text)
	if err != nil {
		return fmt.Errorf("%s %w", variable, err)
	}
	setNamed(section, table, name, key, value)
	return nil
}

// setNamed changes one setting of one entry, which is made if it is new. No map is shared with the defaults.
func setNamed(section map[string]any, table, name, key string, value any) {
	_, field, _ := strings.Cut(table, ".")
	all, ok := section[field].(map[string]any)
	if !ok {
		all = map[string]any{}
		section[field] = all
	}
	one, ok := all[name].(map[string]any)
	if !ok {
		one = map[string]any{}
		all[name] = one
	}
	one[key] = value
}

// writeNamed lists what is set of each entry of a table, a line each.
func writeNamed[E any](text *strings.Builder, table string, entries map[string]E) {
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		entry := reflect.ValueOf(entries[name])
		for i := range entry.NumField() {
			if field := entry.Field(i); !field.IsZero() {
				fmt.Fprintf(text, "%s.%s.%s = %v\n", table, name, entry.Type().Field(i).Tag.Get(tag), field.Interface())
			}
		}
	}
}
