package access

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"whoseline/models"

	"github.com/golang-jwt/jwt/v5"
)

// leeway is how far the clock of an identity provider may be off.
const leeway = time.Minute

// publishedAlgorithms are those of published keys. One that a secret keys is not among them: a public key would then be
// the secret.
var publishedAlgorithms = []string{"RS256", "ES256", "EdDSA"}

// PublishedKeys checks a token's signature by the keys that its issuer publishes at a URL, and gives what was signed.
type PublishedKeys interface {
	Verify(ctx context.Context, jwksURL, token string) (payload []byte, err error)
}

// readForeign reads a token of a business's own identity provider. Issuer and audience say whose token it is; nothing
// else is believed before the signature is checked. The signature must be the one that the business named.
func (s *Subjects) readForeign(ctx context.Context, token string) (*Subject, error) {
	claims := jwt.MapClaims{}
	unproven, _, err := s.peek.ParseUnverified(token, claims)
	if err != nil {
		return nil, errToken
	}
	name, err := claims.GetIssuer()
	if err != nil || name == "" {
		return nil, errToken
	}
	candidates, err := s.keys.named(ctx, name)
	if err != nil {
		return nil, err
	}
	issuer, ok := addressed(candidates, claims)
	if !ok {
		return nil, errToken
	}
	proven, err := s.prove(ctx, issuer, unproven.Method.Alg(), token)
	if err != nil {
		return nil, err
	}
	return foreignSubject(issuer, proven)
}

// addressed gives the one issuer whose audience a token has. A token for two businesses is for neither.
func addressed(candidates []Issuer, claims jwt.MapClaims) (found Issuer, ok bool) {
	audiences, err := claims.GetAudience()
	if err != nil {
		return found, false
	}
	meant := 0
	for _, candidate := range candidates {
		if slices.Contains(audiences, candidate.Audience) {
			found = candidate
			meant++
		}
	}
	return found, meant == 1
}

// prove checks a token's signature and its claims.
func (s *Subjects) prove(ctx context.Context, issuer Issuer, algorithm, token string) (jwt.MapClaims, error) {
	rules := []jwt.ParserOption{
		jwt.WithIssuer(issuer.Issuer), jwt.WithAudience(issuer.Audience), jwt.WithExpirationRequired(), jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(s.keys.world.Now),
	}
	claims := jwt.MapClaims{}
	if issuer.JWKSURL == "" {
		secret, err := s.vault.Open(issuer.aad(), issuer.Secret)
		if err != nil {
			return nil, models.FaultIn("open the secret of an issuer", err)
		}
		rules = append(rules, jwt.WithValidMethods([]string{HS256}), jwt.WithStrictDecoding())
		_, err = jwt.NewParser(rules...).ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return secret, nil })
		if err != nil {
			return nil, errToken
		}
		return claims, nil
	}
	if !slices.Contains(publishedAlgorithms, algorithm) {
		return nil, errToken
	}
	payload, err := s.published.Verify(ctx, issuer.JWKSURL, token)
	if err != nil || json.Unmarshal(payload, &claims) != nil || jwt.NewValidator(rules...).Validate(claims) != nil {
		return nil, errToken
	}
	return claims, nil
}

// foreignSubject takes the person out of proven claims. No other claim counts.
func foreignSubject(issuer Issuer, claims jwt.MapClaims) (*Subject, error) {
	name, _ := claims[issuer.SubjectClaim].(string)
	expires, err := claims.GetExpirationTime()
	if err != nil || expires == nil || CheckSubject(name) != nil {
		return nil, errToken
	}
	return &Subject{
		BusinessID: issuer.BusinessID, Sandbox: issuer.Sandbox, Subject: name, Issuer: issuer.Issuer, Claims: map[string]string{},
		ExpiresAt: expires.UTC(),
	}, nil
}
