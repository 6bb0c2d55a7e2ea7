package vendor

import (
	"fmt"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/providers"
	"whoseline/providers/gate"
)

// Reading is the meaning of an endpoint's answer.
type Reading struct {
	Outcome    models.Outcome
	Owners     []Person
	Match      *Match         // nil = the vendor compared nothing
	Signals    map[string]any // by the names that definitions use: bool, int64, string, or nil for an answer of null
	Ref        string         // the vendor's own reference
	HTTP       int            // 0 = no answer
	RetryAfter time.Duration
	Billed     *bool    // false when the vendor states that it does not charge; nil = it states nothing
	Dropped    []string // fields that made no sense and were left out
	Err        error    // for the log: holds nothing personal and no secret
}

// Person is an owner with fields that only some vendors have.
type Person struct {
	models.Owner
	Phone    string // E.164: recorded, and never put in place of the number that was asked
	IDType   string // as the vendor writes it
	IDNumber string
}

// Match is how well the names and dates of the inquiry fit.
type Match struct {
	Verdict string            // exact, partial, none, or "" when the vendor does not sum up
	Fields  map[string]string // true, false or not_available
	Scores  map[string]int    // 0 to 100
}

// maxDepth is how deep an answer may nest. The validator recurses, and an overflowing stack cannot be recovered.
const maxDepth = 100

// tail is the meaning of an HTTP status where no rule of a definition fits. Everything else is bad_payload: a 404 is
// more often a wrong URL of ours than a number without owner, and a 400 more often a wrong question of ours than a
// wrong number.
var tail = map[int]models.Outcome{
	401: models.OutcomeCredentials, 402: models.OutcomeWalletEmpty, 403: models.OutcomeCredentials,
	408: models.OutcomeProviderDown, 424: models.OutcomeSourceDown, 429: models.OutcomeRateLimited,
	500: models.OutcomeProviderDown, 501: models.OutcomeProviderDown, 502: models.OutcomeProviderDown,
	503: models.OutcomeProviderDown, 504: models.OutcomeProviderDown,
}

func fromTail(status int) models.Outcome {
	if outcome, known := tail[status]; known {
		return outcome
	}
	return models.OutcomeBadPayload
}

// read gives the meaning of an answer. It trusts nothing in it.
func (d *definition) read(got gate.Reply, in Inquiry, now time.Time) Reading {
	return d.understand(got, in, now, owedAnswer{})
}

// understand reads an answer that came at once, or one that was owed.
func (d *definition) understand(got gate.Reply, in Inquiry, now time.Time, owed owedAnswer) Reading {
	said := Reading{Outcome: fromTail(got.Status), HTTP: got.Status, RetryAfter: gate.RetryAfter(got.Header, now)}
	if isJSON(got.Body) {
		whole := gjson.ParseBytes(got.Body)
		answer := whole
		if inside := owed.where.value(whole); inside.IsObject() {
			answer = inside
		}
		if !apply(owed.rules, whole, &said) {
			apply(d.Classify, answer, &said)
		}
		said.Ref = gate.Reference(d.Ref.text(answer))
		if said.Outcome == models.OutcomeFound {
			d.extract(answer, &said, extraction{in: in, today: now})
		}
	}
	if providers.Fault(said.Outcome) && said.Err == nil {
		said.Err = fmt.Errorf("providers: %s answered HTTP %d: %s", d.ID, got.Status, said.Outcome)
	}
	return said
}

// isJSON tells whether a body is one valid JSON value of bearable depth.
func isJSON(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return gjson.ValidBytes(body)
}

// apply applies the first rule that fits, and tells whether there is one.
func apply(rules []clause, root gjson.Result, said *Reading) bool {
	for i := range rules {
		c := &rules[i]
		if !c.fits(said.HTTP, root) {
			continue
		}
		said.Outcome, said.Billed = c.Outcome, c.Billed
		if c.Verdict != "" {
			said.Match = &Match{Verdict: c.Verdict}
		}
		return true
	}
	return false
}

func (c *clause) fits(status int, root gjson.Result) bool {
	if len(c.HTTP) > 0 && !slices.Contains(c.HTTP, status) {
		return false
	}
	text := c.Path.text(root)
	switch {
	case len(c.In) > 0 && (!c.Path.present(root) || !slices.Contains(c.In, text)):
		return false
	case c.Match != nil && !c.Match.MatchString(text):
		return false
	case len(c.Exists) > 0 && c.Exists.text(root) == "":
		return false
	}
	return len(c.Present) == 0 || c.Present.present(root)
}

// extract takes what the definition maps from an answer that was found. An answer without any of it is none.
func (d *definition) extract(root gjson.Result, said *Reading, x extraction) {
	x.def = d
	said.Owners = x.owners(root)
	if len(said.Owners) > maxOwners {
		said.Owners, said.Outcome = nil, models.OutcomeBadPayload
		return
	}
	d.compare(root, said)
	said.Signals = x.signals(root)
	said.Dropped = x.dropped
	if len(said.Owners) > 0 || len(said.Signals) > 0 || said.Match != nil && said.Match.Verdict != "" {
		return
	}
	if said.Match != nil && len(said.Match.Fields) > 0 { // it compared, but has nothing on record to compare with
		said.Outcome = models.OutcomeNotApplicable
		return
	}
	said.Outcome = models.OutcomeBadPayload
	said.Err = fmt.Errorf("providers: %s answered HTTP %d without an owner, a verdict or a signal", d.ID, said.HTTP)
}
