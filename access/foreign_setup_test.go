package access_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/access"
	"whoseline/models"
)

const (
	provider  = "https://id.shop.example"
	keysAt    = "https://id.shop.example/keys"
	ownSecret = "a secret of thirty-two bytes or more"
)

func safe(url string) error {
	if !strings.HasPrefix(url, "https://") {
		return models.BadField("url", "url must begin with https://")
	}
	return nil
}

// published are the keys that are found at keysAt. Nothing else can be reached.
type published struct{ keys []crypto.PublicKey }

func (p published) Verify(_ context.Context, url, token string) ([]byte, error) {
	if url != keysAt {
		return nil, errors.New("cannot be reached")
	}
	end := strings.LastIndexByte(token, '.')
	for _, key := range p.keys {
		unproven, parts, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
		if err != nil {
			return nil, err
		}
		signature, err := jwt.NewParser().DecodeSegment(parts[2])
		if err == nil && unproven.Method.Verify(token[:end], signature, key) == nil {
			return jwt.NewParser().DecodeSegment(parts[1])
		}
	}
	return nil, errors.New("no key fits")
}

// signer is an identity provider's key.
type signer struct {
	method jwt.SigningMethod
	key    any
}

// token signs claims, those given over a good set.
func (s signer) token(t *testing.T, changed jwt.MapClaims) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": provider, "aud": "whoseline", "sub": "ada", "exp": start.Add(time.Minute).Unix()}
	maps.Copy(claims, changed)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	made := jwt.NewWithClaims(s.method, claims)
	made.Header["kid"] = "k-1"
	text, err := made.SignedString(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signers are one of each kind, and what they publish.
func signers(t *testing.T) (all []signer, keys []crypto.PublicKey) {
	t.Helper()
	byRSA, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	byCurve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, byEdwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	all = []signer{{jwt.SigningMethodRS256, byRSA}, {jwt.SigningMethodES256, byCurve}, {jwt.SigningMethodEdDSA, byEdwards}}
	return all, []crypto.PublicKey{byRSA.Public(), byCurve.Public(), public}
}

func (h house) setIssuer(t *testing.T, n access.NewIssuer) {
	t.Helper()
	if _, err := h.issuers.Set(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}
