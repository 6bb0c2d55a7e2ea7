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
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

const (
	tag         = "koanf"
	prefix      = "WHOSELINE_"
	nested      = "__"
	testPrefix  = prefix + "TEST_"
	pathName    = prefix + "CONFIG"
	defaultPath = "whoseline.toml"
)

// Load reads the defaults, the file at path and the environment (as os.Environ gives it), in that order, and checks
// the result. An empty path means what WHOSELINE_CONFIG says or else whoseline.toml, and only the latter may be
// missing. The error names every offending setting at once, and never the value of a secret.
func Load(path string, environ []string) (Config, error) {
	k := koanf.New(nested) // a file's quoted key may have a dot of its own, which nests nothing
	given := map[string]string{}
	for _, line := range environ {
		if name, text, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, prefix) {
			given[name] = text
		}
	}
	if path = locate(path, given); path != "" {
		err := k.Load(file.Provider(path), toml.Parser())
		if err == nil {
			_, err = decode(k, fileHook)
		}
		if err != nil {
			return Config{}, fmt.Errorf("%s: %w", path, withoutSource(err))
		}
	}
	loaded, err := readEnviron(k, given)
	if err != nil {
		return Config{}, fmt.Errorf("environment: %w", err)
	}
	return loaded, loaded.Validate()
}

// locate gives the file to read, "" for none.
func locate(path string, given map[string]string) string {
	if path != "" {
		return path
	}
	if given[pathName] != "" {
		return given[pathName]
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

// readEnviron lays environment variables over what the file gave. The file is known to be right by itself, so
// whatever does not fit is a variable.
func readEnviron(k *koanf.Koanf, given map[string]string) (Config, error) {
	e := environ{unread: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(given)) { // a section's name comes before the names inside it
		key := strings.ToLower(strings.TrimPrefix(name, prefix))
		switch {
		case name == pathName || strings.HasPrefix(name, testPrefix):
		case !strings.Contains(key, nested):
			e.problems = append(e.problems, fmt.Errorf("unknown variable %s: settings are named %sSECTION__KEY", name, prefix))
		case name != strings.ToUpper(name) || slices.Contains(strings.Split(key, nested), ""):
			e.problems = append(e.problems, fmt.Errorf("unknown variable %s", name))
		default:
			e.unread[name] = true
			if err := k.Set(key, variable{Name: name, Text: given[name]}); err != nil {
				return Config{}, err
			}
		}
	}
	loaded, err := decode(k, e.hook)
	for name := range e.unread {
		e.problems = append(e.problems, fmt.Errorf("unknown variable %s", name))
	}
	if len(e.problems) > 0 {
		slices.SortFunc(e.problems, byText)
		err = errors.Join(e.problems...)
	}
	return loaded, err
}
