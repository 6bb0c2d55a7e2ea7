package access

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/models"
)

// SubjectToken asks for a token.
type SubjectToken struct {
	BusinessID string
	Sandbox    bool
	Subject    string            // the business's own id of the person: 1 to 200 characters
	Dialect    Dialect           // the dialect that it is good at and that must stay open; "" = any
	ClientID   string            // the dialect's client that must stay enabled; a dialect needs one
	Proof      models.Channel    // how the person showed themselves for it; "" = they did not
	Roles      []string          // told to the client, never believed
	Claims     map[string]string // further claims, with names that are not ours
	Life       time.Duration     // at most 30 days; 0 = 1 hour
	Algorithm  string            // HS256, the default, or HS512
}

// reserved are the claims that mean something to us.
var reserved = []string{"sub", "aud", "iss", "iat", "nbf", "exp", "jti", "env", "face", "client", "roles", "channel", "assurance"}

// Mint makes a token. It ends at expires, or up to a second later, as tokens count in seconds.
func (s *Subjects) Mint(_ context.Context, t SubjectToken) (token string, expires time.Time, err error) {
	if t.Life == 0 {
		t.Life = time.Hour
	}
	if t.Algorithm == "" {
		t.Algorithm = HS256
	}
	if err := checkSubjectToken(t); err != nil {
		return "", expires, err
	}
	now := s.keys.world.Now()
	expires = now.Add(t.Life)
	made := jwt.NewWithClaims(jwt.GetSigningMethod(t.Algorithm), t.claims(now, expires))
	made.Header["kid"] = keyName(t.BusinessID)
	token, err = made.SignedString(s.key(t.BusinessID, t.Algorithm))
	if err != nil {
		return "", expires, models.Fault(err)
	}
	if len(token) > maxJWT {
		return "", expires, models.BadField("claims", "claims are too long for a token")
	}
	return token, expires, nil
}

func (t SubjectToken) claims(now, expires time.Time) jwt.MapClaims {
	claims := jwt.MapClaims{}
	for name, value := range t.Claims {
		claims[name] = value
	}
	claims["sub"], claims["aud"] = t.Subject, ourAudience
	claims["iat"], claims["exp"] = now.Unix(), expires.Add(time.Second-1).Unix()
	if t.Sandbox {
		claims["env"] = sandboxClaim
	}
	if t.Dialect != "" {
		claims["face"] = string(t.Dialect)
	}
	if t.ClientID != "" {
		claims["client"] = t.ClientID
	}
	if t.Proof != "" {
		claims["channel"], claims["assurance"] = string(t.Proof), string(t.Proof.Assurance())
	}
	if len(t.Roles) > 0 {
		claims["roles"] = t.Roles
	}
	return claims
}

func checkSubjectToken(t SubjectToken) error {
	if err := CheckSubject(t.Subject); err != nil {
		return err
	}
	if err := models.CheckID(t.BusinessID); err != nil {
		return err
	}
	if (t.Dialect == "") != (t.ClientID == "") {
		return models.BadField("client", "a face and its client go together")
	}
	if t.Life < time.Second || t.Life > maxTokenLife {
		return models.BadField("life", "life must be 1 second to 30 days")
	}
	if t.Algorithm != HS256 && t.Algorithm != HS512 {
		return models.BadField("algorithm", "algorithm must be HS256 or HS512")
	}
	for name := range t.Claims {
		if slices.Contains(reserved, name) {
			return models.BadField("claims", "claims must not be named as ours")
		}
	}
	return nil
}

// Our keys have names: a word, the business and the version of its key. A version is added here when keys are to
// change: tokens then are made with the new one and read with both.
const (
	keyWord    = "wl"
	keyVersion = "1"
)

func keyName(business string) string { return keyWord + "." + business + "." + keyVersion }

// keyOf gives the business whose key a token says that it was signed with. ok: it is a key of ours.
func keyOf(token string) (business string, ok bool) {
	var header struct{ Kid string }
	head, _, parts := strings.Cut(token, ".")
	if !parts {
		return "", false
	}
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil || json.Unmarshal(text, &header) != nil {
		return "", false
	}
	name := strings.Split(header.Kid, ".")
	if len(name) != 3 || name[0] != keyWord || name[2] != keyVersion || models.CheckID(name[1]) != nil {
		return "", false
	}
	return name[1], true
}

// key gives a business's key for an algorithm, as long as the algorithm's hash.
func (s *Subjects) key(business, algorithm string) []byte {
	scope := "subject token " + algorithm + " " + keyVersion
	key := s.vault.Hash(scope, []byte(business))
	if algorithm == HS512 {
		key = append(key, s.vault.Hash(scope+" second half", []byte(business))...)
	}
	return key
}
