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

// named gives the settings of one entry of each such table, all of them texts.
var named = map[string][]string{
	vendors:  settingsOf(reflect.TypeFor[Vendor]()),
	accounts: settingsOf(reflect.TypeFor[Account]()),
}

func settingsOf(entry reflect.Type) (keys []string) {
	for field := range entry.Fields() {
		keys = append(keys, field.Tag.Get(tag))
	}
	return keys
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
			text, isText := entry[key].(string)
			switch {
			case !slices.Contains(named[table], key):
				problems = append(problems, fmt.Errorf("unknown key %q", path+"."+key))
			case !isText:
				problems = append(problems, fmt.Errorf("%s.%s %w", path, key, errText))
			default:
				setNamed(section, table, name, key, text)
			}
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
	if !nested || name == "" || !slices.Contains(named[table], key) || variable != strings.ToUpper(variable) {
		return fmt.Errorf("unknown variable %s", variable)
	}
	setNamed(section, table, name, key, text)
	return nil
}

// setNamed changes one setting of one entry, which is made if it is new. No map is shared with the defaults.
func setNamed(section map[string]any, table, name, key, text string) {
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
	one[key] = text
}

// writeNamed lists what is set of each entry of a table, a line each.
func writeNamed[E any](text *strings.Builder, table string, entries map[string]E) {
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		entry := reflect.ValueOf(entries[name])
		for i, key := range named[table] {
			if field := entry.Field(i); !field.IsZero() {
				fmt.Fprintf(text, "%s.%s.%s = %v\n", table, name, key, field.Interface())
			}
		}
	}
}
