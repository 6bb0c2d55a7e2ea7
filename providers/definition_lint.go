package providers

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"whoseline/config"
	"whoseline/models"
)

var (
	definitionName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	headerName     = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	currencyCode   = regexp.MustCompile(`^[A-Z]{3}$`)
	digitsOnly     = regexp.MustCompile(`^[1-9][0-9]{0,14}$`)
	plainURLPath   = regexp.MustCompile(`^/[A-Za-z0-9._~/-]*$`)
)

// transportHeaders belong to the HTTP client.
const transportHeaders = "host content-length transfer-encoding connection expect te trailer upgrade accept-encoding content-type"

// linter notes what is wrong with one definition beyond the form of its values.
type linter struct {
	*definition
	problems []Problem
}

func lint(d *definition) []Problem {
	l := &linter{definition: d}
	l.identity()
	l.bases()
	l.request()
	l.inputs()
	l.auth()
	l.clauses()
	l.mapping()
	l.balance()
	return l.problems
}

// fail notes a mistake at a line, or at the definition's own when the part that is meant is missing altogether.
func (l *linter) fail(line int, format string, args ...any) {
	if line == 0 {
		line = l.Line
	}
	l.problems = append(l.problems, Problem{l.File, line, l.ID + ": " + fmt.Sprintf(format, args...)})
}

// need notes a mistake unless ok.
func (l *linter) need(ok bool, line int, text string) {
	if !ok {
		l.fail(line, "%s", text)
	}
}

func (l *linter) identity() {
	l.need(definitionName.MatchString(l.ID), l.Line, "a name has lower-case letters, digits, - and _")
	l.need(definitionName.MatchString(l.Vendor), l.Line, "vendor must be a name of lower-case letters, digits, - and _")
	for _, name := range []string{l.ID, l.Vendor} {
		_, builtIn := constructors[name]
		l.need(!builtIn, l.Line, "the name "+name+" belongs to a source that is built in")
	}
	l.need(l.Mode != "", l.Line, "mode is missing: owner, match or signal")
	l.need(l.Source != "", l.Line, "source is missing: what the vendor itself asks, such as nimc")
	l.need(len(l.Serves) == 0 || l.Mode == "owner", l.Line, "serves is for mode owner")
	l.need(l.MaxInflight >= 0 && l.RPS >= 0, l.Line, "max_inflight and rps cannot be negative")
	l.need(l.Cost.Minor >= 0 && (l.Cost.Minor == 0 || currencyCode.MatchString(l.Cost.Currency)), l.Line,
		"cost needs a currency, such as NGN, and minor cannot be negative")
	for _, prefix := range l.Prefixes {
		l.need(digitsOnly.MatchString(prefix), l.Line, "prefixes are digits with the country's code, such as 234803")
	}
	for _, layout := range l.DOBLayouts {
		sample := time.Date(1987, time.November, 23, 0, 0, 0, 0, time.UTC)
		parsed, err := time.Parse(layout, sample.Format(layout))
		l.need(err == nil && parsed.Equal(sample), l.Line, "dob_layouts: "+layout+" does not hold a whole date")
	}
}

// bases refuses what an operator alone may point at: definitions travel from hand to hand.
func (l *linter) bases() {
	for _, text := range []string{l.Base.Live, l.Base.Sandbox} {
		if text == "" {
			continue
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			l.fail(l.Base.Line, "base must be an https URL")
			continue
		}
		_, err = netip.ParseAddr(u.Hostname())
		l.need(err != nil && !config.IsLoopback(u.Hostname()), l.Base.Line,
			"base must be a public host: addresses are for the operator to configure")
	}
}

func (l *linter) request() {
	r := l.Request
	l.need(r.Method != "", r.Line, "request.method is missing: GET or POST")
	l.need(plainURLPath.MatchString(r.Path.literal()), r.Line, "request.path must begin with / and hold no query")
	l.need(r.Method == http.MethodPost || r.JSON == nil && r.Form == nil, r.Line, "a GET has no body")
	l.need(r.JSON == nil || r.Form == nil, r.Line, "json and form exclude each other")
	l.need(l.Idempotency.field == "" || r.JSON != nil, r.Line, "idempotency in the body needs a json body")
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		_, err := r.Headers[name].header(nil)
		l.need(err == nil && headerName.MatchString(name), r.Line, "bad header "+name)
		l.need(!oneOf(transportHeaders, strings.ToLower(name)), r.Line, "the header "+name+" belongs to the HTTP client")
	}
}

