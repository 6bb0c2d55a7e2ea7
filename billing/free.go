package billing

import (
	"time"

	"whoseline/models"
)

// A lookup for which no money is held, of the sandbox or of price 0, moves nothing and so has no transfer. Its evidence is kept
// in a chain of its own, in the way of the transfers: numbered without a gap, under keyed digests, with a mark behind each run.

// freeStep is a row of that chain.
type freeStep struct {
	BusinessID string `gorm:"primaryKey"`
	Seq        int64  `gorm:"primaryKey;autoIncrement:false"`
	Kind       string // freeOpening or freeClosing
	Reference  string // the lookup's id
	Evidence   []byte
	Head       []byte    // nil but for the last row of those written together
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
}

// TableName is the table of the free lookups' evidence.
func (freeStep) TableName() string { return "free_evidence" }

// The kinds of evidence: what was asked, and what came of it.
const (
	freeOpening = "opening"
	freeClosing = "closing"
)

// freeChain is the name of the chain, which its keyed digests begin with.
const freeChain = "free lookups"

func newFree(l *models.Lookup, kind string, evidence [32]byte) *freeStep {
	at := l.ModifiedAt
	if kind == freeOpening {
		at = l.RequestedAt
	}
	return &freeStep{BusinessID: l.BusinessID, Kind: kind, Reference: l.ID, Evidence: evidence[:], CreatedAt: at}
}

func freeSignature(key models.ChainKey, f *freeStep) [32]byte {
	var space [256]byte
	buf := text(space[:0], f.BusinessID, f.Kind, f.Reference)
	return key.Sum(freeChain, number(blob(buf, f.Evidence), stamp(f.CreatedAt)))
}

func freeSignatures(key models.ChainKey, steps []freeStep) [][32]byte {
	digests := make([][32]byte, len(steps))
	for i := range steps {
		digests[i] = freeSignature(key, &steps[i])
	}
	return digests
}

// tell adds a step to the chain, if there is one. A chain that has not begun is left to the upgrade, which adds what is missing.
func (a *account) tell(f *freeStep) {
	if f == nil || a.FreeHead == nil {
		return
	}
	a.FreeSeq++
	step := *f
	step.Seq = a.FreeSeq
	a.free = append(a.free, step)
}
