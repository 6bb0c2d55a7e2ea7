package billing

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"whoseline/models"
)

// The digests make history tamper-evident. A transfer's evidence is the digest of the record that it was made for;
// its own digest covers the evidence and is keyed; a wallet's head covers every transfer in order. Sealed columns enter as
// their ciphertext, so that destroying a record's key erases the person and leaves the chain whole.
//
// A wallet keeps the state of its chain: SHA-256 over the state before and the keyed digests of what was written together.
// The last of those transfers keeps a mark: the id of the key and the SHA-256 of the state. The digests stand nowhere and no
// earlier state does, so whoever can write to the database but does not know the key can neither change a transfer nor
// take away the newest ones. Decision 013 tells more.

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

// messageEvidence is the evidence of a charge's transfer: what the money was held for, or how that ended.
func messageEvidence(c *models.MessageCharge, kind models.TransferKind) [32]byte {
	buf := text(make([]byte, 0, 256), "charge", string(kind), c.BusinessID, c.ID, c.Product)
	if kind == models.Hold {
		return sha256.Sum256(number(buf, c.Amount, stamp(c.HeldAt)))
	}
	return sha256.Sum256(number(text(buf, string(c.Status)), c.Amount, stamp(c.EndedAt)))
}

// moneyChain is the name of the chain of transfers, which its keyed digests begin with.
const moneyChain = "transfers"

// EmptyWallet is what a business begins with, in naira.
func EmptyWallet(keys models.ChainKeys, businessID string) models.Wallet {
	return models.Wallet{
		BusinessID: businessID, Currency: models.Naira, Level: models.WalletEnough,
		Head: keys.ChainStart(moneyChain, businessID), FreeHead: keys.ChainStart(freeChain, businessID),
	}
}

// signature gives the keyed digest of a transfer.
func signature(key models.ChainKey, t *models.Transfer) [32]byte {
	var space [256]byte
	return key.Sum(moneyChain, transferText(space[:0], t))
}

// unkeyedDigest is what versions before 0.2 made the chain of, and anybody can make.
func unkeyedDigest(t *models.Transfer) [32]byte {
	var space [256]byte
	return sha256.Sum256(transferText(space[:0], t))
}

// transferText is what a transfer's digest covers.
func transferText(buf []byte, t *models.Transfer) []byte {
	buf = text(buf, t.BusinessID, string(t.Kind), t.Reference, string(t.Debit), string(t.Credit))
	buf = blob(buf, t.Evidence)
	return number(buf, t.Amount, stamp(t.CreatedAt))
}

// markOf is what the last transfer of a run keeps of the state that the run led to.
func markOf(key models.ChainKey, state []byte) []byte {
	sum := sha256.Sum256(state)
	return append(key.ID(), sum[:]...)
}

// link gives the state of a chain after a run of transfers.
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
