package vendor

import (
	"context"
	"time"

	"whoseline/config"
	"whoseline/lookup"
	"whoseline/models"
	"whoseline/providers"
)

// Later gets the answers that sources did not give at once: it asks for some, and vendors bring others. It is safe for
// concurrent use.
type Later struct {
	sources map[string]debtor  // by the name under which a source is asked
	vendors map[string]*mailer // that bring answers, by the vendor's name
	now     func() time.Time
}

// debtor is a source that may owe an answer.
type debtor struct {
	*Source
	timeout time.Duration
	tariff  func(q *lookup.Question) *providers.Tariff
}

// mailer is a vendor that brings answers on its own.
type mailer struct {
	hook    hook
	account hookAccount
	terms   *webhookTerms
	sources []string
}

var _ lookup.Promises = (*Later)(nil)

// NewLater takes the candidates that may answer later, with the operator's accounts. If the account lacks the key that
// proves a vendor's webhooks, that vendor brings no answers.
func NewLater(candidates []providers.Candidate, accounts map[string]config.Vendor, now func() time.Time) *Later {
	l := &Later{sources: map[string]debtor{}, vendors: map[string]*mailer{}, now: now}
	for _, c := range candidates {
		vendor, ok := c.Source.(*Source)
		if !ok {
			continue
		}
		l.sources[c.Name] = debtor{vendor, c.Limits.Timeout, c.TariffFor}
		terms, name := vendor.basic.def.Webhook, vendor.basic.def.Vendor
		if terms == nil {
			continue
		}
		if l.vendors[name] == nil {
			h := hooks[terms.Signature]
			account := newHookAccount(accounts[name])
			if !h.ready(account) {
				continue
			}
			l.vendors[name] = &mailer{hook: h, account: account, terms: terms}
		}
		l.vendors[name].sources = append(l.vendors[name].sources, c.Name)
	}
	return l
}

// Poll asks a source for an answer that it owes. A source that is not configured any more still owes it: it may be
// configured again.
func (l *Later) Poll(ctx context.Context, source, ref string, q lookup.Question) lookup.Finding {
	d, known := l.sources[source]
	if !known {
		return lookup.Finding{Outcome: models.OutcomePending}
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	return d.priced(q, d.Poll(ctx, q, ref))
}

// priced adds the source's charge for an answer, now that it is there.
func (d debtor) priced(q lookup.Question, f lookup.Finding) lookup.Finding {
	if t := d.tariff(&q); t.Billed(f) == models.BilledYes {
		f.Cost = &t.Cost
	}
	return f
}

// Callback reads what a vendor has sent; header gives the request's headers by name. Errors: models.NotFound for a
// vendor that brings nothing here, Unauthorized for a message that is not proven to be the vendor's.
func (l *Later) Callback(vendor string, header func(name string) string, body []byte) (lookup.Callback, error) {
	from := l.vendors[vendor]
	if from == nil {
		return lookup.Callback{}, models.Fail(models.NotFound, "no such vendor brings answers here")
	}
	vouched, ok := from.hook.open(from.account, parcel{header: header, body: body, now: l.now()})
	if !ok {
		return lookup.Callback{}, models.Fail(models.Unauthorized, "the signature is not valid")
	}
	n := lookup.Callback{Sources: from.sources, Ref: from.terms.reference(vouched)}
	n.Read = func(source string, q lookup.Question) lookup.Finding {
		d := l.sources[source]
		return d.priced(q, d.Told(q, vouched))
	}
	return n, nil
}
