package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
)

const (
	hidden       = "***"
	masterKeyLen = 32
)

var errNoMaster = errors.New("security.master_key is not set: make one with `openssl rand -base64 32` and give it " +
	"as WHOSELINE_SECURITY__MASTER_KEY, or put it into a file and name that in security.master_key_file")

// Secret is a text that no print, log or JSON shows.
type Secret string

// String gives *** for a secret that is set and nothing for one that is not.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from JSON and from structured logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Master gives the 32 bytes of the master key. The error says how to make one.
func (c Config) Master() ([]byte, error) {
	text, name := string(c.Security.MasterKey), "security.master_key"
	if path := c.Security.MasterKeyFile; text == "" && path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("security.master_key_file: %w", err)
		}
		text, name = string(content), "security.master_key_file"
	}
	if text = strings.TrimSpace(text); text == "" {
		return nil, errNoMaster
	}
	return key(name, text)
}

// Previous gives the retired master keys, newest first if the operator listed them so.
func (c Config) Previous() ([][]byte, error) {
	var keys [][]byte
	for i, text := range c.Security.PreviousKeys {
		k, err := key(fmt.Sprintf("security.previous_keys[%d]", i), strings.TrimSpace(string(text)))
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func key(name, text string) ([]byte, error) {
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(decoded) != masterKeyLen {
		return nil, fmt.Errorf("%s must be %d bytes in base64: make one with `openssl rand -base64 32`", name, masterKeyLen)
	}
	return decoded, nil
}

// String lists every setting, one a line and sorted, without its secrets: fit for a log or a bug report. Of an account
// it lists what is set.
func (c Config) String() string {
	c.Database.URL = withoutPassword(c.Database.URL)
	return strings.Join(slices.Sorted(slices.Values(lines("", reflect.ValueOf(c)))), "")
}

func lines(path string, of reflect.Value) (all []string) {
	switch of.Kind() {
	case reflect.Struct:
		for field, value := range of.Fields() {
			all = append(all, lines(path+"."+field.Tag.Get(tag), value)...)
		}
	case reflect.Map:
		for name, account := range of.Seq2() {
			for field, value := range account.Fields() {
				if !value.IsZero() {
					all = append(all, lines(path+"."+name.String()+"."+field.Tag.Get(tag), value)...)
				}
			}
		}
	default:
		all = []string{fmt.Sprintf("%s = %v\n", path[1:], of.Interface())}
	}
	return all
}

// GoString is String, so that %#v shows no password either.
func (c Config) GoString() string { return c.String() }

// LogValue is String, so that a structured log shows no password either.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is String, so that JSON shows no password either.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// withoutPassword hides the credentials of a database URL; one that cannot be read is hidden altogether.
func withoutPassword(text string) string {
	if strings.HasPrefix(text, "sqlite:") {
		return text
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme == "" || parsed.Opaque != "" {
		return hidden
	}
	if _, set := parsed.User.Password(); set {
		parsed.User = url.UserPassword(parsed.User.Username(), hidden)
	}
	query := parsed.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Set(name, hidden)
		}
	}
	parsed.RawQuery = query.Encode()
	return strings.ReplaceAll(parsed.String(), url.QueryEscape(hidden), hidden)
}
