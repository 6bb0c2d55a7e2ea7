package console

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

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
		"asset": assetPath,
		"naira": func(kobo int64) string { return models.NGN(kobo).String() },
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
	Nav       []link
	Done      string // what was just done, in words
	Problem   string // why it was not
	RequestID string
	Once      string // goes along with each form that is to be done once
	Body      any
}

type link struct {
	Text, Href string
	Current    bool
}

// menu lists the pages that a role may see.
var menu = []struct {
	text, path string
	needs      staff.Permission
}{
	{"Overview", "", staff.Read},
	{"Lookups", "/lookups", staff.Read},
	{"Wallet", "/wallet", staff.Read},
	{"API keys", "/keys", staff.ManageKeys},
	{"Webhooks", "/webhooks", staff.ManageWebhooks},
	{"Staff", "/staff", staff.ManageStaff},
	{"Audit trail", "/audit", staff.ManageStaff},
	{"Account", "/account", staff.Read},
}

func navigation(v *staff.Visitor, path string) (links []link) {
	if v == nil {
		return nil
	}
	for _, m := range menu {
		if v.Role.May(m.needs) {
			current := m.path != "" && edge.Below(path, root+m.path) || m.path == "" && strings.Trim(path, "/") == "console"
			links = append(links, link{m.text, root + m.path, current})
		}
	}
	return links
}

const problemKey = "problem"

// show answers with a page, under the status that was set before.
func show(c *fiber.Ctx, name, title string, body any) error {
	problem, _ := c.Locals(problemKey).(string)
	p := sheet{
		Title: title, Visitor: signedIn(c), Done: doneWords[c.Query("done")], Problem: problem, RequestID: edge.RequestID(c), Body: body,
	}
	p.Once, _ = c.Locals(onceKey).(string)
	p.Nav = navigation(p.Visitor, c.Path())
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

// done leads back to a page, which then says what was done: one of doneWords.
func done(c *fiber.Ctx, path, what string) error {
	return seeOther(c, root+path+"?done="+what)
}

var doneWords = map[string]string{
	"revoked":         "The key is revoked.",
	"removed":         "The endpoint is removed.",
	"webhook-enabled": "The endpoint is told of events again.",
	"webhook-tested":  "A test event is on its way.",
	"replayed":        "The event is on its way again.",
	"role":            "The role is changed.",
	"factor":          "The second factor is taken away.",
	"disabled":        "That person is shut out.",
	"enabled":         "That person may sign in again.",
	"dropped":         "You sign in without a second factor now.",
	"password":        "Your password is changed, and your other sessions have ended.",
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
