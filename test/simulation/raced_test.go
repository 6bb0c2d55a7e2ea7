//go:build race

package simulation

// fewSeeds is how many histories the ordinary test plays. The race detector makes each some ten times dearer.
const fewSeeds = 15
