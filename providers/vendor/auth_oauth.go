package vendor

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/config"
	"whoseline/providers/gate"
)

// assertionLife is how long a signed assertion is valid. CAMARA allows 300 s; clocks differ.
const assertionLife = 4 * time.Minute

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// oauth makes the token requests of OAuth2 client credentials.
type oauth struct {
	endpoint *Endpoint
	where    *url.URL
	client   string // private_key_jwt, basic or form
	key      crypto.Signer
	method   jwt.SigningMethod
	keyID    string
	newID    func() string
}

func newOAuth(e *Endpoint, account config.Vendor) (authoriser, error) {
	o, err := openOAuth(e, account)
	if err != nil {
		return nil, err
	}
	return newTokenAuth(e, o.order), nil
}

// openOAuth takes the first of the definition's ways to identify a client that the account has the settings for.
func openOAuth(e *Endpoint, account config.Vendor) (*oauth, error) {
	where, err := tokenURL(e, account)
	if err != nil {
		return nil, err
	}
	if err := missing(e.vars, "client_id"); err != nil {
		return nil, err
	}
	o := &oauth{endpoint: e, where: where, keyID: account.KeyID, newID: rand.Text}
	for _, client := range e.def.Auth.Client {
		if client == "private_key_jwt" && account.PrivateKeyFile != "" || client != "private_key_jwt" && account.Secret != "" {
			o.client = client
			break
		}
	}
	switch o.client {
	case "private_key_jwt":
		o.key, o.method, err = readKey(account.PrivateKeyFile)
	case "":
		err = errors.New("secret is not set")
		if slices.Contains(e.def.Auth.Client, "private_key_jwt") {
			err = errors.New("private_key_file is not set")
		}
	}
	return o, err
}

func (o *oauth) order() (gate.Call, error) {
	terms := o.endpoint.def.Auth
	form := url.Values{"grant_type": {"client_credentials"}}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	where := *o.where
	if terms.Grant == "query" {
		where.RawQuery = form.Encode()
		form = url.Values{}
	}
	if terms.Scope != "" {
		form.Set("scope", terms.Scope)
	}
	if err := o.addCredentials(form, header); err != nil {
		return gate.Call{}, err
	}
	return gate.Call{Method: http.MethodPost, URL: &where, Header: header, Body: []byte(form.Encode())}, nil
}

// addCredentials identifies us in a form or its header.
func (o *oauth) addCredentials(form url.Values, header http.Header) error {
	vars := o.endpoint.vars
	switch o.client {
	case "basic":
		user, password := url.QueryEscape(vars["client_id"]), url.QueryEscape(vars["secret"]) // RFC 6749, 2.3.1
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	case "form":
		form.Set("client_id", vars["client_id"])
		form.Set("client_secret", vars["secret"])
	default:
		assertion, err := o.signed(o.claims(vars["client_id"], ""))
		if err != nil {
			return err
		}
		form.Set("client_id", vars["client_id"])
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
	}
	return nil
}

// claims are those of an assertion that is valid for a short time and once, RFC 7523.
func (o *oauth) claims(subject, scope string) assertionClaims {
	now := o.endpoint.now()
	return assertionClaims{scope, jwt.RegisteredClaims{
		Issuer: o.endpoint.vars["client_id"], Subject: subject, Audience: jwt.ClaimStrings{o.where.String()}, ID: o.newID(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(assertionLife)),
	}}
}

// assertionClaims say who speaks and about whom. The scope is only there when a token is asked for about somebody.
type assertionClaims struct {
	Scope string `json:"scope,omitempty"`
	jwt.RegisteredClaims
}

func (o *oauth) signed(claims assertionClaims) (string, error) {
	token := jwt.NewWithClaims(o.method, claims)
	if o.keyID != "" {
		token.Header["kid"] = o.keyID
	}
	signed, err := token.SignedString(o.key)
	if err != nil {
		return "", errors.New("providers: the private key does not sign")
	}
	return signed, nil
}

// readKey reads a private key in PEM and chooses its signing method.
func readKey(file string) (crypto.Signer, jwt.SigningMethod, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, errors.New("private_key_file cannot be read")
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, nil, errors.New("private_key_file holds no PEM")
	}
	switch key := parseKey(block.Bytes).(type) {
	case *rsa.PrivateKey:
		return key, jwt.SigningMethodRS256, nil
	case ed25519.PrivateKey:
		return key, jwt.SigningMethodEdDSA, nil
	case *ecdsa.PrivateKey:
		if key.Curve.Params().BitSize == 256 {
			return key, jwt.SigningMethodES256, nil
		}
	}
	return nil, nil, errors.New("private_key_file holds no RSA, P-256 or Ed25519 key")
}

func parseKey(der []byte) any {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key
	}
	key, _ := x509.ParseECPrivateKey(der)
	return key
}
