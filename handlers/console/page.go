package console

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"whoseline/access"
	"whoseline/dashboard"
	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/staff"
)

// policy lets a page load its own files, send forms home, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// pages are the console's, parsed once.
var pages = parsePages()

func parsePages() map[string]*template.Template {
	parsed, err := dashboard.Parse(template.FuncMap{
		"asset": assetPath, "naira": naira, "signed": signed, "count": count, "span": span,
	})
	if err != nil {
		panic("console: " + err.Error()) // the files are part of the binary
	}
	return parsed
}

// sheet is what the frame around every page shows.
type sheet struct {
	Title     string
	Visitor   *staff.Visitor
	Sandbox   bool // the page is about what sandbox keys asked
	Nav       []section
	Done      string // what was just done, in words
	Problem   string // why it was not
	RequestID string
	Once      string // goes along with each form that is to be done once
	Zone      *time.Location
	Now       time.Time
	Body      any
}

// At is a time as the business's clock shows it.
func (s sheet) At(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(s.Zone)
}

// ZoneName names the zone of the page's times.
func (s sheet) ZoneName() string { return zoneName(s.At(s.Now)) }

// section is a part of the menu.
type section struct {
	Title string
	Links []link
}

type link struct {
	Text, Href string
	Current    bool
}

// menu lists the pages that a role may see. Of those with an environment there is one for each.
var menu = []struct {
	section, text, path string
	needs               staff.Permission
	environment         bool
}{
	{"Work", "Overview", "", staff.Read, true},
	{"Work", "Lookups", "/lookups", staff.Read, true},
	{"Work", "Conflicts", "/conflicts", staff.Read, true},
	{"Work", "Batches", "/batches", staff.Ask, false},
	{"Money", "Wallet", "/wallet", staff.Read, false},
	{"Integration", "Webhooks", "/webhooks", staff.ManageWebhooks, false},
	{"Integration", "API keys", "/keys", staff.ManageKeys, false},
	{"People", "Staff", "/staff", staff.ManageStaff, false},
	{"People", "Audit trail", "/audit", staff.ReadTrail, false},
}

func navigation(v *staff.Visitor, path string, sandbox bool) (all []section) {
	if v == nil {
		return nil
	}
	for _, m := range menu {
		if !v.Role.May(m.needs) {
			continue
		}
		l := link{Text: m.text, Href: root + m.path}
		l.Current = m.path != "" && edge.Below(path, l.Href) || m.path == "" && strings.Trim(path, "/") == "console"
		if m.environment && sandbox {
			l.Href += "?env=sandbox"
		}
		if n := len(all); n == 0 || all[n-1].Title != m.section {
			all = append(all, section{Title: m.section})
		}
		last := &all[len(all)-1]
		last.Links = append(last.Links, l)
	}
	return all
}

// The places of what a page is shown with.
const (
	problemKey  = "problem"
	sandboxKey  = "sandbox"
	businessKey = "business"
	nowKey      = "now"
)

// businessOf is the visitor's business, with its choices.
func businessOf(c *fiber.Ctx) *access.Business {
	if b, known := c.Locals(businessKey).(*access.Business); known {
		return b
	}
	return &access.Business{}
}

// zone is the one in which the visitor's business has its days.
func zone(c *fiber.Ctx) *time.Location { return businessOf(c).Settings.Location() }

// sandboxed tells whether a page is about what sandbox keys asked.
func sandboxed(c *fiber.Ctx) bool {
	if yes, set := c.Locals(sandboxKey).(bool); set {
		return yes
	}
	return c.Query("env") == "sandbox"
}

// show answers with a page, under the status that was set before.
func show(c *fiber.Ctx, name, title string, body any) error {
	problem, _ := c.Locals(problemKey).(string)
	p := sheet{
		Title: title, Visitor: signedIn(c), Done: takeDone(c), Problem: problem, RequestID: edge.RequestID(c), Zone: zone(c),
		Sandbox: sandboxed(c), Body: body,
	}
	if said, _ := c.Locals(saidKey).(string); said != "" {
		p.Done = said
	}
	p.Once, _ = c.Locals(onceKey).(string)
	p.Now, _ = c.Locals(nowKey).(time.Time)
	p.Nav = navigation(p.Visitor, c.Path(), p.Sandbox)
	var html bytes.Buffer
	if err := pages[name].ExecuteTemplate(&html, "layout", p); err != nil {
		return fmt.Errorf("show the page %s: %w", name, err)
	}
	guardPage(c)
	return edge.Send(c, c.Response().StatusCode(), "text/html; charset=utf-8", html.Bytes())
}

// guardPage has the browser distrust what is not ours. That nothing is stored every answer says already.
func guardPage(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// again shows a page once more with what was wrong with what was posted. What is not about the form stays an error.
func again(c *fiber.Ctx, err error, page fiber.Handler) error {
	refused := edge.Translate(err)
	switch refused.Code {
	case models.Invalid, models.Conflict, models.Unauthorized, models.TooManyRequests:
	default:
		return err
	}
	c.Status(statusOf(refused.Code))
	c.Locals(problemKey, sentence(refused.Message))
	return page(c)
}

// sentence makes a refusal one.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".") + "."
}
