package vendor

import (
	"slices"

	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/providers/gate"
)

// pollTerms say how to ask a vendor for an answer that it owes. The question was paid for; asking for its answer costs
// nothing.
type pollTerms struct {
	Line     int             `yaml:"-"`
	Request  requestTemplate `yaml:"request"`
	Classify []clause        `yaml:"classify"` // tried on the whole answer, before the definition's own rules
	Answer   paths           `yaml:"answer"`   // where in it the owed answer stands; default the whole
}

// webhookTerms say how a vendor brings such an answer on its own.
type webhookTerms struct {
	Line      int      `yaml:"-"`
	Signature string   `yaml:"signature" one:"youverify smile prembly korapay"`
	Ref       paths    `yaml:"ref"` // which answer it is
	Classify  []clause `yaml:"classify"`
	Answer    paths    `yaml:"answer"`
}

// reference names the answer that a message brings, "" if it does not say.
func (w *webhookTerms) reference(body []byte) string {
	if !isJSON(body) {
		return ""
	}
	return gate.Reference(w.Ref.text(gjson.ParseBytes(body)))
}

// promisesOurs tells whether the vendor names an answer that it owes by our reference.
func (d *definition) promisesOurs() bool { return d.Promise == "ours" }

// owed checks the parts of a definition about answers that come later.
func (l *linter) owed() {
	if p := l.Poll; p != nil {
		l.call("poll.request", p.Request)
		l.rules(p.Classify)
		l.need(slices.Contains(p.Request.names(), "ref"), p.Line, "poll.request must name the answer that is owed: {{ref}}")
	}
	if w := l.Webhook; w != nil {
		l.need(w.Signature != "", w.Line, "webhook.signature is missing")
		l.need(len(w.Ref) > 0, w.Line, "webhook.ref is missing: which answer it is")
		l.rules(w.Classify)
	}
	l.need(l.Promise == "" || l.Poll != nil || l.Webhook != nil, l.Line, "promise needs a poll or a webhook")
	pends := slices.ContainsFunc(l.Classify, func(c clause) bool { return c.Outcome == models.OutcomePending })
	l.need(pends || l.Poll == nil, l.Line, "poll needs a rule that says when an answer is owed: outcome pending")
	l.need(!slices.Contains(l.used(), "ref"), l.Line, "{{ref}} is for polls")
}
