package access

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/models"
)

const (
	maxSubject   = 200 // characters, as possession has it
	maxJWT       = 8 << 10
	maxTokenLife = 30 * 24 * time.Hour
	ourAudience  = "whoseline"
	sandboxClaim = "test" // the value of env
)

// The algorithms of our own tokens.
const (
	HS256 = "HS256"
	HS512 = "HS512"
)

// Vault makes keyed hashes that nobody can guess: keys for tokens are made of them.
type Vault interface {
	Hash(scope string, data []byte) []byte
}

// Subjects gives tokens that name a person, and reads them again. Our own tokens are checked without asking the
// database, but for whether the face that they were given for is still open, which is remembered.
type Subjects struct {
	keys   *Keys
	faces  *Faces
	vault  Vault
	parser *jwt.Parser
}

// NewSubjects shares the memory of keys.
func NewSubjects(keys *Keys, vault Vault) *Subjects {
	return &Subjects{
		keys: keys, faces: NewFaces(keys), vault: vault,
		parser: jwt.NewParser(jwt.WithValidMethods([]string{HS256, HS512}), jwt.WithAudience(ourAudience),
			jwt.WithExpirationRequired(), jwt.WithTimeFunc(keys.world.Now), jwt.WithStrictDecoding()),
	}
}

// SubjectToken asks for a token.
type SubjectToken struct {
	BusinessID string
	Sandbox    bool
	Subject    string            // the business's own id of the person: 1 to 200 characters
	Face       Face              // the face that it is good at and that must stay open; "" = any
	ClientID   string            // the face's client that must stay enabled; "" = any of the business
	Roles      []string          // told to the client, never believed
	Claims     map[string]string // further claims, with names that are not ours
	Life       time.Duration     // at most 30 days; 0 = 1 hour
	Algorithm  string            // HS256, the default, or HS512
}

// Subject is whom a token names.
type Subject struct {
	BusinessID string
	Sandbox    bool
	Subject    string
	Face       Face // "" = any
	ClientID   string
	Claims     map[string]string // those that are texts, ours left out
	ExpiresAt  time.Time
}

// Key is a text that no other subject has.
func (s *Subject) Key() string {
	if s.Sandbox {
		return s.BusinessID + "/test/" + s.Subject
	}
	return s.BusinessID + "/live/" + s.Subject
}

// At tells whether the token is good at a face.
func (s *Subject) At(face Face) bool { return s.Face == "" || s.Face == face }

// reserved are the claims that mean something to us.
var reserved = []string{"sub", "aud", "iss", "iat", "nbf", "exp", "jti", "env", "face", "client", "roles"}

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
	if t.Face != "" {
		claims["face"] = string(t.Face)
	}
	if t.ClientID != "" {
		claims["client"] = t.ClientID
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
	if err := checkID(t.BusinessID); err != nil {
		return err
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

// CheckSubject takes a business's own id of a person: 1 to 200 characters, none of them a control character.
func CheckSubject(text string) error {
	for _, r := range text {
		if r < ' ' || r == utf8.RuneError {
			return models.BadField("subject", "subject must not hold control characters")
		}
	}
	if text == "" || utf8.RuneCountInString(text) > maxSubject {
		return models.BadField("subject", "subject must be 1 to 200 characters")
	}
	return nil
}

// Read tells whom a token names. One that is malformed, forged or has run out, or whose face is closed, is Unauthorized,
// always in the same words.
func (s *Subjects) Read(ctx context.Context, token string) (*Subject, error) {
	business, ok := keyOf(token)
	if !ok {
		return nil, tokenRefusal()
	}
	return s.readOwn(ctx, business, token)
}

func (s *Subjects) readOwn(ctx context.Context, business, token string) (*Subject, error) {
	claims := jwt.MapClaims{}
	_, err := s.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		return s.key(business, t.Method.Alg()), nil
	})
	if err != nil {
		return nil, tokenRefusal()
	}
	found := subjectOf(claims)
	found.BusinessID = business
	if CheckSubject(found.Subject) != nil {
		return nil, tokenRefusal()
	}
	if found.Face == "" {
		return found, nil
	}
	clients, err := s.faces.open(ctx, business, found.Face)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(clients, found.givenFor) {
		return nil, tokenRefusal()
	}
	return found, nil
}

// givenFor tells whether a client is one that the token was given for.
func (s *Subject) givenFor(c FaceClient) bool {
	return c.Sandbox == s.Sandbox && (s.ClientID == "" || s.ClientID == c.ClientID)
}

// subjectOf takes claims apart that were found to be ours.
func subjectOf(claims jwt.MapClaims) *Subject {
	text := func(name string) string {
		value, _ := claims[name].(string)
		return value
	}
	s := &Subject{
		Sandbox: text("env") == sandboxClaim, Subject: text("sub"), Face: Face(text("face")), ClientID: text("client"),
		Claims: map[string]string{},
	}
	if at, err := claims.GetExpirationTime(); err == nil && at != nil {
		s.ExpiresAt = at.UTC()
	}
	for name := range claims {
		if value := text(name); value != "" && !slices.Contains(reserved, name) {
			s.Claims[name] = value
		}
	}
	return s
}

// tokenRefusal is what everybody hears who shows a token that does not fit.
func tokenRefusal() error { return models.Fail(models.Unauthorized, "the token is not valid") }

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
	if !parts || len(token) > maxJWT {
		return "", false
	}
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil || json.Unmarshal(text, &header) != nil {
		return "", false
	}
	name := strings.Split(header.Kid, ".")
	if len(name) != 3 || name[0] != keyWord || name[2] != keyVersion || checkID(name[1]) != nil {
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
