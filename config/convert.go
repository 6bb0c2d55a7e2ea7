package config

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"
)

var (
	errBool     = errors.New("must be true or false")
	errDuration = errors.New(`must be a duration such as "12s" or "50ms"`)
	errList     = errors.New("must be a list of texts")
	errNumber   = errors.New("must be a whole number")
	errText     = errors.New("must be a text")
)

// fromFile turns a TOML value into the type of the setting that it replaces. Nothing is guessed: a number is not a
// text, and 30 is not a duration.
func fromFile(old, value any) (any, error) {
	if _, isDuration := old.(time.Duration); isDuration {
		if text, ok := value.(string); ok {
			return duration(text)
		}
		return nil, errDuration
	}
	switch reflect.TypeOf(old).Kind() {
	case reflect.Bool:
		return the[bool](value, errBool)
	case reflect.String:
		return the[string](value, errText)
	case reflect.Slice:
		return list(value)
	default:
		return the[int64](value, errNumber)
	}
}

// fromText turns the text of an environment variable into the type of the setting that it replaces.
func fromText(old any, text string) (any, error) {
	if _, isDuration := old.(time.Duration); isDuration {
		return duration(text)
	}
	switch reflect.TypeOf(old).Kind() {
	case reflect.Bool:
		return boolean(text)
	case reflect.String:
		return text, nil
	case reflect.Slice:
		return split(text), nil
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errNumber
		}
		return n, nil
	}
}

func the[T any](value any, otherwise error) (any, error) {
	if typed, ok := value.(T); ok {
		return typed, nil
	}
	return nil, otherwise
}

func duration(text string) (any, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, errDuration
	}
	return d, nil
}

func boolean(text string) (any, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return nil, errBool
	}
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
