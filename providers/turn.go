package providers

import (
	"slices"

	"whoseline/lookup"
)

// inTurn changes a plan for a question on which another opinion is wanted, or which some candidates can only judge. Who
// was asked already is left out, and who asks the same data stands behind the others. Who only compares stands behind
// those who name owners; before them when no owner will be given away, so that none is fetched for nothing.
func (r *Router) inTurn(list []choice, q *lookup.Question) []choice {
	if len(q.Exclude) > 0 {
		list = slices.DeleteFunc(list, func(c choice) bool { return slices.Contains(q.Exclude, c.Name) })
		slices.SortStableFunc(list, func(a, b choice) int { return order(r.shares(a, q)) - order(r.shares(b, q)) })
	}
	if slices.ContainsFunc(list, func(c choice) bool { return c.MatchOnly }) {
		slices.SortStableFunc(list, func(a, b choice) int {
			return order(a.MatchOnly != q.VerdictOnly) - order(b.MatchOnly != q.VerdictOnly)
		})
	}
	return list
}

// shares tells whether a candidate asks the same data as one that was asked already.
func (r *Router) shares(c choice, q *lookup.Question) bool {
	return c.Data != "" && slices.ContainsFunc(q.Exclude, func(name string) bool {
		asked := r.byName[name]
		return asked != nil && asked.Data == c.Data
	})
}
