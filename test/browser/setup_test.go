// Package browser_test answers whether the console works where people use it: in a browser, with scripts and without.
package browser_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"whoseline/access"
	"whoseline/app"
	"whoseline/config"
	"whoseline/providers/directory"
	"whoseline/settings"
	"whoseline/staff"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// patience bounds every wait. Nothing is measured by it: a busy machine is slow.
const patience = 2 * time.Minute

// Who signs in.
const (
	email    = "owner@acme.example"
	password = "correct horse battery"
	token    = "acme-live-token-1"
)

// gateway is the app that ships, with a business whose sources disagree about one number.
type gateway struct {
	app  *app.App
	base string
}

func raise(t *testing.T) *gateway {
	t.Helper()
	settings, err := config.Load("", []string{
		"WHOSELINE_DATABASE__URL=" + storagetest.MigratedURL(t, storage.SQLite), "WHOSELINE_PROVIDERS__LIVE=directory,sandbox",
		"WHOSELINE_SECURITY__MASTER_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
	})
	must(t, err)
	g := &gateway{}
	g.app, err = app.New(t.Context(), app.Options{Config: settings, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, g.app.Close()) })
	on, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	g.base = "http://" + on.Addr().String()
	public := g.app.Serve(on)
	t.Cleanup(func() { must(t, public.Shutdown(time.Minute)) })
	g.furnish(t)
	return g
}

func (g *gateway) furnish(t *testing.T) {
	t.Helper()
	_, err := g.app.Businesses.Create(t.Context(), access.NewBusiness{
		ID: "acme", Name: `Ada & "Sons"`, Settings: settings.Choices{CrossCheck: true},
	})
	must(t, err)
	_, _, err = g.app.Keys.Create(t.Context(), access.NewKey{BusinessID: "acme", Name: "till", Token: token})
	must(t, err)
	_, err = g.app.Till.TopUp(t.Context(), "acme", "bank-1", 1_000_000)
	must(t, err)
	_, err = g.app.Users.Create(t.Context(), staff.NewUser{
		BusinessID: "acme", Email: email, Name: "Ada", Role: staff.Owner, Password: password,
	})
	must(t, err)
	_, err = g.app.Directory.Import(t.Context(), strings.NewReader("phone,full_name,dob\n08000000004,OKAFOR NGOZI,1970-01-01\n"), directory.ImportOptions{Format: "csv"})
	must(t, err)
}

// ask makes a lookup over the API and gives its id.
func (g *gateway) ask(t *testing.T, number string) string {
	t.Helper()
	body := strings.NewReader(`{"mobile":"` + number + `","isSubjectConsent":true}`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.base+"/v2/api/identity/ng/phone", body)
	must(t, err)
	r.Header.Set("token", token)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	found := regexp.MustCompile(`"id":"([0-9a-f]{24})"`).FindSubmatch(text)
	if response.StatusCode != http.StatusOK || found == nil {
		t.Fatalf("%d %s", response.StatusCode, text)
	}
	return string(found[1])
}

// window is a browser's, with what the browser says of the pages.
type window struct {
	t    *testing.T
	ctx  context.Context
	base string
	mu   sync.Mutex
	said []string
}

// chromium starts a browser. One that is not there fails the test: needs.sh installs it.
func (g *gateway) chromium(t *testing.T, flags ...chromedp.ExecAllocatorOption) *window {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("chromium is not installed: run ./needs.sh: %v", err)
	}
	options := append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
	}, flags...)
	at, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(at)
	t.Cleanup(leave)
	w := &window{t: t, ctx: ctx, base: g.base}
	must(t, chromedp.Do(ctx)) // starts it
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			w.mu.Lock()
			w.said = append(w.said, m.Source+" "+m.String()+" "+m.URL)
			w.mu.Unlock()
		}
	}()
	return w
}

// do runs steps within patience.
func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatalf("%v; the page: %s; the browser: %q", err, w.text(), w.complaints())
	}
}

func (w *window) open(path string) { w.t.Helper(); w.do(chromedp.Navigate(w.base + path)) }

func (w *window) click(css string) { w.t.Helper(); w.do(chromedp.Click(chromedp.CSS(css))) }

// press sends the form of a field, as Enter does.
func (w *window) press(css string) { w.t.Helper(); w.do(chromedp.SendKeys(chromedp.CSS(css), "\r")) }

func (w *window) write(css, text string) {
	w.t.Helper()
	w.is(`(document.querySelector("` + css + `").value = "") === ""`)
	w.do(chromedp.SendKeys(chromedp.CSS(css), text))
}

// is asks the page until an expression is true.
func (w *window) is(expression string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)) // fails between two pages
		if err == nil && yes {
			return
		}
		select {
		case <-ctx.Done():
			w.t.Fatalf("never: %s (%v); the page: %s; the browser: %q", expression, err, w.text(), w.complaints())
		case <-again.C:
		}
	}
}

// shows waits for texts on the page.
func (w *window) shows(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		w.is(`document.body !== null && document.body.innerText.includes(` + quote(text) + `)`)
	}
}

// hides fails the test if a text stands on the page as it is now.
func (w *window) hides(texts ...string) {
	w.t.Helper()
	page := w.text()
	for _, text := range texts {
		if strings.Contains(page, text) {
			w.t.Errorf("shows %q: %s", text, page)
		}
	}
}

func (w *window) text() string {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// complaints is what the browser said so far.
func (w *window) complaints() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.said...)
}

// signIn types e-mail and password.
func (w *window) signIn() {
	w.t.Helper()
	w.open("/console")
	w.shows("Sign in")
	w.write("#email", email)
	w.write("#password", password)
	w.click("main button")
	w.shows("Sign out", "Overview")
}

func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
