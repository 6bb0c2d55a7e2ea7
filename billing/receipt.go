package billing

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"whoseline/models"
)

// Proof shows that a transfer of a lookup is in the books, to whoever has the public key and nothing else. Bytes are in hexadecimal, the key and
// the signature in base64.
type Proof struct {
	Version    string          `json:"version"` // proofVersion
	Transfer   ProofTransfer   `json:"transfer"`
	Wallet     ProofWallet     `json:"wallet"`
	Checkpoint ProofCheckpoint `json:"checkpoint"`
	PublicKey  string          `json:"publicKey"`
}

const proofVersion = "whoseline-receipt-1"

// ProofTransfer is the transfer.
type ProofTransfer struct {
	BusinessID string `json:"businessId"`
	Entry      int64  `json:"entry"`
	Kind       string `json:"kind"`
	Reference  string `json:"reference"`
	Debit      string `json:"debit"`
	Credit     string `json:"credit"`
	Amount     int64  `json:"amount"`
	Evidence   string `json:"evidence"`
	Millis     int64  `json:"createdAtMillis"` // since 1970, in UTC
}

// ProofWallet leads from the transfer to the business's leaf.
type ProofWallet struct {
	First    int64    `json:"firstEntry"`
	Last     int64    `json:"lastEntry"`
	Path     []string `json:"path"`
	Mark     string   `json:"mark"`
	Previous string   `json:"previous"`
}

// ProofCheckpoint leads from the leaf to the signature.
type ProofCheckpoint struct {
	Number    int64    `json:"number"`
	At        string   `json:"at"`
	Position  int64    `json:"position"`
	Size      int64    `json:"size"`
	Path      []string `json:"path"`
	Text      string   `json:"text"` // what was signed
	Signature string   `json:"signature"`
}

func proofOf(t models.Transfer, path []hash, l Leaf, c Checkpoint) Proof {
	return Proof{
		Version: proofVersion,
		Transfer: ProofTransfer{
			t.BusinessID, t.Seq, string(t.Kind), t.Reference, string(t.Debit), string(t.Credit), t.Amount, hex.EncodeToString(t.Evidence), stamp(t.CreatedAt),
		},
		Wallet:     ProofWallet{l.FirstEntry, l.LastEntry, hexes(path), hex.EncodeToString(l.Mark), hex.EncodeToString(l.Previous)},
		Checkpoint: c.proof(l),
	}
}

func (c Checkpoint) proof(l Leaf) ProofCheckpoint {
	return ProofCheckpoint{
		c.Number, c.At.UTC().Format(time.RFC3339), l.Position, c.Size, hexes(parted(l.Path)), string(c.text()),
		base64.StdEncoding.EncodeToString(c.Signature),
	}
}

func hexes(path []hash) []string {
	all := make([]string, len(path))
	for i, h := range path {
		all[i] = hex.EncodeToString(h[:])
	}
	return all
}

// Proven is what a proof shows.
type Proven struct {
	ProofTransfer
	Checkpoint  int64  `json:"checkpoint"`
	At          string `json:"at"`          // when it was signed
	Fingerprint string `json:"fingerprint"` // of the key that signed it
}

// CheckProof checks a proof against a public key, or with nil against the one that it brings along: then compare the fingerprint with one
// that you have from elsewhere. It asks nobody. Errors: models.Invalid.
func CheckProof(content, public []byte) (Proven, error) {
	var p Proof
	if err := json.Unmarshal(content, &p); err != nil || p.Version != proofVersion {
		return Proven{}, models.Fail(models.Invalid, "this is no receipt of the form "+proofVersion)
	}
	if public == nil {
		public, _ = base64.StdEncoding.DecodeString(p.PublicKey) // what is no key has signed nothing
	}
	if err := p.check(public); err != nil {
		return Proven{}, models.Fail(models.Invalid, "the receipt proves nothing: "+err.Error())
	}
	return Proven{p.Transfer, p.Checkpoint.Number, p.Checkpoint.At, Fingerprint(public)}, nil
}

func (p Proof) check(public []byte) error {
	var bad error
	bytesOf := func(text string) []byte {
		b, err := hex.DecodeString(text)
		bad = errors.Join(bad, err)
		return b
	}
	pathFrom := func(texts []string) (path []hash) {
		for _, text := range texts {
			b := bytesOf(text)
			if len(b) != len(hash{}) {
				bad = errPath
				return nil
			}
			path = append(path, hash(b))
		}
		return path
	}
	t := models.Transfer{
		BusinessID: p.Transfer.BusinessID, Seq: p.Transfer.Entry, Kind: models.TransferKind(p.Transfer.Kind), Reference: p.Transfer.Reference,
		Debit: models.Account(p.Transfer.Debit), Credit: models.Account(p.Transfer.Credit), Amount: p.Transfer.Amount,
		Evidence: bytesOf(p.Transfer.Evidence), CreatedAt: time.UnixMilli(p.Transfer.Millis),
	}
	w, c := p.Wallet, p.Checkpoint
	book, err := climb(leafHash(entryText(&t)), t.Seq-w.First, w.Last-w.First+1, pathFrom(w.Path))
	if err != nil {
		return fmt.Errorf("the transfer is not in the wallet: %w", err)
	}
	leaf := Leaf{BusinessID: t.BusinessID, FirstEntry: w.First, LastEntry: w.Last, Book: book[:], Mark: bytesOf(w.Mark), Previous: bytesOf(w.Previous)}
	root, err := climb(leaf.hash(), c.Position, c.Size, pathFrom(c.Path))
	if err = errors.Join(err, bad); err != nil {
		return fmt.Errorf("the wallet is not in the checkpoint: %w", err)
	}
	return c.signed(root, public)
}

// signed tells whether a key has signed the text, and the text tells of the root.
func (c ProofCheckpoint) signed(root hash, public []byte) error {
	said, err := readCheckpoint(c.Text)
	if err != nil {
		return err
	}
	said.Signature, err = base64.StdEncoding.DecodeString(c.Signature)
	switch {
	case err != nil || !said.signedBy(public):
		return errors.New("the key has not signed the checkpoint")
	case hash(said.Root) != root || said.Size != c.Size || said.Number != c.Number || said.At.Format(time.RFC3339) != c.At:
		return errors.New("the checkpoint is of something else")
	}
	return nil
}

// readCheckpoint reads what was signed. Only what text writes is read.
func readCheckpoint(written string) (c Checkpoint, err error) {
	var at, previous, next string
	_, err = fmt.Sscanf(written, "whoseline checkpoint v1\nnumber %d\nat %s\nsize %d\nroot %x\nprevious %s\nkey %s\nnext %s\n",
		&c.Number, &at, &c.Size, &c.Root, &previous, &c.KeyID, &next)
	if err == nil {
		c.At, err = time.Parse(time.RFC3339, at)
	}
	if err == nil && previous != "-" {
		c.Previous, err = hex.DecodeString(previous)
	}
	if err == nil && next != "-" {
		c.NextKey, err = base64.StdEncoding.DecodeString(next)
	}
	if err != nil || len(c.Root) != len(hash{}) || string(c.text()) != written {
		return c, errors.New("the checkpoint's text is not one")
	}
	return c, nil
}

// by adds the key.
func (p Proof) by(public []byte) Proof {
	p.PublicKey = base64.StdEncoding.EncodeToString(public)
	return p
}

// Shown is a checkpoint as proofs carry it.
func (s Signed) Shown() ProofCheckpoint { return s.proof(s.Leaf) }
