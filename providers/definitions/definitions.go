// Package definitions answers: what is on file about the vendors? It holds the definitions of their endpoints and the recorded
// exchanges that these are tested with, as files and without code that reads them.
package definitions

import "embed"

// Files are the definitions at the root and the recorded exchanges in the folder fixtures.
//
//go:embed *.yaml fixtures/*.json
var Files embed.FS
