// Package dashboard answers: what does the console look like? It holds its pages as html/template, its style, and the library that
// its scripts use.
//
// Files holds:
//
//	pages/layout.html         the frame around every page, and the pieces that several pages share
//	pages/NAME.html           one page each: it defines "content"
//	desk/layout.html          the frame of the operator's desk; it has the pieces of the console too
//	desk/NAME.html            its pages
//	print/NAME.html           pages that stand alone, for commands
//	assets/console.css        the style; colours are custom properties, light and dark
//	assets/console.js         copies, and lets forms work as usual where htmx cannot
//	assets/htmx.min.js        htmx 2.0.11
//	assets/*-LICENSE.txt      its licence
//
// The pages hold no inline script or style and load nothing from elsewhere. They work under
// default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'
// and without scripts at all.
package dashboard

import (
	"embed"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Files are the pages and the assets.
//
//go:embed pages desk assets print
var Files embed.FS

// Print writes a page of the folder print, which stands alone: its style is inside, so that it can be sent and kept.
func Print(to io.Writer, name string, v any) error {
	page, err := template.ParseFS(Files, "print/"+name+".html")
	if err != nil {
		return err
	}
	return page.Execute(to, v)
}

// Parse reads every page into its frame. The names are those of the files, without the ending; run "layout" of a page to
// get the whole of it.
func Parse(functions template.FuncMap) (map[string]*template.Template, error) {
	return parse(functions, "pages", "pages/layout.html")
}

// ParseDesk is Parse for the pages of the operator's desk.
func ParseDesk(functions template.FuncMap) (map[string]*template.Template, error) {
	return parse(functions, "desk", "pages/layout.html", "desk/layout.html")
}

// parse reads the pages of a folder into a frame; a later layout replaces what an earlier one defines.
func parse(functions template.FuncMap, folder string, layouts ...string) (map[string]*template.Template, error) {
	frame, err := template.New("frame").Funcs(functions).ParseFS(Files, layouts...)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(Files, folder+"/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, file := range files {
		if path.Base(file) == "layout.html" {
			continue
		}
		page, err := frame.Clone()
		if err != nil {
			return nil, err
		}
		if page, err = page.ParseFS(Files, file); err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(path.Base(file), ".html")] = page
	}
	return pages, nil
}
