package vendor

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"

	"github.com/tidwall/gjson"
)

// openKorapay checks the HMAC over the serialised data, in hex. It covers nothing else of the body, so nothing else is
// passed on.
func openKorapay(a hookAccount, p parcel) ([]byte, bool) {
	if !isJSON(p.body) {
		return nil, false
	}
	var data bytes.Buffer
	if err := json.Compact(&data, []byte(gjson.GetBytes(p.body, "data").Raw)); err != nil {
		return nil, false
	}
	if !sealed(hmac.New(sha256.New, a.key), data.Bytes(), p.header("x-korapay-signature"), fromHex) {
		return nil, false
	}
	return append(append([]byte(`{"data":`), data.Bytes()...), '}'), true
}
