package vendor

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

	"go.yaml.in/yaml/v3"

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

// linter reports the mistakes of one definition beyond the form of its values.
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
	l.owed()
	return l.problems
}

// fail reports a mistake at a line, or at the definition's own line when the part is missing altogether.
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

// bases refuses hosts that only an operator may name: definitions are passed from hand to hand.
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
	l.call("request", l.Request)
	l.need(l.Idempotency.field == "" || l.Request.JSON != nil, l.Request.Line, "idempotency in the body needs a json body")
}

// call checks one request by the key under which it stands.
func (l *linter) call(key string, r requestTemplate) {
	l.need(r.Method != "", r.Line, key+".method is missing: GET or POST")
	l.need(plainURLPath.MatchString(r.Path.literal()), r.Line, key+".path must begin with / and hold no query")
	bodies := 0
	for _, there := range []bool{r.JSON != nil, r.Form != nil, r.Multipart != nil} {
		if there {
			bodies++
		}
	}
	l.need(r.Method == http.MethodPost || bodies == 0, r.Line, "a GET has no body")
	l.need(bodies <= 1, r.Line, "json, form and multipart exclude each other")
	l.need(r.Multipart == nil || r.Multipart.kind == yaml.MappingNode, r.Line, "multipart must be a mapping of parts")
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		_, err := r.Headers[name].header(nil)
		l.need(err == nil && headerName.MatchString(name), r.Line, "bad header "+name)
		l.need(!oneOf(transportHeaders, strings.ToLower(name)), r.Line, "the header "+name+" belongs to the HTTP client")
	}
}

// names lists every variable that a request's templates name.
func (r requestTemplate) names() []string {
	all := slices.Concat(r.Path.names(), r.JSON.names(), r.Multipart.names())
	for _, table := range []map[string]template{r.Query, r.Headers, r.Form} {
		for _, t := range table {
			all = append(all, t.names()...)
		}
	}
	return all
}

// used lists every variable that the definition's question names.
func (d *definition) used() []string { return d.Request.names() }

// inputs checks that the templates use only what will be there.
func (l *linter) inputs() {
	used := l.used()
	if l.Poll != nil {
		used = append(used, l.Poll.Request.names()...)
	}
	l.need(l.NumberFormat != "" || !slices.Contains(used, "number"), l.Line, "{{number}} needs number_format")
	national := slices.Contains(used, "national") || l.NumberFormat == "national0"
	l.need(!national || slices.Equal(l.Countries, []string{"NG"}), l.Line, "the national form needs countries: [NG]")
	token := oneOf("oauth2_client_credentials ciba jwt_bearer json_token smile_token", l.Auth.Kind) && l.Auth.Kind != ""
	l.need(token == slices.Contains(used, "access_token"), l.Line,
		"{{access_token}} and an auth kind that fetches one belong together")
	signed := slices.Contains(used, "signature") || slices.Contains(used, "timestamp")
	l.need(!signed || l.Auth.Kind == "smile_hmac", l.Line, "{{signature}} and {{timestamp}} need auth kind smile_hmac")
	for _, name := range slices.Compact(slices.Sorted(slices.Values(used))) {
		known := variables[name] != accountVariable || slices.Contains(l.Account, name) || slices.Contains(l.Optional, name)
		l.need(known, l.Request.Line, "{{"+name+"}} is left out when the account has none: name it in account, or in optional if that is meant")
	}
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
	case "smile_token":
		l.need(a.Path.literal() != "", line, "smile_token needs path")
	case "ciba", "jwt_bearer":
		l.subject(a)
	case "json_token":
		l.need(a.Path.literal() != "" && a.JSON != nil, line, "json_token needs path and json")
	case "body_hmac":
		l.need(headerName.MatchString(a.Header) && a.Hash != "" && a.Encoding != "", line,
			"body_hmac needs header, hash and encoding")
	}
}

// subject checks an auth kind whose tokens are for one subscriber.
func (l *linter) subject(a authTerms) {
	purposes := 0
	for word := range strings.FieldsSeq(a.Scope) {
		if strings.HasPrefix(word, "dpv:") {
			purposes++
		}
	}
	l.need(purposes == 1, a.Line, "auth.scope must name exactly one purpose, such as dpv:FraudPreventionAndDetection")
	l.need(len(a.Client) > 0, a.Line, "auth.client is missing: private_key_jwt, basic or form")
	l.need(a.Kind == "ciba" || slices.Equal(a.Client, []string{"private_key_jwt"}), a.Line,
		"jwt_bearer signs an assertion: auth.client must be private_key_jwt")
	path := "/" + strings.TrimPrefix(a.Authorize, "/")
	l.need(a.Authorize == "" || a.Kind == "ciba" && plainURLPath.MatchString(path) && !strings.HasPrefix(path, "//"), a.Line,
		"auth.authorize is a path, for ciba")
}

func (l *linter) clauses() {
	l.rules(l.Classify)
	found := slices.ContainsFunc(l.Classify, func(c clause) bool { return c.Outcome == models.OutcomeFound })
	l.need(found, l.Line, "no rule says when an answer is found")
}

// rules checks rules of classification, wherever they stand.
func (l *linter) rules(list []clause) {
	for _, c := range list {
		l.need(c.Outcome != "", c.Line, "the rule has no outcome")
		l.need(len(c.HTTP)+len(c.Path)+len(c.Exists)+len(c.Present) > 0, c.Line, "the rule has no condition")
		l.need((len(c.Path) > 0) == (len(c.In) > 0 || c.Match != nil), c.Line, "path and in or match belong together")
		l.need(c.Verdict == "" || c.Outcome == models.OutcomeFound, c.Line, "only found has a verdict")
		for _, status := range c.HTTP {
			l.need(status >= 200 && status <= 599, c.Line, "http must be from 200 to 599")
		}
	}
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
