// Package docs answers: how is the product spoken to? It holds the API document and the page that shows it.
//
// Files holds:
//
//	openapi.yaml              the API document, served as /docs/openapi.yaml
//	page/index.html           the page, served as /docs
//	page/errors.html          every error code explained, served as /docs/errors
//	page/page.css             served as /docs/page.css
//	page/rapidoc-min.js       RapiDoc 9.3.8, served as /docs/rapidoc-min.js
//	page/rapidoc-LICENSE.txt  its licence, served as /docs/rapidoc-LICENSE.txt
//
// The pages need no inline script and load nothing from elsewhere. They work under
// default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:
package docs

import "embed"

// Files are the documents that the gateway serves.
//
//go:embed openapi.yaml page
var Files embed.FS
