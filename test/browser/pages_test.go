package browser_test

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"whoseline/test/npm"
)

//go:embed axe/package.json axe/package-lock.json
var axeFiles embed.FS

// axe is the text of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	files, err := fs.Sub(axeFiles, "axe")
	must(t, err)
	home := npm.Installed(t, "axe", files)
	text, err := os.ReadFile(filepath.Join(home, "node_modules", "axe-core", "axe.min.js"))
	must(t, err)
	return string(text)
}

// everyPage are the pages of the console: those that an owner sees, one lookup, one that is not there, and the door.
func everyPage(conflict string) []string {
	return []string{
		"", "/lookups", "/lookups?status=found&sort=oldest", "/lookups?status=failed", "/lookups/" + conflict, "/conflicts", "/wallet",
		"/statements/" + time.Now().UTC().Format("2006-01"), "/batches", "/keys", "/webhooks", "/staff",
		"/audit", "/account", "/nothing", "?env=sandbox",
	}
}

// breaches are what axe-core finds on the page, each with where.
const breaches = `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) =>
	v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join("; ")).join("\n"))`

// No page has a breach of accessibility that a program can find, is wider than a phone, or is told of by the browser.
func TestEveryPageIsAccessibleAndFitsAPhone(t *testing.T) {
	t.Parallel()
	g := raise(t)
	conflict := g.history(t)
	code, w := axe(t), g.chromium(t)
	seen := map[string]bool{}
	for _, look := range []struct {
		scheme        string
		width, height int64
	}{{"light", 1280, 900}, {"dark", 390, 844}, {"light", 320, 640}} {
		w.do(chromedp.EmulateViewport(look.width, look.height), inScheme(look.scheme))
		if len(seen) == 0 {
			w.open("/console/sign-in")
			w.isAccessible(code, "/sign-in")
			w.signIn()
		}
		for _, path := range everyPage(conflict) {
			w.open("/console" + path)
			w.is(`document.readyState === "complete"`)
			if wide := w.number("document.documentElement.scrollWidth"); wide > int(look.width) {
				t.Errorf("%s at %d is %d wide", path, look.width, wide)
			}
			w.isAccessible(code, fmt.Sprintf("%s at %d, %s", path, look.width, look.scheme))
		}
		seen[w.textOf("getComputedStyle(document.body).backgroundColor")] = true
	}
	if len(seen) != 2 {
		t.Errorf("light and dark look the same: %v", seen)
	}
	for _, said := range w.complaints() {
		if !strings.HasPrefix(said, "network ") { // the page that is not there
			t.Errorf("the browser: %s", said)
		}
	}
}

// On a phone the first row of a list stands on the first screen, and the menu is behind its button.
func TestTheFirstRowStandsOnTheFirstScreenOfAPhone(t *testing.T) {
	t.Parallel()
	g := raise(t)
	g.history(t)
	w := g.chromium(t)
	w.signIn()
	w.do(chromedp.EmulateViewport(390, 844))
	for _, path := range []string{"/lookups", "/lookups?status=found", "/wallet", "/keys", "/staff", "/audit"} {
		w.open("/console" + path)
		w.is(`document.readyState === "complete"`)
		if foot := w.number(`Math.round(document.querySelector(".rows tbody tr:not(.group)").getBoundingClientRect().bottom)`); foot > 844 {
			t.Errorf("%s: the first row ends at %d of 844", path, foot)
		}
	}
	w.is(`getComputedStyle(document.querySelector("#menu")).display === "none"`)
	w.click(".menu-button")
	w.is(`document.querySelector("#menu").matches(":popover-open")`)
	w.click(`#menu a[href="/console/wallet"]`)
	w.shows("Movements")
}

// Printed, a page has its content alone.
func TestAPrintedPageHasItsContentAlone(t *testing.T) {
	t.Parallel()
	g := raise(t)
	g.ask(t, "08000000001")
	w := g.chromium(t)
	w.signIn()
	w.open("/console/wallet")
	w.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
	w.is(`["header.top", "#menu", "form", ".pager"].every((css) => [...document.querySelectorAll(css)].every((e) => e.offsetParent === null))`)
	w.shows("₦9,950.00", "Movements", "Lagos (UTC+1)")
	w.open("/console/statements/" + time.Now().UTC().Format("2006-01"))
	w.is(`[...document.querySelectorAll("header.top, #menu, .button, .hint")].every((e) => e.offsetParent === null)`)
	w.shows("Statement of", "Closing balance", "₦9,950.00")
	if to := os.Getenv(pictures); to != "" {
		w.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			paper, err := cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, "statement.pdf"), paper.Data, 0o644)
		}))
	}
}

// isAccessible runs axe-core on the page.
func (w *window) isAccessible(code, where string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](code+"; true"))
	must(w.t, err)
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](breaches, chromedp.EvalAwaitPromise))
	must(w.t, err)
	if found != "" {
		w.t.Errorf("%s: %s", where, found)
	}
}

func (w *window) number(expression string) int { return evaluated[int](w, expression) }

func (w *window) textOf(expression string) string { return evaluated[string](w, expression) }

func evaluated[T any](w *window, expression string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	must(w.t, err)
	return value
}
