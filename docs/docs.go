// Package docs answers: how is the product spoken to? It holds the API document and the page that shows it.
//
// Files holds:
//
//	openapi.yaml              the API document, served as /docs/openapi.yaml
//	runbooks.md               what to do when an alert fires, served as /runbooks on the operator's side
//	page/index.html           the page, served as /docs
//	page/errors.html          every error code explained, served as /docs/errors
//	page/page.css             served as /docs/page.css
//	page/rapidoc-min.js       RapiDoc 9.3.8, served as /docs/rapidoc-min.js
//	page/rapidoc-LICENSE.txt  its licence, served as /docs/rapidoc-LICENSE.txt
//
// The pages need no inline script and load nothing from elsewhere. They work under
// default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:
package docs

import (
	"embed"
	"regexp"
	"strings"
)

// Files are the documents that the gateway serves.
//
//go:embed openapi.yaml runbooks.md page
var Files embed.FS

// Document gives the API document of a release.
func Document(release string) ([]byte, error) {
	text, err := Files.ReadFile("openapi.yaml")
	return infoVersion.ReplaceAll(text, []byte("${1}"+release)), err
}

var infoVersion = regexp.MustCompile(`(?m)^(info:\n(?:  .*\n)*?  version: ).*`)

// Runbook gives the section of runbooks.md about an alert, or the whole for "".
func Runbook(alert string) (text string, found bool) {
	whole, err := Files.ReadFile("runbooks.md")
	if err != nil || alert == "" {
		return string(whole), err == nil
	}
	_, after, found := strings.Cut(string(whole), "\n## "+alert+"\n")
	section, _, _ := strings.Cut(after, "\n## ")
	return alert + "\n" + strings.TrimRight(section, "\n") + "\n", found
}
