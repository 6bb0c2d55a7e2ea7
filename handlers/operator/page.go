package operator

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"whoseline/dashboard"
	"whoseline/models"
	"whoseline/staff"
	"whoseline/views"
)

// pages are the desk's, parsed once.
var pages = parsePages()

func parsePages() map[string]*template.Template {
	parsed, err := dashboard.ParseDesk(template.FuncMap{
		"asset": func(name string) string { return root + "/assets/" + name },
		"ngn":   func(kobo int64) string { return models.NGN(kobo).String() },
		"at":    moment, "facts": facts, "picture": dashboard.Picture,
	})
	if err != nil {
		panic("operator: " + err.Error()) // the files are part of the binary
	}
	return parsed
}

// moment shows a time of a view, in UTC.
func moment(v any) string {
	switch t := v.(type) {
	case views.Instant:
		return time.Time(t).UTC().Format("2 Jan 2006, 15:04")
	case *views.Instant:
		if t != nil {
			return moment(*t)
		}
	case time.Time:
		if !t.IsZero() {
			return moment(views.Instant(t))
		}
	}
	return "–"
}

// sheet is a page in its frame.
type sheet struct {
	Page, Title string
	Status      int // 0 = 200
	Visitor     *staff.Visitor
	Nav         []link
	Done        string // what was just done, in words
	Problem     string // why it was not
	Once        string // goes along with each form, so that it counts once
	Search      string
	Body        any
}

// Can tells a template what the visitor's role allows.
func (s sheet) Can(act string) bool { return s.Visitor != nil && s.Visitor.Role.Can(staff.Act(act)) }

type link struct {
	Text, Href string
	Current    bool
}

// menu lists the pages that have a place in it.
var menu = []struct {
	text, path string
	needs      staff.Act
}{
	{"Today", "", staff.Look},
	{"Businesses", "/businesses", staff.Look},
	{"Approvals", "/approvals", staff.Look},
	{"Sources", "/sources", staff.Look},
	{"Operators’ trail", "/trail", staff.SeeTrail},
}

// show answers with a page.
func (d *desk) show(w http.ResponseWriter, r *http.Request, s sheet) {
	if s.Visitor != nil && s.Visitor.HasTOTP {
		s.Once = d.Users.NewForm(*s.Visitor)
		for _, m := range menu {
			if s.Visitor.Role.Can(m.needs) {
				at := strings.TrimSuffix(r.URL.Path, "/")
				s.Nav = append(s.Nav, link{m.text, root + m.path, at == root+m.path || m.path != "" && strings.HasPrefix(at, root+m.path+"/")})
			}
		}
	}
	var html bytes.Buffer
	if err := pages[s.Page].ExecuteTemplate(&html, "layout", s); err != nil {
		d.Log.Error("operator's desk: a page could not be shown", "err", fmt.Errorf("show the page %s: %w", s.Page, err))
		http.Error(w, "something failed on our side", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if s.Status != 0 {
		w.WriteHeader(s.Status)
	}
	_, _ = w.Write(html.Bytes())
}

// visit is the door of the pages: it knows the session, wants a second factor, and asks the role. Whatever changes something is a
// form of ours that counts once.
func (d *desk) visit(route Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		r = r.WithContext(ctx)
		v, err := d.Users.Visitor(ctx, token(r))
		switch {
		case models.CodeOf(err) == models.Unauthorized:
			http.Redirect(w, r, root+"/sign-in", http.StatusSeeOther)
			return
		case err == nil && !v.HasTOTP:
			http.Redirect(w, r, root+"/second-factor", http.StatusSeeOther)
			return
		case err == nil:
			err = d.permitted(v, route.Act)
		}
		if err == nil && route.Method == http.MethodPost {
			err = d.submit(w, r, v, route)
		} else if err == nil {
			err = d.page(w, r, v, route)
		}
		if err != nil {
			d.refuse(w, r, &v, err)
		}
	}
}

// page answers a GET.
func (d *desk) page(w http.ResponseWriter, r *http.Request, v staff.Visitor, route Route) error {
	query := r.URL.Query()
	if err := plain(query); err != nil {
		return err
	}
	body, err := route.do(newCall(r, v, query))
	if err != nil {
		return err
	}
	d.show(w, r, sheet{Page: route.page, Title: route.title, Visitor: &v, Search: query.Get("search"), Done: d.takeDone(w, r), Body: body})
	return nil
}

// submit does what a form asks for, once, and leads to the page that says so.
func (d *desk) submit(w http.ResponseWriter, r *http.Request, v staff.Visitor, route Route) error {
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	id, first, err := d.Users.Submit(r.Context(), v, form.Get("once"))
	if err != nil {
		return err
	}
	if first {
		if _, err := route.do(newCall(r, v, form)); err != nil {
			if failed := d.Users.Abandon(r.Context(), v, id); failed != nil {
				return failed
			}
			return err
		}
	}
	d.say(w, r, route)
	http.Redirect(w, r, root+strings.ReplaceAll(route.page, "{id}", r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// doneCookie carries which route was done to the page that says so. No address carries it: nobody can have a page say what did not happen.
const doneCookie = "wl_desk_done"

func (d *desk) say(w http.ResponseWriter, r *http.Request, route Route) {
	http.SetCookie(w, &http.Cookie{
		Name: doneCookie, Value: strings.Trim(strings.NewReplacer("/", ".", "{", "", "}", "").Replace(route.Path), "."), Path: root, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: cookieName(r) != sessionCookie,
	})
}

func (d *desk) takeDone(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(doneCookie)
	if err != nil {
		return ""
	}
	http.SetCookie(w, &http.Cookie{Name: doneCookie, Path: root, MaxAge: -1, HttpOnly: true, Secure: cookieName(r) != sessionCookie})
	for _, route := range d.routes() {
		if route.Method == http.MethodPost && strings.Trim(strings.NewReplacer("/", ".", "{", "", "}", "").Replace(route.Path), ".") == c.Value {
			return route.title
		}
	}
	return ""
}

func (d *desk) refusePage(w http.ResponseWriter, r *http.Request, err error) {
	d.refuse(w, r, nil, err)
}

// refuse shows an error as a page.
func (d *desk) refuse(w http.ResponseWriter, r *http.Request, v *staff.Visitor, err error) {
	refused := d.translated(w, err)
	if v != nil && v.ID == "" {
		v = nil
	}
	d.show(w, r, sheet{Page: "error", Title: refused.Title, Status: refused.Status, Visitor: v, Body: sentence(refused.Detail)})
}

// sentence makes a refusal one.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".") + "."
}

// assetKinds are the files that are served, by their endings.
var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

func asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	body, err := dashboard.Files.ReadFile("assets/" + name)
	kind := assetKinds[path.Ext(name)]
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body)
}
