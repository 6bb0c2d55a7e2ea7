package access

import (
	"context"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"whoseline/models"
)

const (
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

// Vault makes keyed hashes that nobody can guess, of which keys for tokens are made, and seals the secrets of issuers.
type Vault interface {
	Box
	Hash(scope string, data []byte) []byte
}

// Subjects makes tokens that name a person and reads them again. It also reads the tokens of businesses' own identity
// providers. Our own are checked without the database, except whether their dialect is still open and their business served, which is
// remembered.
type Subjects struct {
	keys      *Keys
	partners  *Partners
	vault     Vault
	published PublishedKeys
	parser    *jwt.Parser
	peek      *jwt.Parser
}

// NewSubjects shares the memory of keys.
func NewSubjects(keys *Keys, vault Vault, published PublishedKeys) *Subjects {
	return &Subjects{
		keys: keys, partners: NewPartners(keys), vault: vault, published: published, peek: jwt.NewParser(),
		parser: jwt.NewParser(jwt.WithValidMethods([]string{HS256, HS512}), jwt.WithAudience(ourAudience),
			jwt.WithExpirationRequired(), jwt.WithTimeFunc(keys.world.Now), jwt.WithStrictDecoding()),
	}
}

// Subject is whom a token names.
type Subject struct {
	BusinessID string
	Sandbox    bool
	Subject    string
	Dialect    Dialect           // "" = any
	ClientID   string            // of the dialect, whose end is the token's
	Proof      models.Channel    // how the person showed themselves for it; "" = they did not
	Issuer     string            // the business's identity provider; "" = the token is ours
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

// CheckSubject takes a business's own id of a person.
func CheckSubject(text string) error { return models.CheckReference("subject", text) }

// Read tells whom a token names. One that is malformed, forged or has run out, or whose dialect is closed or whose business is suspended, is
// Unauthorized, always in the same words.
func (s *Subjects) Read(ctx context.Context, token string) (*Subject, error) {
	if len(token) > maxJWT {
		return nil, errToken
	}
	read := s.readForeign
	if business, ok := keyOf(token); ok {
		read = func(ctx context.Context, token string) (*Subject, error) { return s.readOwn(ctx, business, token) }
	}
	found, err := read(ctx, token)
	if err != nil {
		return nil, err
	}
	return found, s.served(ctx, found.BusinessID)
}

// served refuses the people of a business that is suspended.
func (s *Subjects) served(ctx context.Context, businessID string) error {
	terms, err := s.keys.Terms(ctx, businessID)
	if models.CodeOf(err) == models.NotFound || err == nil && terms.Business.Suspended() {
		return errToken
	}
	return err
}

func (s *Subjects) readOwn(ctx context.Context, business, token string) (*Subject, error) {
	claims := jwt.MapClaims{}
	_, err := s.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		return s.key(business, t.Method.Alg()), nil
	})
	if err != nil {
		return nil, errToken
	}
	found := subjectOf(claims)
	found.BusinessID = business
	if CheckSubject(found.Subject) != nil {
		return nil, errToken
	}
	if found.Dialect == "" {
		return found, nil
	}
	clients, err := s.partners.open(ctx, business, found.Dialect)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(clients, found.givenFor) {
		return nil, errToken
	}
	return found, nil
}

// givenFor tells whether a client is the one that the token was given for.
func (s *Subject) givenFor(c PartnerClient) bool {
	return c.Sandbox == s.Sandbox && s.ClientID == c.ClientID
}

// subjectOf takes claims apart that were found to be ours.
func subjectOf(claims jwt.MapClaims) *Subject {
	text := func(name string) string {
		value, _ := claims[name].(string)
		return value
	}
	s := &Subject{
		Sandbox: text("env") == sandboxClaim, Subject: text("sub"), Dialect: Dialect(text("face")), ClientID: text("client"),
		Proof:  models.Channel(text("channel")),
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

// errToken answers everybody whose token does not fit.
var errToken = error(models.Fail(models.Unauthorized, "the token is not valid"))
