package v1

import (
	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/lookup"
	"whoseline/models"
)

// lookupView is how an answer came about: what the dialects have no room for.
type lookupView struct {
	ID          string            `json:"id"`
	Status      string            `json:"status"`
	Reason      *string           `json:"reason"`
	Product     string            `json:"product"`
	Release     models.Disclosure `json:"release"`
	Source      *string           `json:"source"`
	ServedFrom  *string           `json:"servedFrom"`
	Charged     int64             `json:"charged"`
	Refunded    int64             `json:"refunded,omitempty"`
	CrossCheck  *models.Check     `json:"crossCheck"`
	Conflict    *conflictView     `json:"conflict"`
	Match       *matchView        `json:"match"`
	Provenance  []statementView   `json:"provenance"`
	Attempts    []attemptView     `json:"attempts"`
	RequestedAt edge.Instant      `json:"requestedAt"`
	AnsweredAt  *edge.Instant     `json:"answeredAt"`
	Erased      bool              `json:"erased,omitempty"` // the person was: what the sources said is gone
}

type conflictView struct {
	Fields []string `json:"fields"`
	Score  *int     `json:"score"`
}

type matchView struct {
	FirstName   *likenessView `json:"firstName,omitempty"`
	LastName    *likenessView `json:"lastName,omitempty"`
	DateOfBirth *likenessView `json:"dateOfBirth,omitempty"`
}

type likenessView struct {
	Verdict  models.Verdict `json:"verdict"`
	Score    *int           `json:"score"`
	Disputed bool           `json:"disputed,omitempty"`
}

// statementView is one source's part in the answer.
type statementView struct {
	Source  string         `json:"source"`
	Outcome models.Outcome `json:"outcome"`
	Ref     *string        `json:"ref"`
	At      edge.Instant   `json:"at"`
	Owners  []ownerView    `json:"owners"`
	Match   *matchView     `json:"match"`
}

type ownerView struct {
	FullName    *string `json:"fullName"`
	DateOfBirth *string `json:"dateOfBirth"`
}

// attemptView is one exchange with a source, whether or not it led to the answer.
type attemptView struct {
	Source  string         `json:"source"`
	Outcome models.Outcome `json:"outcome"`
	At      edge.Instant   `json:"at"`
	Millis  int64          `json:"ms"`
	HTTP    *int           `json:"http"`
	Ref     *string        `json:"ref"`
}

// lookup answers GET /v1/lookups/:id, free of charge.
func (a *api) lookup(c *fiber.Ctx) error {
	who, id := edge.CallerOf(c), c.Params("id")
	if !models.IsID(id) {
		return models.Fail(models.NotFound, "lookup not found")
	}
	r, err := a.Lookups.Get(c.UserContext(), who.Business.ID, who.Key.Sandbox, id)
	if err != nil {
		return err
	}
	edge.Withhold(who, r)
	return edge.Answer(c, viewLookup(r, who.Settings.Release))
}

func viewLookup(r *lookup.Record, now models.Disclosure) lookupView {
	v := lookupView{
		ID: r.ID, Status: edge.ShownStatus(r.Status), Reason: known(r.Reason), Product: "phone", Release: models.DiscloseOwner,
		Source: known(r.Source), Charged: r.Charged, Refunded: r.Refunded, Match: viewMatch(r), RequestedAt: edge.Instant(r.RequestedAt),
		Provenance: []statementView{}, Attempts: []attemptView{}, Erased: r.Erased(),
	}
	if r.Advanced {
		v.Product = "phone_advanced"
	}
	if r.Asked.Release.Withholds() || now.Withholds() {
		v.Release = models.DiscloseVerdict
	}
	if r.Status.Settled() {
		at := edge.Instant(r.AnsweredAt)
		v.AnsweredAt = &at
	}
	for _, s := range r.Statements() {
		v.Provenance = append(v.Provenance, viewStatement(s))
	}
	if len(v.Provenance) > 0 {
		v.ServedFrom = known("sources")
	}
	if r.Said.Recent {
		v.ServedFrom = known("cache")
	}
	if r.Said.Check != "" {
		v.CrossCheck = &r.Said.Check
	}
	if d := r.Said.Conflict; d != nil {
		v.Conflict = &conflictView{d.Fields, d.Score}
	}
	for _, e := range r.Exchanges() {
		v.Attempts = append(v.Attempts, viewAttempt(e))
	}
	return v
}

func viewStatement(s lookup.Statement) statementView {
	v := statementView{Source: s.Source, Outcome: s.Outcome, Ref: known(s.Ref), At: edge.Instant(s.At), Owners: []ownerView{}}
	for _, o := range s.Named {
		v.Owners = append(v.Owners, ownerView{known(edge.FullName(o)), known(o.DateOfBirth)})
	}
	if m := s.Match; m != nil {
		v.Match = &matchView{viewLikeness(m.FirstName), viewLikeness(m.LastName), viewLikeness(m.DateOfBirth)}
	}
	return v
}

func viewAttempt(e models.Attempt) attemptView {
	v := attemptView{Source: e.Source, Outcome: e.Outcome, At: edge.Instant(e.At), Millis: e.Millis, Ref: known(e.Ref)}
	if e.HTTP > 0 {
		v.HTTP = &e.HTTP
	}
	return v
}

// viewMatch is null when nothing was asked, and while nothing was compared.
func viewMatch(r *lookup.Record) *matchView {
	m := r.Match()
	if m == nil || !r.Status.Settled() {
		return nil
	}
	of := func(c *lookup.Compared) *likenessView {
		if c == nil {
			return nil
		}
		return viewLikeness(&c.FieldMatch)
	}
	return &matchView{of(m.FirstName), of(m.LastName), of(m.DateOfBirth)}
}

func viewLikeness(l *models.FieldMatch) *likenessView {
	if l == nil {
		return nil
	}
	return &likenessView{l.Verdict, l.Score, l.Disputed}
}

// known is text, or null when it is empty.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
