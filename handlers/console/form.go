package console

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"whoseline/handlers/edge"
	"whoseline/models"
)

// The bounds of a form.
const (
	maxForm   = 16 << 10
	maxFields = 32
)

const (
	formKey  = "form"
	formType = "application/x-www-form-urlencoded"
)

// fromHere lets in what a page of ours sent.
func fromHere(c *fiber.Ctx) error {
	if err := sameOrigin(c); err != nil {
		return err
	}
	return c.Next()
}

// posted lets in what a page of ours sent: from the same origin, a form, of some size.
func (k *console) posted(c *fiber.Ctx) error {
	if err := sameOrigin(c); err != nil {
		return err
	}
	if err := edge.ReadBody(c, maxForm); err != nil {
		return err
	}
	form, err := readForm(c.Get(fiber.HeaderContentType), c.BodyRaw())
	if err != nil {
		return err
	}
	c.Locals(formKey, form)
	return c.Next()
}

// sameOrigin refuses what another site made the browser send: the rule of net/http's CrossOriginProtection.
func sameOrigin(c *fiber.Ctx) error {
	r := http.Request{Method: c.Method(), Host: string(c.Request().Host()), URL: &url.URL{Path: c.Path()}, Header: http.Header{}}
	for _, name := range []string{fiber.HeaderOrigin, "Sec-Fetch-Site"} {
		if sent := c.Get(name); sent != "" {
			r.Header.Set(name, sent)
		}
	}
	if http.NewCrossOriginProtection().Check(&r) != nil {
		return models.Fail(forbidden, "the request came from another site")
	}
	return nil
}

// readForm takes a form apart. Each field counts once: the first of a name.
func readForm(kind string, body []byte) (url.Values, error) {
	if len(body) == 0 {
		return url.Values{}, nil
	}
	kind, _, _ = strings.Cut(kind, ";")
	if !strings.EqualFold(strings.TrimSpace(kind), formType) {
		return nil, models.Fail(models.UnsupportedMediaType, "the body must be a form")
	}
	if strings.Count(string(body), "&") >= maxFields {
		return nil, models.Fail(models.Invalid, "the form has too many fields")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, models.Fail(models.Invalid, "the form cannot be read")
	}
	for name, values := range form {
		if !plainText(name) || !plainText(values[0]) {
			return nil, models.Fail(models.Invalid, "the form holds characters that are no text")
		}
	}
	return form, nil
}

func plainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// formOf is what was posted, empty where nothing was.
func formOf(c *fiber.Ctx) url.Values {
	form, _ := c.Locals(formKey).(url.Values)
	return form
}

// returnPath is where to go after signing in: a page of the console as it was asked for, or the first one. A browser
// takes "//host", "/\\host" and much else for another site, so that only what is surely a path of ours passes. What stands behind
// the path may be anything that an address holds of a filter.
func returnPath(text string) string {
	at, query, asked := strings.Cut(text, "?")
	if path.Clean(at) != at || at != root && !strings.HasPrefix(at, root+"/") || len(text) > 1000 {
		return root
	}
	if strings.Trim(at, letters+"/-") != "" || strings.HasPrefix(at, root+"/sign-") {
		return root
	}
	if !asked || strings.Trim(query, letters+strings.ToUpper(letters)+"=&%+-._~") != "" {
		return at
	}
	return text
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
