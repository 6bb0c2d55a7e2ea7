package channel

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"hash"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// maxReports is how many receipts one request may hold.
const maxReports = 1000

// signedHex tells whether a signature is the hexadecimal HMAC of a body, in constant time.
func signedHex(algorithm func() hash.Hash, secret, body []byte, signature string) bool {
	given, err := hex.DecodeString(signature)
	if err != nil {
		return false
	}
	mac := hmac.New(algorithm, secret)
	mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}

// sameSecret compares a secret. The time it takes tells neither how much was right nor how long the secret is.
func sameSecret(given, wanted string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(wanted))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && wanted != ""
}

// oneReceipt is the content of a request with one receipt.
func oneReceipt(provider, id string, state models.DeliveryState) (Reported, error) {
	if id = gate.Reference(id); id == "" {
		return Reported{}, ErrUnread
	}
	return Reported{Receipts: []possession.DeliveryReport{{Provider: provider, Reference: id, State: state}}}, nil
}
