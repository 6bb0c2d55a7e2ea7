package views

import (
	"encoding/base64"
	"encoding/hex"

	"whoseline/billing"
)

// Checkpoint is a signed state of the books, with the business in it.
type Checkpoint struct {
	Number      int64            `json:"number"`
	At          Instant          `json:"at"`
	Root        string           `json:"root"`
	Size        int64            `json:"size"`
	Text        string           `json:"text"` // what was signed
	Signature   string           `json:"signature"`
	Fingerprint string           `json:"fingerprint"`
	PublicKey   string           `json:"publicKey,omitempty"`
	Wallet      CheckpointWallet `json:"wallet"`
}

// CheckpointWallet is the business's leaf, and the path from it to the root.
type CheckpointWallet struct {
	FirstEntry int64    `json:"firstEntry"`
	LastEntry  int64    `json:"lastEntry"`
	Book       string   `json:"book"`
	Mark       string   `json:"mark"`
	Previous   string   `json:"previous"`
	Position   int64    `json:"position"`
	Path       []string `json:"path"`
}

// CheckpointOf shows a checkpoint.
func CheckpointOf(s billing.Signed) Checkpoint {
	p := s.Shown()
	v := Checkpoint{
		Number: s.Number, At: Instant(s.At), Root: hex.EncodeToString(s.Root), Size: s.Size, Text: p.Text, Signature: p.Signature,
		Fingerprint: s.KeyID, Wallet: CheckpointWallet{
			s.Leaf.FirstEntry, s.Leaf.LastEntry, hex.EncodeToString(s.Leaf.Book), hex.EncodeToString(s.Leaf.Mark),
			hex.EncodeToString(s.Leaf.Previous), p.Position, p.Path,
		},
	}
	if s.Public != nil {
		v.PublicKey = base64.StdEncoding.EncodeToString(s.Public)
	}
	return v
}
