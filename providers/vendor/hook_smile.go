package vendor

import (
	"crypto/hmac"
	"time"

	"github.com/tidwall/gjson"
)

// smileFresh is how far the time in a callback may be from ours. The signature covers the time and not the result: a
// signature that somebody has seen must not be of use for long.
const smileFresh = 5 * time.Minute

// openSmile checks the signature in the body, which is made like that of our own requests.
func openSmile(a hookAccount, p parcel) ([]byte, bool) {
	if !isJSON(p.body) {
		return nil, false
	}
	root := gjson.ParseBytes(p.body)
	timestamp, signature := root.Get("timestamp").String(), root.Get("signature").String()
	at, err := time.Parse(time.RFC3339, timestamp)
	fresh := err == nil && p.now.Sub(at).Abs() <= smileFresh
	given, err := fromBase64(signature)
	return p.body, err == nil && hmac.Equal(given, smileMAC(a.key, timestamp, a.partner)) && fresh
}
