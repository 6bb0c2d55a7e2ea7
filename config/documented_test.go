package config_test

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"whoseline/config"
)

var (
	heading = regexp.MustCompile(`^\*\*(\w+)\*\*$`)
	quoted  = regexp.MustCompile("`([^`]+)`")
)

// documented are the settings of the page on configuration, as SECTION.KEY, with what it says of their defaults.
func documented(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../docs/operate/configure.md")
	if err != nil {
		t.Fatal(err)
	}
	told, section := map[string]string{}, ""
	table, _, _ := strings.Cut(string(page), "\nEach vendor has an account")
	for _, line := range strings.Split(table, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			continue
		}
		name, value := strings.TrimSpace(cells[1]), strings.Trim(cells[2], "` ")
		if m := heading.FindStringSubmatch(name); m != nil {
			section = m[1]
			continue
		}
		keys, values := quoted.FindAllStringSubmatch(name, -1), strings.Split(value, ", ")
		for i, key := range keys {
			told[section+"."+key[1]] = values[min(i, len(values)-1)]
		}
	}
	return told
}

// defaults gives every setting with its default. Accounts are maps and have tables of their own.
func defaults(of reflect.Value) map[string]any {
	all := map[string]any{}
	for i := range of.NumField() {
		section := of.Type().Field(i).Tag.Get("koanf")
		for k := range of.Field(i).NumField() {
			field := of.Field(i).Type().Field(k)
			if field.Type.Kind() != reflect.Map {
				all[section+"."+field.Tag.Get("koanf")] = of.Field(i).Field(k).Interface()
			}
		}
	}
	return all
}

func TestTheTableOfSettingsHasEverySettingWithItsDefaultAndNoOther(t *testing.T) {
	t.Parallel()
	told, real := documented(t), defaults(reflect.ValueOf(config.Default()))
	for key, value := range real {
		said, is := told[key]
		if !is {
			t.Errorf("%s is not documented", key)
			continue
		}
		if !says(said, value) {
			t.Errorf("%s: the page says %q, the default is %v", key, said, value)
		}
	}
	for key := range told {
		if _, is := real[key]; !is {
			t.Errorf("there is no setting %s", key)
		}
	}
}

func TestEverySettingOfAnAccountIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/operate/configure.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []any{config.Vendor{}, config.Account{}} {
		kind := reflect.TypeOf(account)
		for i := range kind.NumField() {
			key := kind.Field(i).Tag.Get("koanf")
			if !strings.Contains(string(page), "`"+key+"`") && !strings.Contains(string(page), "\n"+key+" = ") {
				t.Errorf("%s: %s is not documented", kind.Name(), key)
			}
		}
	}
}

// says tells whether the words of the page stand for a default. Words such as "none" and "all" stand for what is empty.
func says(said string, value any) bool {
	switch v := value.(type) {
	case time.Duration:
		d, err := time.ParseDuration(said)
		return err == nil && d == v
	case int, int64:
		n, err := strconv.ParseInt(said, 10, 64)
		return err == nil && strconv.FormatInt(n, 10) == fmt.Sprint(v)
	case bool:
		return said == strconv.FormatBool(v)
	case string:
		return v == "" || said == v
	case []string:
		return len(v) == 0 || said == strings.Join(v, ",")
	}
	return true
}
