//go:build !race

package simulation

// fewSeeds is how many histories the ordinary test plays: some twenty seconds of work.
const fewSeeds = 200
