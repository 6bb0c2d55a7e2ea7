package webhooks

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"whoseline/models"
)

func TestWhichURLsAnEndpointMayHave(t *testing.T) {
	t.Parallel()
	long := "https://example.com/" + strings.Repeat("a", maxURL)
	for url, want := range map[string][2]bool{ // allowed, and allowed when loopback is
		"https://example.com":                   {true, true},
		"https://example.com:8443/hook?a=b":     {true, true},
		"https://8.8.8.8/hook":                  {true, true},
		"HTTPS://EXAMPLE.COM/":                  {true, true},
		long[:maxURL]:                           {true, true},
		"https://localhost/":                    {false, true},
		"https://LOCALHOST/":                    {false, true},
		"https://localhost./":                   {false, false},
		"https://app.localhost/":                {false, false},
		"https://intranet/":                     {false, false},
		"https://printer.local/":                {false, false},
		"https://metadata.google.internal/":     {false, false},
		"https://router.home.arpa./":            {false, false},
		"https://db.corp:8443/":                 {false, false},
		"https://127.1/":                        {false, false},
		"https://2130706433/":                   {false, false},
		"https://0x7f.0.0.0x1/":                 {false, false},
		"https://example.com./":                 {true, true},
		"https://local.example.com/":            {true, true},
		"https://mycorp.com/":                   {true, true},
		"http://localhost:8080/":                {false, true},
		"http://127.0.0.1:8080/":                {false, true},
		"http://[::1]:8080/":                    {false, true},
		"https://127.0.0.1/":                    {false, true},
		"https://[::ffff:127.0.0.1]/":           {false, true},
		"https://[::ffff:10.0.0.1]/":            {false, false},
		"https://10.0.0.1/":                     {false, false},
		"https://169.254.169.254/latest/":       {false, false},
		"https://[fd00::1]/":                    {false, false},
		"https://0.0.0.0/":                      {false, false},
		"http://example.com/":                   {false, false},
		"http://localhost.example.com/":         {false, false},
		"ftp://example.com/":                    {false, false},
		"https://user@example.com/":             {false, false},
		"https://user:pass@example.com/":        {false, false},
		"https://example.com/#part":             {false, false},
		"https://example.com/#":                 {false, false},
		"https://example.com:0/":                {false, false},
		"https://example.com:99999/":            {false, false},
		"https://example.com:http/":             {false, false},
		"https:///path":                         {false, false},
		"https:example.com":                     {false, false},
		"//example.com/":                        {false, false},
		"example.com":                           {false, false},
		"":                                      {false, false},
		"https://exämple.com/":                  {false, false},
		"https://example.com/a b":               {false, false},
		"https://example.com/\r\nX-Injected: 1": {false, false},
		"https://example.com/%zz":               {false, false},
		long:                                    {false, false},
	} {
		for i, loopback := range []bool{false, true} {
			err := newGuard(loopback).check(url)
			if (err == nil) != want[i] || err != nil && models.CodeOf(err) != models.Invalid {
				t.Errorf("%.60s, loopback %t: %v", url, loopback, err)
			}
		}
	}
}

func FuzzAURLIsTakenOrRefused(f *testing.F) {
	for _, seed := range []string{"https://example.com/a?b=c", "http://localhost:1/", "https://[::1%25eth0]:443/", "https://a@b#c"} {
		f.Add(seed)
	}
	g := newGuard(false)
	f.Fuzz(func(t *testing.T, url string) {
		if g.check(url) != nil {
			return
		}
		request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, nil)
		if err != nil || request.URL.Scheme != "https" || request.URL.User != nil || request.URL.Hostname() == "" {
			t.Errorf("%q was taken: %v", url, err)
		}
	})
}

// The rows are made by a gateway that allows loopback; another one, which does not, is to deliver.
func TestPrivateAddressesAreRefusedWhenTheyAreDialled(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		strict := o.neighbour(func(o *Options) { o.AllowLoopback = false })
		port := at.URL[strings.LastIndex(at.URL, ":"):]
		for _, url := range []string{at.URL, "http://localhost" + port, "https://localhost" + port} {
			o.endpoint(url, url)
		}
		private := o.event("private", "{}")
		row := models.WebhookEndpoint{
			BusinessID: "private", ID: o.world.NewID(), URL: "https://10.0.0.1/", Algorithm: models.WebhookSHA256, CreatedAt: noon,
		}
		row.Secret = o.vault.Seal(endpointAAD(row.BusinessID, row.ID), []byte(mint()))
		if err := o.primary.Create(&row).Error; err != nil {
			t.Fatal(err)
		}
		if _, err := o.Replay(t.Context(), "private", private.ID); err != nil {
			t.Fatal(err)
		}
		strict.open()
		events := []*models.WebhookEvent{private}
		for _, url := range []string{at.URL, "http://localhost" + port, "https://localhost" + port} {
			events = append(events, o.event(url, "{}"))
		}
		strict.Nudge()
		for _, e := range events {
			if d := o.becomes(e, models.WebhookWaiting, 1); d.LastError != "address" {
				t.Errorf("%s: %+v", e.BusinessID, d)
			}
		}
		if seen := at.requests(); len(seen) != 0 {
			t.Errorf("it was reached: %+v", seen)
		}
	})
}

func TestAReceiverMustProveItsName(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		secure := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		secure.Config.ErrorLog = log.New(io.Discard, "", 0)
		secure.StartTLS()
		t.Cleanup(secure.Close)
		o.endpoint("shop", secure.URL)
		e := o.event("shop", "{}")
		stop := o.open()
		if d := o.becomes(e, models.WebhookWaiting, 1); d.LastError != "tls" {
			t.Errorf("%+v", d)
		}
		stop()
		trusting := o.neighbour(func(o *Options) {
			o.Roots = x509.NewCertPool()
			o.Roots.AddCert(secure.Certificate())
		})
		o.script.pass(o.becomes(e, models.WebhookWaiting, 1).NextAt.Sub(noon))
		trusting.open()
		o.becomes(e, models.WebhookDelivered, 2)
	})
}
