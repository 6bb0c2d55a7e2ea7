package lookup

import (
	"context"
	"slices"
	"time"

	"whoseline/models"
)

// secondPatience bounds the question to a second source. The first answer is there already. The wait is never more than an
// eighth of the lease: a first source may take half of it, and the wait for an equal lookup a quarter.
const secondPatience = 6 * time.Second

// sameName is the least score of two names that belong to one person, in hundredths.
const sameName = 85

// consult asks a first source, and a second one where the business wants that.
func (s *Service) consult(ctx context.Context, r *Record, q Question) Finding {
	return s.seconded(ctx, r, q, s.first(ctx, r, q))
}

// first asks whose number it is.
func (s *Service) first(ctx context.Context, r *Record, q Question) Finding {
	f := s.source(r.Sandbox).Owners(ctx, q)
	s.noteOwed(ctx, r, f)
	return f
}

// doubts tells whether a second source is to confirm what a first one said.
func (r *Record) doubts(first Finding) bool {
	return r.Asked.CrossCheck && first.Outcome == models.OutcomeFound
}

// seconded asks another source to confirm the owner, where the business wants that. One charge covers both.
func (s *Service) seconded(ctx context.Context, r *Record, q Question, first Finding) Finding {
	if !r.doubts(first) {
		return first
	}
	at := s.world.Now()
	for _, a := range first.Attempts {
		q.Exclude = append(q.Exclude, a.Source)
	}
	hurried, cancel := context.WithTimeout(ctx, min(secondPatience, s.leaseTime/8))
	defer cancel()
	second := s.source(r.Sandbox).Owners(hurried, q)
	s.noteOwed(ctx, r, second)
	if second.Source == first.Source { // its own word confirms nothing
		second = Finding{Attempts: second.Attempts}
	}
	both := join(first, second, r.Asked.Validations)
	both.Together.Origins = origins(both, origin(first, at), second, s.world.Now())
	s.metrics.checks.WithLabelValues(string(both.Together.Check)).Inc()
	return both
}

// join makes one finding of two. If they agree it has the owners of the first. If they disagree it has the owners of both
// and says so. If the first only compared, it has the owners of the second.
func join(first, second Finding, expected *models.Expected) Finding {
	both := first
	both.Attempts = slices.Concat(first.Attempts, second.Attempts)
	if second.Outcome != models.OutcomeFound {
		both.Together.Check = models.CheckUnavailable
		return both
	}
	comparable, conflict := disagree(first, second, expected)
	switch {
	case conflict != nil:
		both.Together.Check, both.Together.Conflict = models.CheckConflict, conflict
	case comparable:
		both.Together.Check = models.CheckAgreed
	default:
		both.Together.Check = models.CheckUnavailable
	}
	if conflict != nil || len(first.Owners) == 0 {
		both.Owners = slices.Concat(first.Owners, second.Owners)
	}
	return both
}

// origins names both sources. Where the answer does not show the owners of the second source, they are kept with its
// name.
func origins(both Finding, first models.Origin, second Finding, at time.Time) []models.Origin {
	if second.Outcome != models.OutcomeFound && second.Outcome != models.OutcomeNotFound {
		return []models.Origin{first}
	}
	other := origin(second, at)
	if len(both.Owners) == first.Owners {
		other.Owners, other.Said = 0, second.Owners
	}
	return []models.Origin{first, other}
}

// disagree compares what two sources found. They agree when any owner of one may be any owner of the other. It also
// tells whether there was anything to compare.
func disagree(first, second Finding, expected *models.Expected) (comparable bool, c *models.Disagreement) {
	if len(first.Owners) == 0 || len(second.Owners) == 0 {
		return disagreeOnExpected(first, second, expected)
	}
	nearest := -1
	for _, a := range first.Owners {
		for _, b := range second.Owners {
			known, d := differ(a, b)
			if d == nil && known {
				return true, nil
			}
			comparable = comparable || known
			if score := scoreOf(d); d != nil && score > nearest {
				nearest, c = score, d
			}
		}
	}
	return comparable, c
}

// differ compares two owners by the fields that both have.
func differ(a, b models.Owner) (comparable bool, c *models.Disagreement) {
	d := models.Disagreement{}
	one, other := ownNames(a), ownNames(b)
	if len(one) > 0 && len(other) > 0 {
		comparable = true
		score := similarity(one, other)
		if d.Score = &score; score < sameName {
			d.Fields = append(d.Fields, "name")
		}
	}
	if a.DateOfBirth != "" && b.DateOfBirth != "" {
		comparable = true
		if a.DateOfBirth != b.DateOfBirth {
			d.Fields = append(d.Fields, "dateOfBirth")
		}
	}
	if len(d.Fields) == 0 {
		return comparable, nil
	}
	return comparable, &d
}

func scoreOf(d *models.Disagreement) int {
	if d == nil || d.Score == nil {
		return 0
	}
	return *d.Score
}

func ownNames(o models.Owner) []string {
	if o.FullName != "" {
		return names(o.FullName)
	}
	return names(o.LastName + " " + o.FirstName + " " + o.MiddleName)
}

// disagreeOnExpected compares the verdicts of two sources of which one names no owner.
func disagreeOnExpected(first, second Finding, expected *models.Expected) (comparable bool, c *models.Disagreement) {
	a, b := judged(first, expected), judged(second, expected)
	if a == nil || b == nil {
		return false, nil
	}
	d := models.Disagreement{}
	for _, f := range []struct {
		name string
		a, b *models.FieldMatch
	}{{"firstName", a.FirstName, b.FirstName}, {"lastName", a.LastName, b.LastName}, {"dateOfBirth", a.DateOfBirth, b.DateOfBirth}} {
		if f.a == nil || f.b == nil || f.a.Verdict == models.NotAvailable || f.b.Verdict == models.NotAvailable {
			continue
		}
		comparable = true
		if f.a.Verdict != f.b.Verdict {
			d.Fields = append(d.Fields, f.name)
		}
	}
	if len(d.Fields) == 0 {
		return comparable, nil
	}
	return true, &d
}

// judged gives a finding's verdict on the expected values: our own verdict where there are owners, else the source's.
func judged(f Finding, expected *models.Expected) *models.Match {
	if len(f.Owners) > 0 && expected != nil {
		c := bestOf(*expected, f.Owners)
		return &c
	}
	return f.Match
}