// used lists every variable that the definition's templates name.
func (d *definition) used() []string {
	all := append(d.Request.Path.names(), d.Request.JSON.names()...)
	for _, table := range []map[string]template{d.Request.Query, d.Request.Headers, d.Request.Form} {
		for _, t := range table {
			all = append(all, t.names()...)
		}
	}
	return all
}

// inputs checks that what the templates ask for will be there.
func (l *linter) inputs() {
	used := l.used()
	l.need(l.NumberFormat != "" || !slices.Contains(used, "number"), l.Line, "{{number}} needs number_format")
	national := slices.Contains(used, "national") || l.NumberFormat == "national0"
	l.need(!national || slices.Equal(l.Countries, []string{"NG"}), l.Line, "the national form needs countries: [NG]")
	token := oneOf("oauth2_client_credentials json_token", l.Auth.Kind) && l.Auth.Kind != ""
	l.need(token == slices.Contains(used, "access_token"), l.Line,
		"{{access_token}} and an auth kind that fetches one belong together")
	signed := slices.Contains(used, "signature") || slices.Contains(used, "timestamp")
	l.need(!signed || l.Auth.Kind == "smile_hmac", l.Line, "{{signature}} and {{timestamp}} need auth kind smile_hmac")
}

func (l *linter) auth() {
	a := l.Auth
	line := a.Line
	for _, name := range append(a.Path.names(), a.JSON.names()...) {
		l.need(variables[name] == accountVariable, line, "a token request can only use the account: not "+name)
	}
	l.need(a.Path.literal() == "" || plainURLPath.MatchString(a.Path.literal()), line, "auth.path must begin with /")
	switch a.Kind {
	case "":
		l.fail(line, "auth.kind is missing")
	case "oauth2_client_credentials":
		l.need(len(a.Client) > 0, line, "auth.client is missing: private_key_jwt, basic or form")
	case "json_token":
		l.need(a.Path.literal() != "" && a.JSON != nil, line, "json_token needs path and json")
	case "body_hmac":
		l.need(headerName.MatchString(a.Header) && a.Hash != "" && a.Encoding != "", line,
			"body_hmac needs header, hash and encoding")
	}
}

func (l *linter) clauses() {
	found := false
	for _, c := range l.Classify {
		found = found || c.Outcome == models.OutcomeFound
		l.need(c.Outcome != "", c.Line, "the rule has no outcome")
		l.need(len(c.HTTP)+len(c.Path)+len(c.Exists)+len(c.Present) > 0, c.Line, "the rule has no condition")
		l.need((len(c.Path) > 0) == (len(c.In) > 0 || c.Match != nil), c.Line, "path and in or match belong together")
		l.need(c.Verdict == "" || c.Outcome == models.OutcomeFound, c.Line, "only found has a verdict")
		for _, status := range c.HTTP {
			l.need(status >= 200 && status <= 599, c.Line, "http must be from 200 to 599")
		}
	}
	l.need(found, l.Line, "no rule says when an answer is found")
}

// mapping checks that found can hold what its mode promises.
func (l *linter) mapping() {
	named := func(fields map[string]paths) bool {
		return fields["full"] != nil || fields["first"] != nil || fields["last"] != nil
	}
	verdict := l.Verdict != nil || slices.ContainsFunc(l.Classify, func(c clause) bool { return c.Verdict != "" })
	l.need(l.Mode != "owner" || named(l.Fields), l.Line, "fields must map a name: full, first or last")
	l.need(l.Single == nil || l.Owners != nil && named(l.Single), l.Line, "single needs owners, and must map a name")
	l.need(l.Mode != "match" || l.Match != nil || verdict, l.Line, "mode match needs match or a verdict")
	l.need((l.Mode == "signal") == (l.Signals != nil), l.Line, "mode signal and signals belong together")
	l.need(l.Scores == nil || l.Match != nil, l.Line, "scores needs match")
	l.need(l.Verdict == nil || l.Verdict.Path != nil && l.Verdict.Map != nil, l.Line, "verdict needs path and map")
}
