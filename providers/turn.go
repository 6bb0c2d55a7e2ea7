package providers

import (
	"slices"

	"whoseline/lookup"
)

// inTurn changes a plan when a second opinion is wanted, or when some candidates only compare. Sources that were asked
// already are left out, and those with the same data come last. Sources that only compare come after those that name
// owners. They come first when no owner will be shown, so that none is bought in vain.
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
