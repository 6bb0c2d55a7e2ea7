package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

const (
	tag         = "koanf"
	prefix      = "WHOSELINE_"
	testPrefix  = prefix + "TEST_"
	pathName    = prefix + "CONFIG"
	defaultPath = "whoseline.toml"
)

// Load reads the defaults, the file at path and the environment (as os.Environ gives it), in that order, and checks
// the result. An empty path means what WHOSELINE_CONFIG says or else whoseline.toml, and only the latter may be
// missing. The error names every offending setting at once, and never the value of a secret.
func Load(path string, environ []string) (Config, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(Default(), tag), nil); err != nil {
		return Config{}, fmt.Errorf("load defaults: %w", err)
	}
	if path = locate(path, environ); path != "" {
		err := k.Load(file.Provider(path), toml.Parser(), koanf.WithMergeFunc(mergeFile))
		if err != nil {
			return Config{}, fmt.Errorf("%s: %w", path, withoutSource(err))
		}
	}
	given := env.Provider("", env.Opt{Prefix: prefix, EnvironFunc: func() []string { return environ }})
	if err := k.Load(given, nil, koanf.WithMergeFunc(mergeEnviron)); err != nil {
		return Config{}, fmt.Errorf("environment: %w", err)
	}
	var loaded Config
	if err := k.Unmarshal("", &loaded); err != nil {
		return Config{}, fmt.Errorf("read settings: %w", err)
	}
	if len(loaded.Providers.Vendor) == 0 {
		loaded.Providers.Vendor = nil
	}
	if len(loaded.Channels.Account) == 0 {
		loaded.Channels.Account = nil
	}
	return loaded, loaded.Validate()
}

// locate gives the file to read, "" for none.
func locate(path string, environ []string) string {
	if path != "" {
		return path
	}
	for _, line := range environ {
		if value, ok := strings.CutPrefix(line, pathName+"="); ok && value != "" {
			return value
		}
	}
	if _, err := os.Stat(defaultPath); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return defaultPath
}

// withoutSource drops what a TOML error quotes of the file, which may be a secret, and keeps the place.
func withoutSource(err error) error {
	var place interface{ Position() (row, column int) }
	if errors.As(err, &place) {
		row, column := place.Position()
		return fmt.Errorf("line %d, column %d is not valid TOML", row, column)
	}
	return err
}

// mergeFile lays the nested tables of a file over the settings so far.
func mergeFile(given, settings map[string]any) error {
	var problems []error
	for _, section := range slices.Sorted(maps.Keys(given)) {
		keys, isTable := given[section].(map[string]any)
		known, exists := settings[section].(map[string]any)
		switch {
		case !exists:
			problems = append(problems, fmt.Errorf("unknown section %q", section))
		case !isTable:
			problems = append(problems, fmt.Errorf("%s must be a section: [%s]", section, section))
		default:
			problems = append(problems, mergeSection(section, keys, known)...)
		}
	}
	return errors.Join(problems...)
}

func mergeSection(section string, keys, known map[string]any) (problems []error) {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		name := section + "." + key
		if _, isNamed := named[name]; isNamed {
			problems = append(problems, mergeNamed(name, keys[key], known)...)
			continue
		}
		old, exists := known[key]
		if !exists {
			problems = append(problems, fmt.Errorf("unknown key %q", name))
			continue
		}
		value, err := fromFile(old, keys[key])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %w", name, err))
			continue
		}
		known[key] = value
	}
	return problems
}

// mergeEnviron lays environment variables over the settings so far.
func mergeEnviron(given, settings map[string]any) error {
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if name == pathName || strings.HasPrefix(name, testPrefix) {
			continue
		}
		text, _ := given[name].(string)
		if err := mergeVariable(name, text, settings); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func mergeVariable(name, text string, settings map[string]any) error {
	section, key, nested := strings.Cut(strings.TrimPrefix(name, prefix), "__")
	if !nested {
		return fmt.Errorf("unknown variable %s: settings are named %sSECTION__KEY", name, prefix)
	}
	known, _ := settings[strings.ToLower(section)].(map[string]any)
	if table, rest, ok := namedTable(section, key); ok {
		return mergeNamedVariable(name, table, rest, text, known)
	}
	old, exists := known[strings.ToLower(key)]
	if !exists || name != strings.ToUpper(name) {
		return fmt.Errorf("unknown variable %s", name)
	}
	value, err := fromText(old, text)
	if err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	known[strings.ToLower(key)] = value
	return nil
}
