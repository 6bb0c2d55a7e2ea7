//go:build !race

package billing

// What the ordinary tests walk and fill.
const (
	fewWalks, fewSteps = crowdSize, 50
	fewLookups         = 6000
)
