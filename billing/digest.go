package billing

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"whoseline/models"
)

// The digests make history tamper-evident. A transfer's evidence is the digest of the record that it was made for;
// its own digest covers the evidence; a wallet's head covers every transfer in order. Sealed columns enter as their
// ciphertext, so that destroying a record's key erases the person and leaves the chain whole.

// opening is the evidence of a hold: what was asked, by whom, on which consent.
func opening(l *models.Lookup) [32]byte {
	buf := make([]byte, 0, 1024)
	buf = text(buf, "opening", l.BusinessID, l.ID, l.KeyID, flag(l.Sandbox), flag(l.Advanced), l.Purpose, l.Notice)
	buf = blob(buf, l.NumberIndex, l.Tags, l.Request)
	return sha256.Sum256(number(buf, l.Held, stamp(l.RequestedAt)))
}

// closing is the evidence of a capture or a release: what came of it.
func closing(l *models.Lookup) [32]byte {
	buf := make([]byte, 0, 1024)
	buf = text(buf, "closing", l.BusinessID, l.ID, string(l.Status), l.Reason, l.Source, l.Attempts)
	buf = blob(buf, l.Answer)
	return sha256.Sum256(number(buf, l.Charged, stamp(l.AnsweredAt)))
}

// chargeEvidence is the evidence of a charge's transfer: what the money was held for, or how that ended.
func chargeEvidence(c *models.Charge, kind models.TransferKind) [32]byte {
	buf := text(make([]byte, 0, 256), "charge", string(kind), c.BusinessID, c.ID, c.Product)
	if kind == models.Hold {
		return sha256.Sum256(number(buf, c.Amount, stamp(c.HeldAt)))
	}
	return sha256.Sum256(number(text(buf, string(c.Status)), c.Amount, stamp(c.EndedAt)))
}

// transferDigest is what the chain of heads is made of.
func transferDigest(t *models.Transfer) [32]byte {
	var space [256]byte
	buf := text(space[:0], t.BusinessID, string(t.Kind), t.Reference, string(t.Debit), string(t.Credit))
	buf = blob(buf, t.Evidence)
	return sha256.Sum256(number(buf, t.Amount, stamp(t.CreatedAt)))
}

// link gives the head that closes a run of transfers.
func link(head []byte, digests ...[32]byte) []byte {
	hash := sha256.New()
	hash.Write(head)
	for _, d := range digests {
		hash.Write(d[:])
	}
	return hash.Sum(nil)
}

func text(buf []byte, fields ...string) []byte {
	for _, f := range fields {
		buf = binary.AppendUvarint(buf, uint64(len(f)))
		buf = append(buf, f...)
	}
	return buf
}

func blob(buf []byte, fields ...[]byte) []byte {
	for _, f := range fields {
		buf = binary.AppendUvarint(buf, uint64(len(f)))
		buf = append(buf, f...)
	}
	return buf
}

func number(buf []byte, fields ...int64) []byte {
	for _, f := range fields {
		buf = binary.BigEndian.AppendUint64(buf, uint64(f))
	}
	return buf
}

func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}
