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

// Face is one of the partners' dialects that prove who holds a number.
type Face string

// The faces.
const (
	FaceLumin   Face = "lumin"
	FaceDigiPay Face = "digipay"
	FaceZITADEL Face = "zitadel"
)

const (
	maxClients  = 20  // in use at once, of one business and face
	maxListed   = 500 // clients of a business
	maxClientID = 200
)

// Faces keeps the credentials by which a partner's client is known: what a face calls tenant, company or client, and
// its secret.
type Faces struct {
	keys *Keys
}

// NewFaces shares the database and the memory of keys. A disabled face is therefore closed in every process.
func NewFaces(keys *Keys) *Faces { return &Faces{keys: keys} }

// FaceClient is one such credential. It is shared by requests: read it, never change it.
type FaceClient struct {
	Face       Face   `gorm:"primaryKey"`
	ClientID   string `gorm:"primaryKey"`
	BusinessID string
	Sandbox    bool
	Name       string
	SecretHash []byte    // SHA-256 of the secret, which is kept nowhere
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	DisabledAt time.Time // zero = in use
}

// TableName is the table of face clients.
func (FaceClient) TableName() string { return "face_clients" }

// NewFace asks for a credential. ClientID and Secret may come from elsewhere. The secret then has 16 to 200 visible
// ASCII characters and the id 1 to 200. Nobody should be able to guess it.
type NewFace struct {
	BusinessID string
	Face       Face
	Sandbox    bool
	ClientID   string // "" = one is made
	Secret     string // "" = one is made
	Name       string // at most 200 characters
}

// Enable makes a credential and gives its secret, which is kept nowhere: show it once. An unknown business is NotFound,
// a client id that is in use a Conflict.
func (f *Faces) Enable(ctx context.Context, n NewFace) (client FaceClient, secret string, err error) {
	if n.ClientID == "" {
		n.ClientID = newClientID(n.Face)
	}
	if n.Secret == "" {
		n.Secret = mintAs(facePrefix)
	}
	if err := checkFace(n); err != nil {
		return client, "", err
	}
	hash := digestOf(n.Secret)
	client = FaceClient{
		Face: n.Face, ClientID: n.ClientID, BusinessID: n.BusinessID, Sandbox: n.Sandbox, Name: n.Name,
		SecretHash: hash[:], CreatedAt: f.keys.now(),
	}
	err = f.keys.change(ctx, "enable face", func(tx *gorm.DB) error {
		if _, err := businessByID(tx, n.BusinessID); err != nil {
			return err
		}
		return insertClient(tx, client)
	})
	if err != nil {
		return FaceClient{}, "", err
	}
	return client, n.Secret, nil
}

// Client tells who shows a credential. An unknown client and a wrong secret are Unauthorized in the same words.
func (f *Faces) Client(ctx context.Context, face Face, clientID, secret string) (FaceClient, error) {
	found, err := f.Known(ctx, face, clientID)
	if models.CodeOf(err) == models.NotFound {
		return FaceClient{}, errClient
	}
	if err != nil {
		return FaceClient{}, err
	}
	if hash := digestOf(secret); len(secret) > maxToken || subtle.ConstantTimeCompare(found.SecretHash, hash[:]) != 1 {
		return FaceClient{}, errClient
	}
	return found, nil
}

// Known gives a client by its id alone. One that does not exist or is disabled is NotFound.
func (f *Faces) Known(ctx context.Context, face Face, clientID string) (FaceClient, error) {
	missing := models.Fail(models.NotFound, "there is no such client")
	if !models.IsVisible(clientID) || len(clientID) > maxClientID {
		return FaceClient{}, missing
	}
	found, err := recall(ctx, f.keys, (*memory).faceClients, digestOfAll("client", string(face), clientID),
		func(ctx context.Context) (*FaceClient, error) {
			return f.keys.store.client(ctx, face, clientID)
		})
	if err != nil {
		return FaceClient{}, models.FaultIn("read face client", err)
	}
	if found == nil {
		return FaceClient{}, missing
	}
	return *found, nil
}

// Enabled tells whether a business has a client of a face, in either environment.
func (f *Faces) Enabled(ctx context.Context, businessID string, face Face) (bool, error) {
	found, err := f.open(ctx, businessID, face)
	return len(found) > 0, err
}

// openFace is a face of a business: the clients that are in use.
type openFace struct{ clients []FaceClient }

// open gives the clients of a business that are in use.
func (f *Faces) open(ctx context.Context, businessID string, face Face) ([]FaceClient, error) {
	if !models.IsVisible(businessID) || len(businessID) > models.MaxID { // no database takes every text
		return nil, nil
	}
	found, err := recall(ctx, f.keys, (*memory).openFaces, digestOfAll("face", businessID, string(face)),
		func(ctx context.Context) (*openFace, error) {
			clients, err := f.keys.store.openClients(ctx, businessID, face)
			return &openFace{clients}, err
		})
	if err != nil {
		return nil, models.FaultIn("read face", err)
	}
	return found.clients, nil
}

// List gives a business's clients of all faces, disabled ones included, newest first.
func (f *Faces) List(ctx context.Context, businessID string) (list []FaceClient, err error) {
	list, err = f.keys.store.clients(ctx, businessID)
	if err != nil {
		return nil, models.FaultIn("list face clients", err)
	}
	return list, nil
}

// Disable ends a business's client of a face and the tokens that it was given. An empty id means all clients of the
// face. It works here at once, and in other processes within about a second. NotFound means that none is in use.
func (f *Faces) Disable(ctx context.Context, businessID string, face Face, clientID string) error {
	return f.keys.change(ctx, "disable face", func(tx *gorm.DB) error {
		return disableClients(tx, FaceClient{BusinessID: businessID, Face: face, ClientID: clientID}, f.keys.now())
	})
}

func (m *memory) faceClients() *generation[FaceClient] { return &m.clients }
func (m *memory) openFaces() *generation[openFace]     { return &m.faces }

// errClient answers everybody whose credential does not fit.
var errClient = error(models.Fail(models.Unauthorized, "the credentials are not valid"))

func checkFace(n NewFace) error {
	switch n.Face {
	case FaceLumin, FaceDigiPay, FaceZITADEL:
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

// newClientID makes an id of the look that a face's clients expect.
func newClientID(face Face) string {
	var chance [16]byte
	_, _ = rand.Read(chance[:]) // never fails: crypto/rand stops the program instead
	text := hex.EncodeToString(chance[:])
	if face == FaceLumin {
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
