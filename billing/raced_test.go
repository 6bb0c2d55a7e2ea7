//go:build race

package billing

// What the ordinary tests walk and fill. The race detector makes each some ten times dearer.
const (
	fewWalks, fewSteps = 20, 12
	fewLookups         = 2500
)
