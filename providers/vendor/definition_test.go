package vendor

import (
	"fmt"
	"strings"
	"testing"
)

// small is a definition that is right, on lines 1 to 15.
const small = `acme:
  vendor: acme
  mode: owner
  source: nimc
  countries: [NG]
  number_format: national0
  base: {live: "https://api.acme.example"}
  auth: {kind: none}
  request: {method: POST, path: /find, headers: {key: "{{secret}}"}, json: {number: "{{number}}"}}
  classify:
    - {http: [200], path: code, in: ["00"], outcome: found}
    - {http: [200], path: code, match: "^4", outcome: not_found}
  fields: {full: name, dob: [born, birth]}
  ref: id
  account: [secret]
`

// slips are what an operator may get wrong in the small definition, and what is said of it.
var slips = []struct {
	old, slip string
	line      int
	want      string
}{
	{"mode: owner", "mood: owner", 3, `unknown key "mood"`},
	{"mode: owner", "mode: owners", 3, `unknown value "owners" (known: owner match signal)`},
	{"mode: owner", "mode: match", 1, "mode match needs match or a verdict"},
	{"mode: owner", "mode: owner\n  mode: owner", 4, `"mode" stands twice, first in line 3`},
	{"source: nimc", "source: {a: b}", 4, "must be a single value"},
	{"[NG]", "[XX]", 5, `unknown value "XX"`},
	{"[NG]", "[]", 1, "the national form needs countries: [NG]"},
	{"  number_format: national0\n", "", 1, "{{number}} needs number_format"},
	{"https://api.acme.example", "http://api.acme.example", 7, "base must be an https URL"},
	{"https://api.acme.example", "https://127.0.0.1", 7, "base must be a public host"},
	{"https://api.acme.example", "https://localhost", 7, "base must be a public host"},
	{"https://api.acme.example", "https://10.0.0.1:8080/x", 7, "base must be a public host"},
	{"https://api.acme.example", "https://u:p@api.acme.example", 7, "base must be an https URL"},
	{"kind: none", "kind: magic", 8, `unknown value "magic"`},
	{"kind: none", "kind: oauth2_client_credentials, client: form", 1, "{{access_token}} and an auth kind that fetches one belong together"},
	{"kind: none", "kind: json_token", 8, "json_token needs path and json"},
	{"kind: none", "kind: body_hmac, header: sig", 8, "body_hmac needs header, hash and encoding"},
	{"auth: {kind: none}", "auth: {}", 8, "auth.kind is missing"},
	{"request:", "x-request:", 9, `unknown key "x-request"`},
	{"  request: {method: POST, path: /find, headers: {key: \"{{secret}}\"}, json: {number: \"{{number}}\"}}\n", "", 1, "request.method is missing"},
	{"method: POST", "method: DELETE", 9, `unknown value "DELETE"`},
	{"method: POST", "method: GET", 9, "a GET has no body"},
	{"path: /find", "path: find", 9, "request.path must begin with /"},
	{"path: /find", "path: \"/find?x=1\"", 9, "request.path must begin with / and hold no query"},
	{"{{secret}}", "{{sekret}}", 9, `unknown variable "sekret"`},
	{"{{secret}}", "{{secret", 9, "braces that do not match"},
	{"{{secret}}", "{{signature}}", 1, "need auth kind smile_hmac"},
	{"{{number}}", "+{{number:int}}", 9, "{{number:int}} must stand alone"},
	{`key: "{{secret}}"`, `Host: a`, 9, "the header Host belongs to the HTTP client"},
	{`key: "{{secret}}"`, `"k y": a`, 9, "bad header k y"},
	{`key: "{{secret}}"`, `key: "a\nb: c"`, 9, "bad header key"},
	{`path: code, in: ["00"]`, `path: "code|x", in: ["00"]`, 11, `bad path "code|x"`},
	{`path: code, in: ["00"]`, `path: code`, 11, "path and in or match belong together"},
	{`http: [200], path: code, in: ["00"], `, ``, 11, "the rule has no condition"},
	{"outcome: found", "outcome: fnd", 11, `unknown value "fnd"`},
	{"outcome: found", "outcome: timeout", 11, `unknown value "timeout"`},
	{"outcome: found", "outcome: not_found", 1, "no rule says when an answer is found"},
	{"outcome: found", "billed: true", 11, "the rule has no outcome"},
	{"http: [200], path: code, in", "http: [20], path: code, in", 11, "http must be from 200 to 599"},
	{"http: [200], path: code, in", "http: [ok], path: code, in", 11, `"ok" is not a whole number`},
	{"outcome: not_found", "outcome: not_found, verdict: none", 12, "only found has a verdict"},
	{`match: "^4"`, `match: "(4"`, 12, `bad regular expression "(4"`},
	{`match: "^4"`, `match: "(?=4)"`, 12, `bad regular expression`},
	{"full: name", "fall: name", 13, `unknown key "fall"`},
	{"full: name, ", "", 1, "fields must map a name"},
	{"born, birth", "born, bir th", 13, `bad path "bir th"`},
	{"ref: id", "ref: []", 14, "a path is missing"},
	{"ref: id", "ref: id\n  single: {full: name}", 1, "single needs owners"},
	{"ref: id", "ref: id\n  signals: {sim_swapped: s}", 1, "mode signal and signals belong together"},
	{"ref: id", "ref: id\n  needs: [shoe]", 15, `unknown input "shoe"`},
	{"ref: id", "ref: id\n  needs: [secret]", 15, `unknown input "secret"`},
	{"ref: id", "ref: id\n  timeout: 4", 15, "must be a duration"},
	{"ref: id", "ref: id\n  dob_layouts: [\"02-01\"]", 1, "does not hold a whole date"},
	{"ref: id", "ref: id\n  idempotency: header", 15, "must be none, header:NAME or body:FIELD"},
	{"account: [secret]", "account: [password]", 15, `unknown value "password"`},
	{"ref: id", "ref: &a [*a]", 14, "bad path"},
	{"account: [secret]", "account: [", 15, "not valid YAML"},
	{"ref: id", "ref: id\n---\nb: c", 1, "not valid YAML"},
	{"account: [secret]", "optional: [app_id]", 9, "{{secret}} is left out when the account has none"},
	{`headers: {key: "{{secret}}"}`, `headers: {key: "{{secret}}", app: "{{app_id}}"}`, 9, "{{app_id}} is left out when the account has none: name it in account"},
	{"ref: id", "ref: id\n  cost: {currency: NGN, minor: 45.50}", 15, `"45.50" is not a whole number`},
	{"ref: id", "ref: id\n  rps: fast", 15, `"fast" is not a number`},
	{"outcome: found}", "outcome: found, billed: perhaps}", 11, `"perhaps" is neither true nor false`},
	{"  ref: id", "\tref: id", 14, "the line is indented by a tab"},
	{"ref: id", "ref: 'id", 14, "not valid YAML: found unexpected end of stream"},
	{"vendor: acme", "vendor: Acme", 1, "vendor must be a name"},
}

