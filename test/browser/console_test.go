package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// history makes lookups for two pages, the disagreement among the oldest.
func (g *gateway) history(t *testing.T) (conflict string) {
	t.Helper()
	conflict = g.ask(t, "08000000004")
	for range 27 {
		g.ask(t, "08000000001")
	}
	return conflict
}

// The walk of somebody who looks for a disagreement: in, to the list, through its pages and filters, to the lookup, and out.
func (w *window) walk(conflict string) {
	w.t.Helper()
	w.shows(`Ada & "Sons"`, "8600.00 NGN", "Lookups by day")
	w.click(`nav a[href="/console/lookups"]`)
	w.shows("25 lookups, newest first", "+234 80•• ••• •001")
	w.hides("CONFLICT", "Conflict")
	w.click("#older")
	w.shows("3 lookups, newest first", "Conflict", "+234 80•• ••• •004")
	w.write("#phone", "0800 000 0004")
	w.click("#filters button")
	w.shows("1 lookups, newest first", "Conflict")
	w.hides("•001")
	w.click(`#results a[href="/console/lookups/` + conflict + `"]`)
	w.shows("name, date of birth", "O••••• N•••••", "S••••• A••••• N•••••", "differs")
	w.hides("OKAFOR", "SAMPLE", "1970")
	w.click("#reveal")
	w.shows("OKAFOR NGOZI", "SAMPLE ADAEZE NGOZI", "1970-01-01", "+234 800 000 0004")
	w.is(`document.querySelectorAll("#conflict ~ .beside .differs").length === 4`)
	w.click(`nav a[href="/console/audit"]`)
	w.shows("lookup.revealed", conflict)
	w.click(".top form button")
	w.shows("Sign in")
	w.open("/console/lookups")
	w.shows("Sign in")
	w.hides("•004")
}

func TestTheConsoleWorksInABrowser(t *testing.T) {
	t.Parallel()
	g := raise(t)
	conflict := g.history(t)
	w := g.chromium(t)
	w.signIn()
	w.is(`document.querySelector("#chart canvas") !== null`)
	w.walk(conflict)
	for _, said := range w.complaints() {
		t.Errorf("the browser: %s", said)
	}
}

func TestTheConsoleWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	g := raise(t)
	conflict := g.history(t)
	w := g.chromium(t, chromedp.Flag("blink-settings", "scriptEnabled=false"))
	w.signIn()
	w.is(`document.querySelector("#chart canvas") === null && typeof htmx === "undefined"`)
	w.walk(conflict)
	for _, said := range w.complaints() {
		t.Errorf("the browser: %s", said)
	}
}

// With scripts the list changes within the page, and nothing of it is kept by the browser.
func TestTheListChangesInPlaceAndIsKeptNowhere(t *testing.T) {
	t.Parallel()
	g := raise(t)
	g.history(t)
	w := g.chromium(t)
	w.signIn()
	w.open("/console/lookups")
	w.is(`typeof htmx === "object" && document.readyState === "complete"`)
	w.is(`(window.marked = true)`)
	w.click("#older")
	w.shows("3 lookups, newest first")
	w.is(`window.marked === true && localStorage.length === 0 && document.activeElement.id === "results"`)
	w.is(`Object.keys(sessionStorage).every((name) => name === "htmx-current-path-for-history")`) // a path of ours, not a page
	w.write("#phone", "12")
	w.click("#filters button") // the refusal is a page of its own
	w.shows("This is not a valid Nigerian number.", "Nothing was searched.")
	w.is(`window.marked === undefined`)

	w.open("/console/lookups") // whose session ends is led to the door, in the middle of a page too
	w.is(`typeof htmx === "object" && document.readyState === "complete"`)
	w.do(chromedp.Func(clearCookies))
	w.click("#older")
	w.is(`document.querySelector("#password") !== null`)
	w.write("#email", email)
	w.write("#password", "not the password")
	w.is(`(window.marked = true)`)
	w.click("main button")
	w.shows("E-mail, password or code is wrong.")
	w.is(`window.marked === true && document.querySelector("#password").value === "not the password"`)
	for _, said := range w.complaints() {
		if !strings.HasPrefix(said, "network ") { // refusals are told by their status
			t.Errorf("the browser: %s", said)
		}
	}
}

// The code is asked for in the same form: what was typed into it stays.
func TestASecondFactorIsTypedBesideThePassword(t *testing.T) {
	t.Parallel()
	g := raise(t)
	w := g.chromium(t)
	w.signIn()
	w.open("/console/account")
	w.write("#confirm", password)
	w.click(`form[action$="/offer"] button`)
	w.is(`document.querySelector("dd .secret") !== null`)
	secret, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("dd .secret").textContent`))
	must(t, err)
	w.write("#code", totp(t, secret, time.Now()))
	w.click(`form[action$="/accept"] button`)
	w.shows("Recovery codes")
	recovery, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("li .secret").textContent`))
	must(t, err)
	w.click(".top form button")
	w.shows("Sign in")
	w.is(`typeof htmx === "object" && document.readyState === "complete" && (window.marked = true)`)
	w.write("#email", email)
	w.write("#password", password)
	w.click("main button")
	w.is(`window.marked === true && document.activeElement.id === "code" && document.querySelector("#password").value !== ""`)
	w.write("#code", recovery)
	w.click("main button")
	w.shows("Overview", "Sign out")
	for _, said := range w.complaints() {
		if !strings.Contains(said, "Autofocus processing was blocked") { // htmx has moved the focus there itself
			t.Errorf("the browser: %s", said)
		}
	}
}

func TestPagesFitANarrowScreenInLightAndInDark(t *testing.T) {
	t.Parallel()
	g := raise(t)
	conflict := g.history(t)
	w := g.chromium(t)
	w.signIn()
	seen := map[string]bool{}
	for _, scheme := range []string{"light", "dark"} {
		w.do(chromedp.EmulateViewport(320, 640, chromedp.EmulateMobile), inScheme(scheme))
		for _, page := range []string{"", "/lookups", "/lookups/" + conflict, "/wallet", "/keys", "/webhooks", "/staff", "/audit", "/account"} {
			w.open("/console" + page)
			w.is(`document.readyState === "complete"`)
			wide, err := chromedp.Run(w.ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth"))
			must(t, err)
			if wide > 320 {
				t.Errorf("%s in %s is %d wide", page, scheme, wide)
			}
		}
		ground, err := chromedp.Run(w.ctx, chromedp.Evaluate[string]("getComputedStyle(document.body).backgroundColor"))
		must(t, err)
		seen[ground] = true
	}
	if len(seen) != 2 {
		t.Errorf("light and dark look the same: %v", fmt.Sprint(seen))
	}
}
