package handlers_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the hash that authenticator apps use
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// totp is the code that an authenticator app shows: RFC 6238, written down anew.
func totp(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.ReplaceAll(secret, " ", "")))
	must(t, err)
	mac := hmac.New(sha1.New, key)
	must(t, binary.Write(mac, binary.BigEndian, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:from+4])&0x7fffffff%1_000_000)
}

func TestAPasswordIsChangedByWhoeverKnowsIt(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b, other := o.enter(t, "viewer@acme.example"), o.enter(t, "viewer@acme.example")
		b.post("/console/account/password", url.Values{"old": {"not the one"}, "fresh": {"another long password"}}).shows(t, 400, "That is not your password.")
		b.post("/console/account/password", url.Values{"old": {password}, "fresh": {"short"}}).shows(t, 400, "Change your password")
		if s := b.post("/console/account/password", url.Values{"old": {password}, "fresh": {"another long password"}}); s.header.Get("Location") != "/console/account" {
			t.Errorf("%d %s", s.status, s.html)
		}
		b.get("/console/account").shows(t, 200, "Your password is changed")
		if s := other.get("/console"); s.status != 303 {
			t.Errorf("another session goes on: %d", s.status)
		}
		o.browser(t).signIn("viewer@acme.example", "another long password", "")
	})
}

func TestASecondFactorIsAskedForOnceItIsSetUp(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.enter(t, "owner@acme.example")
		for _, wrong := range []url.Values{nil, {"password": {"not the one"}}} {
			b.post("/console/account/second-factor/offer", wrong).shows(t, 400, "That is not your password.")
		}
		offer := b.post("/console/account/second-factor/offer", url.Values{"password": {password}})
		offer.shows(t, 200, "otpauth://totp/")
		secret := offer.first(t, `<dt>Secret</dt><dd><code class="secret" id="totp">([A-Z2-7 ]+)</code>`)
		wrong := b.post("/console/account/second-factor/accept", url.Values{"code": {"00000"}})
		wrong.shows(t, 400, `action="/console/account/second-factor/accept"`, `name="code"`)
		if strings.Contains(wrong.html, "otpauth:") || strings.Contains(wrong.html, secret) {
			t.Error("a wrong code shows the secret once more")
		}
		accepted := b.post("/console/account/second-factor/accept", url.Values{"code": {totp(t, secret, o.world.clock().Add(time.Second))}})
		accepted.shows(t, 200, "Recovery codes")
		recovery := accepted.first(t, `<code class="secret" id="secret-0">([^<]+)</code>`)
		b.get("/console/account").shows(t, 200, "Do without a second factor")

		again := o.browser(t)
		form := url.Values{"email": {"owner@acme.example"}, "password": {password}}
		again.post("/console/sign-in", form).shows(t, 200, `name="code"`)
		form.Set("code", "000000")
		again.post("/console/sign-in", form).shows(t, 401, `name="code"`)
		o.world.move(5 * time.Minute)
		again.signIn("owner@acme.example", password, totp(t, secret, o.world.clock().Add(time.Second)))
		again.get("/console").shows(t, 200)
		o.browser(t).signIn("owner@acme.example", password, recovery)
		form.Set("code", recovery)
		again.post("/console/sign-in", form).shows(t, 401)

		o.world.move(5 * time.Minute)
		again.post("/console/account/second-factor/drop", url.Values{"password": {"wrong"}}).shows(t, 400, "That is not your password.")
		o.world.move(5 * time.Minute)
		again.post("/console/account/second-factor/drop", url.Values{"password": {password}})
		o.browser(t).signIn("owner@acme.example", password, "")
	})
}

func TestWhoTriesTooOftenHasToWait(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		o := openOffice(t, engine, "")
		b := o.browser(t)
		form := url.Values{"email": {"owner@acme.example"}, "password": {"a wrong password"}}
		for range 30 {
			if s := b.post("/console/sign-in", form); s.status == 429 {
				s.shows(t, 429, "Too many tries. Try again in ", "owner@acme.example")
				if s.header.Get("Retry-After") == "" {
					t.Error("does not say when")
				}
				return
			}
		}
		t.Error("thirty wrong passwords were tried")
	})
}
