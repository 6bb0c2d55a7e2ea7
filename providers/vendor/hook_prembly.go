package vendor

import (
	"crypto/hmac"
	"crypto/sha256"
)

// openPrembly checks the HMAC over the body's bytes, in base64. Its key is what the vendor calls the public key: the
// operator gives it as webhook_secret.
func openPrembly(a hookAccount, p parcel) ([]byte, bool) {
	return p.body, sealed(hmac.New(sha256.New, a.key), p.body, p.header("x-prembly-signature"), fromBase64)
}
