package access

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

const (
	maxIssuers   = 20 // of a business
	maxPerIssuer = 50 // businesses, and audiences, that share one issuer
	maxURL       = 500
	minShared    = 32 // bytes of a shared secret: as long as the hash that it keys
)

// Box seals what is small. It opens again only with the same aad.
type Box interface {
	Seal(aad string, plain []byte) []byte
	Open(aad string, sealed []byte) ([]byte, error)
}

// Issuers keeps the identity providers of businesses: whose tokens name the business's people.
type Issuers struct {
	keys *Keys
	box  Box
	safe func(jwksURL string) error
}

// NewIssuers shares the memory of keys. safe judges where a customer may send us for keys.
func NewIssuers(keys *Keys, box Box, safe func(jwksURL string) error) *Issuers {
	return &Issuers{keys: keys, box: box, safe: safe}
}

// Issuer is an identity provider of a business. It signs with keys that it publishes, or with a secret that it shares
// with us. Issuer and audience together belong to one business.
type Issuer struct {
	Issuer       string `gorm:"primaryKey"` // the claim iss, to the letter
	Audience     string `gorm:"primaryKey"` // must be among the claim aud
	BusinessID   string
	Sandbox      bool
	JWKSURL      string    `gorm:"column:jwks_url"` // "" = a shared secret
	Secret       []byte    // sealed; nil = published keys
	SubjectClaim string    // the claim that names the person
	CreatedAt    time.Time `gorm:"autoCreateTime:false"`
}

// TableName is the table of issuers.
func (Issuer) TableName() string { return "subject_issuers" }

// aad binds a secret to its issuer.
func (i Issuer) aad() string { return i.Issuer + "\n" + i.Audience }

// NewIssuer names an identity provider: by JWKSURL for RS256, ES256 and EdDSA, or by Secret for HS256.
type NewIssuer struct {
	BusinessID   string
	Issuer       string
	Audience     string
	Sandbox      bool
	JWKSURL      string
	Secret       string // 32 to 1000 bytes
	SubjectClaim string // "" = sub
}

// Set names an identity provider, or changes the one with this issuer and audience. An issuer and audience of another
// business are a Conflict.
func (i *Issuers) Set(ctx context.Context, n NewIssuer) (Issuer, error) {
	if n.SubjectClaim == "" {
		n.SubjectClaim = "sub"
	}
	if err := i.check(n); err != nil {
		return Issuer{}, err
	}
	made := Issuer{
		Issuer: n.Issuer, Audience: n.Audience, BusinessID: n.BusinessID, Sandbox: n.Sandbox, JWKSURL: n.JWKSURL,
		SubjectClaim: n.SubjectClaim, CreatedAt: i.keys.now(),
	}
	if n.Secret != "" {
		made.Secret = i.box.Seal(made.aad(), []byte(n.Secret))
	}
	err := i.keys.change(ctx, "set issuer", func(tx *gorm.DB) error {
		if _, err := businessByID(tx, n.BusinessID); err != nil {
			return err
		}
		return upsertIssuer(tx, made)
	})
	if err != nil {
		return Issuer{}, err
	}
	return made, nil
}

// List gives a business's identity providers.
func (i *Issuers) List(ctx context.Context, businessID string) (list []Issuer, err error) {
	list, err = i.keys.store.issuersOf(ctx, businessID)
	if err != nil {
		return nil, models.FaultIn("list issuers", err)
	}
	return list, nil
}

// Delete ends the trust in an identity provider of a business, for one audience or with "" for all. NotFound means that
// there is none.
func (i *Issuers) Delete(ctx context.Context, businessID, issuer, audience string) error {
	return i.keys.change(ctx, "delete issuer", func(tx *gorm.DB) error {
		return deleteIssuers(tx, Issuer{BusinessID: businessID, Issuer: issuer, Audience: audience})
	})
}

func (i *Issuers) check(n NewIssuer) error {
	if u, err := url.Parse(n.Issuer); err != nil || !models.IsVisible(strings.ReplaceAll(n.Issuer, ":", "")) || len(n.Issuer) > maxURL || u.Host == "" {
		return models.BadField("issuer", "issuer must be a URL of at most "+strconv.Itoa(maxURL)+" characters")
	}
	if err := models.CheckName("audience", n.Audience); err != nil {
		return err
	}
	if err := models.CheckName("subjectClaim", n.SubjectClaim); err != nil {
		return err
	}
	switch {
	case (n.JWKSURL == "") == (n.Secret == ""):
		return models.BadField("jwksUrl", "an issuer has either the URL of its keys or a secret")
	case n.Secret != "" && (len(n.Secret) < minShared || len(n.Secret) > 1000):
		return models.BadField("secret", "secret must be 32 to 1000 bytes")
	case n.JWKSURL != "" && len(n.JWKSURL) > maxURL:
		return models.BadField("jwksUrl", "jwksUrl must be at most "+strconv.Itoa(maxURL)+" characters")
	case n.JWKSURL != "":
		return i.safe(n.JWKSURL)
	}
	return nil
}

// trusted are the identity providers that use one name.
type trusted struct{ issuers []Issuer }

func (m *memory) trustedIssuers() *generation[trusted] { return &m.issuers }

// named gives the identity providers of all businesses that use a name.
func (k *Keys) named(ctx context.Context, issuer string) ([]Issuer, error) {
	if !models.IsVisible(strings.ReplaceAll(issuer, ":", "")) || len(issuer) > maxURL {
		return nil, nil
	}
	found, err := recall(ctx, k, (*memory).trustedIssuers, digestOfAll("issuer", issuer), func(ctx context.Context) (*trusted, error) {
		list, err := k.store.issuersNamed(ctx, issuer)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return &trusted{list}, nil
	})
	if err != nil {
		return nil, models.FaultIn("read issuers", err)
	}
	if found == nil {
		return nil, nil
	}
	return found.issuers, nil
}
