package billing

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"whoseline/models"
)

// A checkpoint signs the state of all wallets that moved since the one before. Under it stands a Merkle tree of businesses, and under each
// business one of its transfers since its leaf before. The keyed chain itself is not published: whoever knows an older state of it, and can write to the
// database, could take away what came later. Decision 025 tells more.

// Checkpoint is what was signed.
type Checkpoint struct {
	Number    int64 `gorm:"primaryKey;autoIncrement:false"`
	At        time.Time
	Size      int64 // businesses in its tree
	Root      []byte
	Previous  []byte // the SHA-256 of what the checkpoint before has signed; empty for the first
	KeyID     string
	NextKey   []byte // the public key that signs from the next one on; nil = the same
	Signature []byte
}

// TableName is the table of checkpoints.
func (Checkpoint) TableName() string { return "checkpoints" }

// CheckpointKey is a key that signs them.
type CheckpointKey struct {
	ID        string `gorm:"primaryKey"`
	Public    []byte
	Sealed    []byte
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
}

// TableName is the table of those keys.
func (CheckpointKey) TableName() string { return "checkpoint_keys" }

// Leaf is a business in a checkpoint.
type Leaf struct {
	BusinessID string `gorm:"primaryKey"`
	Number     int64  `gorm:"primaryKey;autoIncrement:false"`
	Position   int64  // in the tree of businesses
	FirstEntry int64
	LastEntry  int64
	Book       []byte // the root of its transfers from the first entry to the last
	Mark       []byte // of its keyed chain at the last entry
	Previous   []byte // the hash of its leaf before; empty for the first
	Path       []byte // from the leaf to the root of the checkpoint
}

// TableName is the table of leaves.
func (Leaf) TableName() string { return "checkpoint_leaves" }

// text is what is signed: lines that anybody can write.
func (c Checkpoint) text() []byte {
	orNone := func(text string) string {
		if text == "" {
			return "-"
		}
		return text
	}
	return fmt.Appendf(nil, "whoseline checkpoint v1\nnumber %d\nat %s\nsize %d\nroot %x\nprevious %s\nkey %s\nnext %s\n", c.Number,
		c.At.UTC().Format(time.RFC3339), c.Size, c.Root, orNone(hex.EncodeToString(c.Previous)), c.KeyID,
		orNone(base64.StdEncoding.EncodeToString(c.NextKey)))
}

func (c Checkpoint) digest() []byte {
	sum := sha256.Sum256(c.text())
	return sum[:]
}

// Fingerprint names a public key: the SHA-256 of it, in hexadecimal.
func Fingerprint(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:])
}

// checkpointAAD is what a key is sealed under.
func checkpointAAD(id string) string { return "checkpoint_keys/" + id }

// signedBy tells whether a public key signed a checkpoint.
func (c Checkpoint) signedBy(public []byte) bool {
	return len(public) == ed25519.PublicKeySize && c.KeyID == Fingerprint(public) && ed25519.Verify(public, c.text(), c.Signature)
}

// entryText is what the leaf of a transfer is the hash of.
func entryText(t *models.Transfer) []byte {
	return number(transferText(make([]byte, 0, 256), t), t.Seq)
}

func (l Leaf) hash() hash {
	buf := number(text(nil, "whoseline wallet", l.BusinessID), l.FirstEntry, l.LastEntry)
	return leafHash(blob(buf, l.Book, l.Mark, l.Previous))
}

func entryName(businessID string, number int64) string {
	return businessID + "/" + strconv.FormatInt(number, 10)
}

// publicOf gives the public key of a sealed one; nil of what is no key.
func publicOf(seed []byte) []byte {
	if len(seed) != ed25519.SeedSize {
		return nil
	}
	return ed25519.NewKeyFromSeed(seed)[ed25519.SeedSize:]
}

// missingEntry is a transfer that should be there.
type missingEntry string

func (m missingEntry) Error() string { return "transfer " + string(m) + " is missing" }

func errIsMissing(err error) bool {
	var missing missingEntry
	return errors.As(err, &missing)
}

// Vault seals and opens.
type Vault interface {
	Seal(aad string, plain []byte) []byte
	Open(aad string, sealed []byte) ([]byte, error)
}
