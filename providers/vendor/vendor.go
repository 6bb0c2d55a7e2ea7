// Package vendor answers: how is a company asked whose number it is, and what do its answers mean?
//
// Each endpoint of each vendor is a file in the folder definitions; docs/providers.md is the guide to them. Go code is
// only for what a file cannot say: auth kinds, and the signatures of vendors' callbacks.
package vendor

import (
	"context"
	"errors"
	"io"
	"strings"

	"whoseline/lookup"
	"whoseline/models"
)

// Source is a vendor as a source of owners: its definition for the basic question and, if it has one, that for the full
// record.
type Source struct{ basic, advanced *Endpoint }

var (
	_ lookup.Source = (*Source)(nil)
	_ io.Closer     = (*Source)(nil)
)

// Close lets go of the connections that are kept.
func (s *Source) Close() error { return errors.Join(s.basic.Close(), s.advanced.Close()) }

// Owners asks the vendor whose number it is. A vendor that only compares names, and found that they differ, has not
// said whose number it is: another source may. Its verdict is kept in case none does.
func (s *Source) Owners(ctx context.Context, q lookup.Question) lookup.Finding {
	endpoint := s.asked(q)
	said := endpoint.Ask(ctx, endpoint.inquiry(q))
	return endpoint.finding(said, q.Expected)
}

// finding translates a reading for a lookup with these expected values.
func (e *Endpoint) finding(said Reading, expected *models.Expected) lookup.Finding {
	found := lookup.Finding{
		Outcome: said.Outcome, Ref: said.Ref, HTTP: said.HTTP, RetryAfter: said.RetryAfter, Billed: said.Billed, Err: said.Err,
	}
	for _, person := range said.Owners {
		found.Owners = append(found.Owners, person.Owner)
	}
	found.Match = said.Match.on(expected)
	switch {
	case said.Outcome == models.OutcomeFound && len(found.Owners) == 0 && (e.def.Mode != "match" || found.Match == nil):
		charged := e.def.tariff(0).Billed(found) == models.BilledYes // for what it found, which is not what was asked
		found.Outcome, found.Billed = models.OutcomeNotApplicable, &charged
	case said.Outcome == models.OutcomeInvalid:
		found.Reason = "Invalid phone number"
	}
	return found
}

// asked gives the endpoint that a question is for.
func (s *Source) asked(q lookup.Question) *Endpoint {
	if q.Advanced {
		return s.advanced
	}
	return s.basic
}

// inquiry takes what definitions can use from a question.
func (e *Endpoint) inquiry(q lookup.Question) Inquiry {
	in := Inquiry{
		Phone: q.Phone, Reference: q.Reference(), Photo: q.Advanced,
		ConsentAt: q.Consent.At, NoticeURL: q.Consent.Notice.URL, NoticeLang: q.Consent.Notice.Language,
	}
	if x := q.Expected; x != nil {
		in.First, in.Last = textOf(x.FirstName), textOf(x.LastName)
		in.BirthDate, _ = models.BirthDate(strings.TrimSpace(textOf(x.DateOfBirth)), e.now())
	}
	return in
}

func textOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
