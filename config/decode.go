package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/v2"
)

const unusedKeys = "has invalid keys: " // how mapstructure begins to name them

var (
	errBool     = errors.New("must be true or false")
	errDuration = errors.New(`must be a duration such as "12s" or "50ms"`)
	errList     = errors.New("must be a list of texts")
	errNumber   = errors.New("must be a whole number")
	errText     = errors.New("must be a text")
	errSection  = errors.New("must be a section")
	errSections = errors.New("must hold sections")
)

// variable is a setting that the environment gives. Its fields have capitals because koanf copies it.
type variable struct{ Name, Text string }

// decode lays what was given over the defaults.
func decode(k *koanf.Koanf, hook mapstructure.DecodeHookFuncValue) (Config, error) {
	loaded := Default()
	err := k.UnmarshalWithConf("", &loaded, koanf.UnmarshalConf{Tag: tag, DecoderConfig: &mapstructure.DecoderConfig{
		DecodeHook: hook, ErrorUnused: true, MatchName: func(key, field string) bool { return key == field },
	}})
	return loaded, errors.Join(slips(err)...)
}

// slips puts what mapstructure found into the operator's words.
func slips(err error) (found []error) {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, one := range many.Unwrap() {
			found = append(found, slips(one)...)
		}
		slices.SortFunc(found, byText)
		return found
	}
	var slip *mapstructure.DecodeError
	if !errors.As(err, &slip) {
		return []error{err}
	}
	name, why := written(slip.Name()), slip.Unwrap()
	keys, unused := strings.CutPrefix(why.Error(), unusedKeys)
	switch {
	case unused:
		return unknown(name, strings.Split(keys, ", "))
	case errors.Is(why, errSection):
		return []error{fmt.Errorf("%s %w: [%s]", name, why, name)}
	case errors.Is(why, errSections):
		return []error{fmt.Errorf("%s %w: [%s.NAME]", name, why, name)}
	}
	return []error{fmt.Errorf("%s %w", name, why)}
}

func byText(a, b error) int { return strings.Compare(a.Error(), b.Error()) }

func unknown(section string, keys []string) (found []error) {
	for _, key := range keys {
		if section == "" {
			found = append(found, fmt.Errorf("unknown section %q", key))
			continue
		}
		found = append(found, fmt.Errorf("unknown key %q", section+"."+key))
	}
	return found
}

// fileHook lets a TOML value pass only if it is what the setting takes. Nothing is guessed: a number is not a text, and
// 30 is not a duration.
func fileHook(from, to reflect.Value) (any, error) {
	value := from.Interface()
	switch {
	case to.Type() == reflect.TypeFor[time.Duration]():
		if text, ok := value.(string); ok {
			return duration(text)
		}
		return nil, errDuration
	case to.Kind() == reflect.Slice:
		to.SetZero() // a list replaces the one before
		return list(value)
	case from.Kind() == as[to.Kind()].kind:
		return value, nil
	}
	return nil, as[to.Kind()].otherwise
}

// as says what a setting of each kind is given as, and what the operator is told otherwise.
var as = map[reflect.Kind]struct {
	kind      reflect.Kind
	otherwise error
}{
	reflect.Bool: {reflect.Bool, errBool}, reflect.String: {reflect.String, errText},
	reflect.Int: {reflect.Int64, errNumber}, reflect.Int64: {reflect.Int64, errNumber},
	reflect.Struct: {reflect.Map, errSection}, reflect.Map: {reflect.Map, errSections},
}

// environ reads variables, and keeps account of them.
type environ struct {
	unread   map[string]bool
	problems []error
}

// hook reads the text of a variable as what its setting takes. A section's name is no setting, so it stays unread.
func (e *environ) hook(from, to reflect.Value) (any, error) {
	given, ok := from.Interface().(variable)
	if !ok {
		return fileHook(from, to)
	}
	if to.Kind() == reflect.Struct || to.Kind() == reflect.Map {
		return nil, nil
	}
	delete(e.unread, given.Name)
	value, err := fromText(given.Text, to)
	if err != nil {
		e.problems = append(e.problems, fmt.Errorf("%s %w", given.Name, err))
		return nil, nil
	}
	return value, nil
}

func fromText(text string, to reflect.Value) (any, error) {
	if to.Type() == reflect.TypeFor[time.Duration]() {
		return duration(text)
	}
	switch to.Kind() {
	case reflect.Bool:
		if text != "true" && text != "false" {
			return nil, errBool
		}
		return text == "true", nil
	case reflect.Slice:
		to.SetZero()
		return split(text), nil
	case reflect.String:
		return text, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, errNumber
	}
	return n, nil
}

func duration(text string) (any, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, errDuration
	}
	return d, nil
}

func list(value any) (any, error) {
	items, ok := value.([]any)
	if !ok {
		return nil, errList
	}
	var texts []string
	for _, item := range items {
		text, ok := item.(string)
		if !ok {
			return nil, errList
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// split reads a comma-separated list; blanks around the commas do not count.
func split(text string) []string {
	var texts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			texts = append(texts, part)
		}
	}
	return texts
}
