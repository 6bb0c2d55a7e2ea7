package vendor

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/providers/gate"
)

// balanceTerms say how to ask a vendor what is left in our wallet with it: by GET, with the headers of the request.
type balanceTerms struct {
	Line     int      `yaml:"-"`
	Path     template `yaml:"path"`   // below the base
	Amount   paths    `yaml:"amount"` // where the amount stands in the answer, as a number or a text
	Currency string   `yaml:"currency" one:"NGN USD"`
	Unit     string   `yaml:"unit" one:"major minor"` // naira or kobo; default major
}

func (l *linter) balance() {
	b := l.Balance
	if b == nil {
		return
	}
	l.need(plainURLPath.MatchString(b.Path.literal()), b.Line, "balance.path must begin with / and hold no query")
	l.need(len(b.Path.names()) == 0, b.Line, "balance.path holds no variables")
	l.need(len(b.Amount) > 0 && b.Currency != "", b.Line, "balance needs amount and currency")
	for _, t := range l.Request.Headers {
		for _, name := range t.names() {
			l.need(variables[name] != inputVariable, b.Line, "balance goes with the request's headers, which hold "+name)
		}
	}
}

// Balance asks what is left in our wallet. The outcome is found when the vendor named an amount, else the failure.
func (e *Endpoint) Balance(ctx context.Context) (models.Money, models.Outcome, error) {
	v := values{}
	for name, value := range e.vars {
		v[name] = value
	}
	if refusal := e.auth.prepare(ctx, v); refusal != nil {
		return models.Money{}, refusal.Outcome, refusal.Err
	}
	out, err := e.def.renderBalance(e.base, v)
	if err != nil {
		return models.Money{}, models.OutcomeNotApplicable, err
	}
	e.auth.sign(out)
	got, err := e.client.Send(ctx, out)
	if err != nil {
		said := unanswered(ctx, got, err)
		return models.Money{}, said.Outcome, said.Err
	}
	left, outcome := e.def.readBalance(got)
	if outcome != models.OutcomeFound {
		err = fmt.Errorf("providers: %s answered HTTP %d to a balance check: %s", e.def.ID, got.Status, outcome)
	}
	return left, outcome, err
}

func (d *definition) renderBalance(base string, v values) (gate.Call, error) {
	return requestTemplate{Method: "GET", Path: d.Balance.Path, Headers: d.Request.Headers}.render(base, v)
}

// readBalance finds the amount. Without one, the rules of classification say what the answer means, and then the tail.
func (d *definition) readBalance(got gate.Reply) (models.Money, models.Outcome) {
	if !isJSON(got.Body) {
		return models.Money{}, fromTail(got.Status)
	}
	root := gjson.ParseBytes(got.Body)
	if minor, ok := d.Balance.minor(d.Balance.Amount.text(root)); ok && got.Status == 200 {
		return models.Money{Minor: minor, Currency: d.Balance.Currency}, models.OutcomeFound
	}
	said := Reading{Outcome: fromTail(got.Status), HTTP: got.Status}
	apply(d.Classify, root, &said)
	if said.Outcome == models.OutcomeFound {
		said.Outcome = models.OutcomeBadPayload
	}
	return models.Money{}, said.Outcome
}

// minor reads an amount as vendors write it, "1,550.50" or 550.5, without a float. Fractions of the minor unit are cut
// off.
func (b *balanceTerms) minor(text string) (int64, bool) {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	if len(text) > 32 || strings.ContainsAny(text, "eE/_xX") {
		return 0, false
	}
	amount, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	if b.Unit != "minor" {
		amount.Mul(amount, big.NewRat(100, 1))
	}
	whole := new(big.Int).Quo(amount.Num(), amount.Denom())
	return whole.Int64(), whole.IsInt64()
}