func TestADefinitionWithASlipIsRefusedByItsLine(t *testing.T) {
	t.Parallel()
	if _, problems := parseDefinitions("acme.yaml", []byte(small)); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range slips {
		text := strings.Replace(small, c.old, c.slip, 1)
		if text == small {
			t.Fatalf("%q is not there", c.old)
		}
		_, problems := parseDefinitions("acme.yaml", []byte(text))
		where := fmt.Sprintf("acme.yaml:%d: ", c.line)
		if !mentions(problems, where, c.want) {
			t.Errorf("%s → %s: want %s%s, got %v", c.old, c.slip, where, c.want, problems)
		}
	}
}

func mentions(problems []Problem, where, want string) bool {
	for _, p := range problems {
		if text := p.Error(); strings.HasPrefix(text, where) && strings.Contains(text, want) {
			return true
		}
	}
	return false
}

func TestASmallFileCannotBecomeAHugeOne(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("x-0: &a0 [a]\n")
	for i := range 30 {
		fmt.Fprintf(&bomb, "x-%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	bomb.WriteString("acme: {ref: *a30, needs: *a30, classify: *a30, request: {json: *a30}}\n")
	for _, text := range []string{bomb.String(), "acme: &a {request: {json: *a}}", "acme: &a\n  <<: *a\n", "acme: {request: {json: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}}"} {
		if _, problems := parseDefinitions("x.yaml", []byte(text)); len(problems) == 0 || len(problems) > 2*maxYAMLNodes {
			t.Errorf("%.40s: %d problems", text, len(problems))
		}
	}
}
