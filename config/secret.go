package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/structs"
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

// String lists every setting, one a line and sorted by section, without its secrets: fit for a log or a bug report.
func (c Config) String() string {
	c.Database.URL = withoutPassword(c.Database.URL)
	sections, err := structs.Provider(c, tag).Read()
	if err != nil {
		return ""
	}
	var text strings.Builder
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		settings, _ := sections[section].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(settings)) {
			if section+"."+name == vendors {
				c.writeVendors(&text)
				continue
			}
			fmt.Fprintf(&text, "%s.%s = %v\n", section, name, settings[name])
		}
	}
	return text.String()
}

// writeVendors lists what is set of each vendor's account.
func (c Config) writeVendors(text *strings.Builder) {
	for _, name := range slices.Sorted(maps.Keys(c.Providers.Vendor)) {
		account := reflect.ValueOf(c.Providers.Vendor[name])
		for i := range account.NumField() {
			if field := account.Field(i); !field.IsZero() {
				fmt.Fprintf(text, "%s.%s.%s = %v\n", vendors, name, account.Type().Field(i).Tag.Get(tag), field.Interface())
			}
		}
	}
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
