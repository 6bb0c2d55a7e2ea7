package simulator

import (
	"crypto"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
)

// client is who may ask for tokens, and how it proves to be that.
type client struct {
	id     string
	secret string
	key    crypto.PublicKey // for private_key_jwt; nil = not offered
}

// token is what was granted.
type token struct {
	vendor  string
	scopes  []string
	subject string // the number that a three-legged token is for; "" = two-legged
	expires time.Time
}

// allows tells whether a token has a scope, or any scope of a family that is written with a star.
func (t token) allows(scope string) bool {
	return slices.ContainsFunc(t.scopes, func(has string) bool {
		family, any := strings.CutSuffix(scope, "*")
		return has == scope || any && strings.HasPrefix(has, family)
	})
}

// tokens are those given out by all vendors, and the assertions that were used for them.
type tokens struct {
	now    func() time.Time
	issued *shelf[token]
	used   *shelf[struct{}] // by issuer and jti
}

func newTokens(now func() time.Time) *tokens {
	return &tokens{now: now, issued: newShelf[token](remembered), used: newShelf[struct{}](remembered)}
}

func (t *tokens) issue(granted token) string {
	name := rand.Text()
	t.issued.add(name, granted)
	return name
}

// of gives the token that a call carries, if this vendor issued it and it still lives.
func (t *tokens) of(c *call) (token, bool) {
	name, bearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	granted, known := t.issued.get(name)
	return granted, bearer && known && granted.vendor == c.vendor.name && t.now().Before(granted.expires)
}

// expire ends all tokens of a vendor.
func (t *tokens) expire(vendor string) {
	t.issued.each(func(granted *token) {
		if granted.vendor == vendor {
			granted.expires = time.Time{}
		}
	})
}

// grant answers with a new token.
func (t *tokens) grant(c *call, scopes []string, subject string) reply {
	life := c.sim.options.TokenLife
	granted := token{vendor: c.vendor.name, scopes: scopes, subject: subject, expires: t.now().Add(life)}
	body := obj{"access_token": t.issue(granted), "token_type": "Bearer", "expires_in": int(life.Seconds())}
	if len(scopes) > 0 {
		body["scope"] = strings.Join(scopes, " ")
	}
	return reply{header: map[string]string{"Cache-Control": "no-store"}, body: body}
}

// authenticate proves the client by whatever it offers: an assertion, the Basic header, or a secret in the form.
func (t *tokens) authenticate(c *call, who client) *reply {
	form := c.form()
	if form.Has("client_assertion") {
		return t.assertClient(c, who)
	}
	id, secret, basic := c.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	if same(id, who.id) && same(secret, who.secret) {
		return nil
	}
	return badClient("unknown client or wrong secret")
}

func badClient(why string) *reply { return oauthError(http.StatusUnauthorized, "invalid_client", why) }

func oauthError(status int, code, why string) *reply {
	return refuse(status, obj{"error": code, "error_description": why})
}
