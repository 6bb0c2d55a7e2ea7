package simulator

import (
	"crypto/rsa"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// assertionLife is the longest that an assertion may be good for.
const assertionLife = 300 * time.Second

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// claims are those of an assertion; scope is said there only by the JWT-bearer grant.
type claims struct {
	Scope string `json:"scope"`
	jwt.RegisteredClaims
}

// assertClient checks private_key_jwt: the client speaks of itself.
func (t *tokens) assertClient(c *call, who client) *reply {
	form := c.form()
	if form.Get("client_assertion_type") != assertionType {
		return badClient("wrong client_assertion_type")
	}
	said, why := t.verify(c, who, form.Get("client_assertion"))
	if why == "" && said.Subject != who.id {
		why = "sub is not the client"
	}
	if why != "" {
		return badClient(why)
	}
	return nil
}

// verify gives the claims of an assertion that this client signed for this vendor a moment ago and has not used
// before, or why they do not count.
func (t *tokens) verify(c *call, who client, text string) (claims, string) {
	var said claims
	if who.key == nil {
		return said, "the client has no key"
	}
	methods := []string{"ES256"}
	if _, isRSA := who.key.(*rsa.PublicKey); isRSA {
		methods = []string{"RS256", "PS256"}
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(methods), jwt.WithTimeFunc(t.now), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithIssuer(who.id), jwt.WithAudience(c.base()+c.vendor.Credentials.TokenURL, c.base(), c.base()+c.route.path()),
	)
	_, err := parser.ParseWithClaims(text, &said, func(*jwt.Token) (any, error) { return who.key, nil })
	if err != nil {
		return said, err.Error()
	}
	begun := t.now()
	if said.IssuedAt != nil {
		begun = said.IssuedAt.Time
	}
	switch {
	case said.ExpiresAt.Sub(begun) > assertionLife:
		return said, "exp is more than 300 s away"
	case said.ID == "":
		return said, "jti is missing"
	case !t.used.add(said.Issuer+" "+said.ID, struct{}{}):
		return said, "jti was used before"
	}
	return said, ""
}

// bearer grants a token for a number to an assertion about its owner.
func (t *tokens) bearer(c *call, who client) reply {
	said, why := t.verify(c, who, c.form().Get("assertion"))
	number, isNumber := telephone(said.Subject)
	if why == "" && !isNumber {
		why = "sub is not tel: and a number"
	}
	if why != "" {
		return *oauthError(http.StatusBadRequest, "invalid_grant", why)
	}
	return t.granted(c, said.Scope, number)
}
