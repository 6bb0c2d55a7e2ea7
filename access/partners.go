package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// Dialect is one of the partners' dialects that prove who holds a number.
type Dialect string

// The dialects.
const (
	DialectLumin   Dialect = "lumin"
	DialectDigiPay Dialect = "digipay"
	DialectZITADEL Dialect = "zitadel"
)

const (
	maxClients  = 20  // in use at once, of one business and dialect
	maxListed   = 500 // clients of a business
	maxClientID = 200
)

// Partners keeps the credentials by which a partner's client is known: what a dialect calls tenant, company or client, and
// its secret.
type Partners struct {
	keys *Keys
}

// NewPartners shares the database and the memory of keys, so that a dialect that is disabled is closed in every process.
func NewPartners(keys *Keys) *Partners { return &Partners{keys: keys} }

// PartnerClient is one such credential. It is shared by requests: read it, never change it.
type PartnerClient struct {
	Dialect    Dialect `gorm:"column:face;primaryKey"`
	ClientID   string  `gorm:"primaryKey"`
	BusinessID string
	Sandbox    bool
	Name       string
	SecretHash []byte    // SHA-256 of the secret, which is kept nowhere
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	DisabledAt time.Time // zero = in use
}

// TableName is the table of partner clients.
func (PartnerClient) TableName() string { return "face_clients" }

// NewPartnerClient asks for a credential. ClientID and Secret may be brought along from elsewhere: a secret of 16 to 200, an id
// of 1 to 200 visible ASCII characters. Such a secret should be one that nobody can guess, as ours are.
type NewPartnerClient struct {
	BusinessID string
	Dialect    Dialect
	Sandbox    bool
	ClientID   string // "" = one is made
	Secret     string // "" = one is made
	Name       string // at most 200 characters
}

// Enable makes a credential and gives its secret, which is kept nowhere: show it once. An unknown business is NotFound,
// a client id that is in use a Conflict.
func (f *Partners) Enable(ctx context.Context, n NewPartnerClient) (client PartnerClient, secret string, err error) {
	if n.ClientID == "" {
		n.ClientID = newClientID(n.Dialect)
	}
	if n.Secret == "" {
		n.Secret = mintAs(partnerPrefix)
	}
	if err := checkPartnerClient(n); err != nil {
		return client, "", err
	}
	hash := digestOf(n.Secret)
	client = PartnerClient{
		Dialect: n.Dialect, ClientID: n.ClientID, BusinessID: n.BusinessID, Sandbox: n.Sandbox, Name: n.Name,
		SecretHash: hash[:], CreatedAt: f.keys.now(),
	}
	err = f.keys.change(ctx, "enable face", func(tx *gorm.DB) error {
		if _, err := businessByID(tx, n.BusinessID); err != nil {
			return err
		}
		return insertClient(tx, client)
	})
	if err != nil {
		return PartnerClient{}, "", err
	}
	return client, n.Secret, nil
}

// Client tells who shows a credential. An unknown client and a wrong secret are Unauthorized in the same words.
func (f *Partners) Client(ctx context.Context, dialect Dialect, clientID, secret string) (PartnerClient, error) {
	found, err := f.Known(ctx, dialect, clientID)
	if models.CodeOf(err) == models.NotFound {
		return PartnerClient{}, errClient
	}
	if err != nil {
		return PartnerClient{}, err
	}
	if hash := digestOf(secret); len(secret) > maxToken || subtle.ConstantTimeCompare(found.SecretHash, hash[:]) != 1 {
		return PartnerClient{}, errClient
	}
	return found, nil
}

// Known gives a client by its id alone. One that does not exist or is disabled is NotFound.
func (f *Partners) Known(ctx context.Context, dialect Dialect, clientID string) (PartnerClient, error) {
	missing := models.Fail(models.NotFound, "there is no such client")
	if !models.IsVisible(clientID) || len(clientID) > maxClientID {
		return PartnerClient{}, missing
	}
	found, err := recall(ctx, f.keys, (*memory).partnerClients, digestOfAll("client", string(dialect), clientID),
		func(ctx context.Context) (*PartnerClient, error) {
			client, err := f.keys.store.client(ctx, dialect, clientID)
			if err != nil || client == nil {
				return nil, err
			}
			b, err := f.keys.store.business(ctx, client.BusinessID)
			if err != nil || b.Suspended() {
				return nil, err
			}
			return client, nil
		})
	if err != nil {
		return PartnerClient{}, models.FaultIn("read face client", err)
	}
	if found == nil {
		return PartnerClient{}, missing
	}
	return *found, nil
}

