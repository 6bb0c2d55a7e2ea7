package vendor

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"whoseline/config"
	"whoseline/providers/gate"
)

// authoriser is how we identify ourselves to a vendor, where the templates of a request cannot do it alone.
type authoriser interface {
	// prepare adds the variables that are made for each request. A refusal ends the question.
	prepare(ctx context.Context, v values) (refusal *Reading)

	// sign adds headers that depend on the whole request.
	sign(out gate.Call)

	// renew drops the token that v was prepared with, and tells whether there can be another one.
	renew(v values) bool
}

// newAuthoriser makes the one that an endpoint's definition asks for.
func newAuthoriser(e *Endpoint, account config.Vendor) (authoriser, error) {
	terms := e.def.Auth
	switch terms.Kind {
	case "bearer":
		return plainAuth{}, missing(e.vars, "secret")
	case "basic":
		return basicAuth{e.vars["client_id"], e.vars["secret"]}, missing(e.vars, "client_id", "secret")
	case "smile_hmac":
		return smileAuth{now: e.now}, missing(e.vars, "secret", "partner_id")
	case "smile_token":
		return newSmileToken(e, account)
	case "body_hmac":
		return bodyAuth{terms: terms, key: []byte(e.vars["secret"])}, missing(e.vars, "secret")
	case "oauth2_client_credentials":
		return newOAuth(e, account)
	case "ciba", "jwt_bearer":
		return newSubjectAuth(e, account)
	case "json_token":
		return newJSONToken(e, account)
	default:
		return plainAuth{}, nil
	}
}

// missing names the first setting that is empty.
func missing(vars values, names ...string) error {
	for _, name := range names {
		if vars[name] == "" {
			return errors.New(name + " is not set")
		}
	}
	return nil
}

// plainAuth is for vendors whose requests identify us by themselves.
type plainAuth struct{}

func (plainAuth) prepare(context.Context, values) *Reading { return nil }
func (plainAuth) sign(gate.Call)                           {}
func (plainAuth) renew(values) bool                        { return false }

// basicAuth is RFC 7617 with the client id as the user.
type basicAuth struct{ user, password string }

func (basicAuth) prepare(context.Context, values) *Reading { return nil }
func (basicAuth) renew(values) bool                        { return false }

func (a basicAuth) sign(out gate.Call) {
	out.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(a.user+":"+a.password)))
}

// bodyAuth signs the body's bytes.
type bodyAuth struct {
	plainAuth
	terms authTerms
	key   []byte
}

func (a bodyAuth) sign(out gate.Call) {
	mac := hmac.New(sha256.New, a.key)
	if a.terms.Hash == "sha512" {
		mac = hmac.New(sha512.New, a.key)
	}
	mac.Write(out.Body)
	text := hex.EncodeToString(mac.Sum(nil))
	if a.terms.Encoding == "base64" {
		text = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	out.Header.Set(a.terms.Header, text)
}
