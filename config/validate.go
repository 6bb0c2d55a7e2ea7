package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"
)

var (
	sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	namedIndex = regexp.MustCompile(`^(providers\.vendor|channels\.account)\[([^\]]*)\]`)
)

// Validate checks every setting and names all that are wrong, as the operator writes them: "billing.price must be at
// least 0". Load has done it already; it is for a Config that was changed by hand.
func (c Config) Validate() error {
	check, err := newValidator()
	if err != nil {
		return fmt.Errorf("prepare validation: %w", err)
	}
	problems := describe(check.Struct(c))
	return errors.Join(append(problems, c.contradictions()...)...)
}

func newValidator() (*validator.Validate, error) {
	check := validator.New(validator.WithRequiredStructEnabled())
	check.RegisterTagNameFunc(func(field reflect.StructField) string { return field.Tag.Get(tag) })
	own := map[string]func(string) bool{
		"address":  isAddress,
		"database": isDatabase,
		"source":   sourceName.MatchString,
		"base":     isBase,
		"endpoint": isEndpoint,
		"blocks":   isBlocks,
		"country":  countryCode.MatchString,
		"prefix":   numberPrefix.MatchString,
	}
	for name, holds := range own {
		rule := func(field validator.FieldLevel) bool { return holds(field.Field().String()) }
		if err := check.RegisterValidation(name, rule); err != nil {
			return nil, err
		}
	}
	return check, nil
}

// isAddress takes host:port. The host may be empty (every interface), the port 0 (any free one).
func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isDatabase(text string) bool {
	if path, ok := strings.CutPrefix(text, "sqlite:"); ok {
		return path != ""
	}
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "postgres" || parsed.Scheme == "postgresql")
}

// describe puts a validator's findings into the operator's words. Values stay out of them: some are secrets.
func describe(err error) (problems []error) {
	var found validator.ValidationErrors
	if !errors.As(err, &found) {
		if err != nil {
			problems = append(problems, err)
		}
		return problems
	}
	for _, one := range found {
		_, name, _ := strings.Cut(one.Namespace(), ".")
		problems = append(problems, fmt.Errorf("%s %s", written(name), demand(one)))
	}
	return problems
}

// written gives a setting's name as the operator writes it: the libraries have an account's name in brackets.
func written(name string) string { return namedIndex.ReplaceAllString(name, "$1.$2") }

// demand says what a setting should have been.
func demand(found validator.FieldError) string {
	bound := found.Param()
	if found.Kind() == reflect.Slice || found.Kind() == reflect.Map {
		bound += " in number"
	}
	switch found.Tag() {
	case "min":
		return "must be at least " + bound
	case "max":
		return "must be at most " + bound
	case "gt":
		return "must be more than " + bound
	case "oneof":
		return "must be one of " + strings.ReplaceAll(bound, " ", ", ")
	}
	if form, known := forms[found.Tag()]; known {
		return form
	}
	return "is not valid (" + found.Tag() + ")"
}

// forms say what a setting must look like that is checked by a rule without a bound.
var forms = map[string]string{
	"unique":   "must not name anything twice",
	"cidr":     "must be an address block such as 10.0.0.0/8",
	"address":  "must be host:port, such as 127.0.0.1:8080",
	"database": "must be postgres://… or sqlite:path",
	"base":     `must be empty, "sandbox" or an https URL`,
	"endpoint": "must be an https URL",
	"http_url": "must be an http or https URL",
	"blocks":   "must be address blocks such as 10.0.0.0/8, comma-separated",
	"country":  "must be the code of a country such as NG",
	"prefix":   "must be the first digits of numbers, such as 234803, or NG",
	"timezone": "must be the name of a time zone, such as Africa/Lagos",
	"source":   "must be a source's name: lower-case letters, digits, - and _",
}

// contradictions finds settings that are right by themselves but not together.
func (c Config) contradictions() (problems []error) {
	p := c.Providers
	if p.AttemptTimeout > p.TotalTimeout {
		problems = append(problems, errors.New("providers.total_timeout must be at least providers.attempt_timeout"))
	}
	if c.Billing.HoldLease < 2*p.TotalTimeout { // lookup keeps all its other waits within the other half
		problems = append(problems, errors.New("billing.hold_lease must be at least twice providers.total_timeout"))
	}
	if c.HTTP.WriteTimeout <= p.TotalTimeout {
		problems = append(problems, errors.New("http.write_timeout must be more than providers.total_timeout"))
	}
	problems = append(problems, c.Channels.contradictions(c.HTTP.WriteTimeout)...)
	problems = append(problems, c.Routing.contradictions()...)
	if c.Security.MasterKey != "" && c.Security.MasterKeyFile != "" {
		problems = append(problems, errors.New("security.master_key and security.master_key_file exclude each other"))
	}
	return problems
}