// Enabled tells whether a business has a client of a dialect, in either environment.
func (f *Partners) Enabled(ctx context.Context, businessID string, dialect Dialect) (bool, error) {
	found, err := f.open(ctx, businessID, dialect)
	return len(found) > 0, err
}

// openDialect is a dialect of a business: the clients that are in use.
type openDialect struct{ clients []PartnerClient }

// open gives the clients of a business that are in use.
func (f *Partners) open(ctx context.Context, businessID string, dialect Dialect) ([]PartnerClient, error) {
	if !models.IsVisible(businessID) || len(businessID) > models.MaxID { // no database takes every text
		return nil, nil
	}
	found, err := recall(ctx, f.keys, (*memory).openDialects, digestOfAll("face", businessID, string(dialect)),
		func(ctx context.Context) (*openDialect, error) {
			b, err := f.keys.store.business(ctx, businessID)
			if models.CodeOf(err) == models.NotFound || err == nil && b.Suspended() {
				return &openDialect{}, nil
			}
			if err != nil {
				return nil, err
			}
			clients, err := f.keys.store.openClients(ctx, businessID, dialect)
			return &openDialect{clients}, err
		})
	if err != nil {
		return nil, models.FaultIn("read face", err)
	}
	return found.clients, nil
}

// List gives a business's clients of all dialects, disabled ones included, newest first.
func (f *Partners) List(ctx context.Context, businessID string) (list []PartnerClient, err error) {
	list, err = f.keys.store.clients(ctx, businessID)
	if err != nil {
		return nil, models.FaultIn("list face clients", err)
	}
	return list, nil
}

// Disable ends a business's client of a dialect, or with "" all of them, and the tokens that were given for it: here at
// once and in other processes within a second or so. NotFound when there is none in use.
func (f *Partners) Disable(ctx context.Context, businessID string, dialect Dialect, clientID string) error {
	return f.keys.change(ctx, "disable face", func(tx *gorm.DB) error {
		return disableClients(tx, PartnerClient{BusinessID: businessID, Dialect: dialect, ClientID: clientID}, f.keys.now())
	})
}

func (m *memory) partnerClients() *generation[PartnerClient] { return &m.clients }
func (m *memory) openDialects() *generation[openDialect]     { return &m.dialects }

// errClient is what everybody hears who shows a credential that does not fit.
var errClient = error(models.Fail(models.Unauthorized, "the credentials are not valid"))

func checkPartnerClient(n NewPartnerClient) error {
	switch n.Dialect {
	case DialectLumin, DialectDigiPay, DialectZITADEL:
	default:
		return models.BadField("face", "face must be lumin, digipay or zitadel")
	}
	if !models.IsVisible(n.ClientID) || len(n.ClientID) > maxClientID {
		return models.BadField("clientId", "clientId must be 1 to "+strconv.Itoa(maxClientID)+" visible ASCII characters")
	}
	if !presentable(n.Secret) {
		return models.BadField("secret", "secret must be 16 to 200 visible ASCII characters")
	}
	return models.CheckText("name", n.Name)
}

// newClientID makes an id of the look that a dialect's clients expect.
func newClientID(dialect Dialect) string {
	var chance [16]byte
	_, _ = rand.Read(chance[:]) // never fails: crypto/rand stops the program instead
	text := hex.EncodeToString(chance[:])
	if dialect == DialectLumin {
		return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
	}
	return text
}

// digestOfAll is a digest of several texts, none of which holds a zero byte.
func digestOfAll(texts ...string) digest {
	var all []byte
	for _, text := range texts {
		all = append(append(all, text...), 0)
	}
	return sha256.Sum256(all)
}
