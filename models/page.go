package models

const (
	maxPage     = 100
	defaultPage = 50
)

// Page asks for the rows after an id, in the order of their ids. Limit is at most 100; 0 means 50.
type Page struct {
	After string
	Limit int
}

// Size is how many rows are asked for.
func (p Page) Size() int {
	if p.Limit <= 0 {
		return defaultPage
	}
	return min(p.Limit, maxPage)
}
