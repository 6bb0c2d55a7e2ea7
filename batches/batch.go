// Package batches answers: what becomes of a file of numbers? Its rows are checked before any of them is asked, kept sealed, and asked
// one after the other through the same till and sources as single lookups, by whichever gateway has the batch's lease. A row has an
// idempotency key of its own, so that nothing that happens to a gateway charges for it twice.
package batches

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"log/slog"
	"strconv"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// State is how far a batch is.
type State string

// The states of a batch.
const (
	Loading State = "loading" // its rows are being stored
	Running State = "running"
	Paused  State = "paused"
	Stopped State = "stopped" // for good: what was not asked stays so
	Done    State = "done"
)

// Batch is a file of numbers, and how far it is.
type Batch struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	KeyID      string // in whose name it asks
	Sandbox    bool
	Name       string
	Token      []byte // keyed hash of the idempotency key that it was made under; nil = none
	Asked      []byte // keyed hash of what was asked for under it
	State      State
	Why        string // it is paused, or waits: a code such as insufficient_funds
	Rows       int64
	Found      int64
	NotFound   int64
	Failed     int64
	Pending    int64
	Refused    int64
	Erased     int64
	Budget     *int64 // kobo; nil = no bound
	Spent      int64  // kobo
	Held       int64  // kobo, for rows that are pending
	Pace       float64
	DataKey    []byte
	Lease      string
	LeaseUntil time.Time
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	EndedAt    time.Time
}

// TableName is the table of batches.
func (Batch) TableName() string { return "batches" }

// Waiting is how many rows have not been asked.
func (b Batch) Waiting() int64 {
	return b.Rows - b.Found - b.NotFound - b.Failed - b.Pending - b.Refused - b.Erased
}

// Left tells how long the rest takes at the present pace; 0 = nobody knows.
func (b Batch) Left() time.Duration {
	if b.State != Running || b.Pace <= 0 {
		return 0
	}
	return time.Duration(float64(b.Waiting()) / b.Pace * float64(time.Second))
}

// aad ties the batch's key, and what it seals, to where it stands.
func (b Batch) aad() string { return b.BusinessID + "/batch/" + b.ID }

// The outcomes of a row; the first means that it was not asked yet.
const (
	waiting  = ""
	found    = "found"
	notFound = "not_found"
	failed   = "failed"
	pending  = "pending"
	refused  = "refused" // its lookup was refused, such as for a consent that was withdrawn
	erased   = "erased"  // the person was erased before the row was asked, or its answer since
)

// Row is a line of the file.
type Row struct {
	BusinessID  string `gorm:"primaryKey"`
	BatchID     string `gorm:"primaryKey"`
	Number      int64  `gorm:"primaryKey;autoIncrement:false"`
	NumberIndex []byte
	Input       []byte // sealed; nil once it was asked
	Outcome     string
	Why         string // a code, where it was refused or failed
	LookupID    string
	Held        int64
	Charged     int64

	heldBefore int64 // what was stored as Held
}

// TableName is the table of rows.
func (Row) TableName() string { return "batch_rows" }

func (r Row) aad() []byte { return []byte(r.BatchID + "/row/" + strconv.FormatInt(r.Number, 10)) }

// Asker looks numbers up.
type Asker interface {
	// Check refuses what could not be asked, and gives the index of its number.
	Check(body []byte, sandbox bool) (numberIndex []byte, err error)
	// Most is what a row may cost at most, for the business and key of a batch. Errors: models.Unauthorized for a key that is no good.
	Most(ctx context.Context, b Batch) (kobo int64, err error)
	// Ask looks a row up, once under its idempotency key.
	Ask(ctx context.Context, b Batch, key string, body []byte) (Answer, error)
	// Outcomes gives what became of lookups.
	Outcomes(ctx context.Context, businessID string, ids []string) (map[string]Answer, error)
}

// Answer is what came of a row.
type Answer struct {
	LookupID string        `json:"id"`
	Status   models.Status `json:"status"`
	Held     int64         `json:"held"`
	Charged  int64         `json:"charged"`
}

// Vault makes and opens keys that seal rows.
type Vault interface {
	NewKey(aad string) (key cipher.AEAD, wrapped []byte, err error)
	OpenKey(wrapped []byte, aad string) (cipher.AEAD, error)
	Hash(purpose string, data []byte) []byte
}

// Options is what a service is made of.
type Options struct {
	DB      *gorm.DB
	Read    *gorm.DB
	World   models.World
	Vault   Vault
	Asker   Asker
	Rate    int                              // rows a second, of all batches that this gateway works on
	Abreast int                              // rows that are asked at the same time
	Keep    time.Duration                    // how long rows are kept after the end
	Made    func(tx *gorm.DB, b Batch) error // joins the transaction that lets a new batch run
	Told    func(tx *gorm.DB, b Batch) error // joins the transaction in which a batch has ended
	Log     *slog.Logger
}

// Service keeps batches and works on them.
type Service struct {
	Options
	me      string
	metrics *metrics
}

// New makes a service.
func New(o Options) *Service {
	for _, heard := range []*func(*gorm.DB, Batch) error{&o.Made, &o.Told} {
		if *heard == nil {
			*heard = func(*gorm.DB, Batch) error { return nil }
		}
	}
	return &Service{Options: o, me: rand.Text(), metrics: newMetrics()}
}

// MaxRows is how many rows a file may have.
const MaxRows = 100_000
