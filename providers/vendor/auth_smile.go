package vendor

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"whoseline/config"
	"whoseline/providers/gate"
)

// smileAuth is Smile ID's signature of versions 1 and 2: an HMAC over the time, the partner and a fixed word.
type smileAuth struct {
	plainAuth
	now func() time.Time
}

func (a smileAuth) prepare(_ context.Context, v values) *Reading {
	v["timestamp"] = a.now().UTC().Format("2006-01-02T15:04:05.000Z")
	v["signature"] = base64.StdEncoding.EncodeToString(smileMAC([]byte(v["secret"]), v["timestamp"], v["partner_id"]))
	return nil
}

// smileMAC is the signature that requests and callbacks share.
func smileMAC(key []byte, timestamp, partner string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(timestamp + partner + "sid_request"))
	return mac.Sum(nil)
}

// newSmileToken fetches the token of Smile ID's version 3. Partner and key are in headers of that request.
func newSmileToken(e *Endpoint, account config.Vendor) (authoriser, error) {
	where, err := tokenURL(e, account)
	if err != nil {
		return nil, err
	}
	if err := missing(e.vars, "secret", "partner_id"); err != nil {
		return nil, err
	}
	return newTokenAuth(e, func() (gate.Call, error) {
		header := http.Header{
			"Smileid-Partner-Id": {e.vars["partner_id"]}, "Smileid-Api-Key": {e.vars["secret"]},
		}
		return gate.Call{Method: http.MethodPost, URL: where, Header: header}, nil
	}), nil
}
