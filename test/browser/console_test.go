package browser_test

import (
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
	w.shows(`Ada & "Sons"`, "₦8,600.00", "Lookups by day", "Lagos (UTC+1)")
	w.click(`nav a[href="/console/lookups"]`)
	w.shows("25 lookups", "080• ••• •001")
	w.hides("Conflict\n")
	w.click("#older")
	w.shows("3 lookups", "Conflict", "080• ••• •004")
	w.click("#newer")
	w.shows("25 lookups")
	w.write("#find", "0800 000 0004")
	w.press("#find")
	w.shows("1 lookup", "Conflict")
	w.hides("•001")
	w.click(`#results a[href="/console/lookups/` + conflict + `"]`)
	w.shows("Name, date of birth", "O••••• N•••••", "S••••• A••••• N•••••", "Name, differs", "₦50.00 charged")
	w.hides("OKAFOR", "SAMPLE", "1970")
	w.is(`history.back() === undefined`)
	w.shows("1 lookup", "Conflict")
	w.hides("•001")
	w.open("/console/lookups/" + conflict)
	w.is(`(document.querySelector("#reason").value = "conflict") !== ""`)
	w.click("#reveal")
	w.shows("OKAFOR NGOZI", "SAMPLE ADAEZE NGOZI", "1970-01-01", "+234 800 000 0004")
	w.is(`document.querySelectorAll(".versus .differs").length === 2`)
	w.click(`nav a[href="/console/audit"]`)
	w.shows("revealed personal data", "conflict", conflict)
	w.click("#sign-out")
	w.shows("Sign in")
	w.open("/console/lookups?status=found&from=2020-01-01")
	w.shows("Sign in")
	w.hides("•004")
	w.write("#email", email)
	w.write("#password", password)
	w.click("main button")
	w.shows("1 lookup", "Found", "from 2020-01-01")
}

func TestTheConsoleWorksInABrowser(t *testing.T) {
	t.Parallel()
	g := raise(t)
	conflict := g.history(t)
	w := g.chromium(t)
	w.signIn()
	w.is(`document.querySelectorAll(".plot .day").length > 0`)
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
	w.is(`document.querySelectorAll(".plot .day").length > 0 && typeof htmx === "undefined"`)
	w.walk(conflict)
	for _, said := range w.complaints() {
		t.Errorf("the browser: %s", said)
	}
}

// What was typed stays where a form is refused, nothing is kept by the browser, and a session that ended says so and leads back.
func TestARefusedFormKeepsWhatWasTypedAndAnEndedSessionLeadsBack(t *testing.T) {
	t.Parallel()
	g := raise(t)
	g.history(t)
	w := g.chromium(t)
	w.signIn()
	w.open("/console/lookups?product=basic")
	w.click(".tools summary")
	w.write("#phone", "12")
	w.click("#filters button")
	w.shows("This is not a valid Nigerian number.", "Nothing was searched.")
	w.is(`document.querySelector("#phone").value === "12" && document.querySelector("#product").value === "basic"`)
	w.write("#phone", "08000000004")
	w.click("#filters button")
	w.shows("1 lookup", "Number 080• ••• •004", "Basic")
	w.is(`!location.href.includes("0004") && localStorage.length === 0`)
	w.click(".chips a")
	w.shows("1 lookup")
	w.hides("Remove the filter: Basic")

	w.do(chromedp.Func(clearCookies)) // as when the browser was closed; the address leads back
	w.open("/console/lookups?sort=oldest")
	w.is(`document.querySelector("#password") !== null`)
	w.write("#email", email)
	w.write("#password", "not the password")
	w.is(`typeof htmx === "object" && document.readyState === "complete" && (window.marked = true)`)
	w.click("main button")
	w.shows("E-mail, password or code is wrong.")
	w.is(`window.marked === true && document.querySelector("#password").value === "not the password"`)
	w.write("#password", password)
	w.click("main button")
	w.shows("Oldest first", "25 lookups")
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
	w.is(`document.querySelector("#totp") !== null`)
	secret, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("#totp").textContent`))
	must(t, err)
	w.write("#code", totp(t, secret, time.Now()))
	w.click(`form[action$="/accept"] button`)
	w.shows("Recovery codes")
	recovery, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("#secret-0").textContent`))
	must(t, err)
	w.click("#sign-out")
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
