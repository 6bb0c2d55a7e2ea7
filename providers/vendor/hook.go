package vendor

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"time"

	"whoseline/config"
)

// hook is a vendor's way to prove that a message is genuine.
type hook struct {
	// ready tells whether the account has the settings for checking that.
	ready func(hookAccount) bool

	// open gives the part of the message that the proof covers. It compares in constant time.
	open func(hookAccount, parcel) (vouched []byte, ok bool)
}

// hooks are the schemes that a definition can name.
var hooks = map[string]hook{
	"youverify": {hasKey, openYouverify},
	"smile":     {hasKeyAndPartner, openSmile},
	"prembly":   {hasKey, openPrembly},
	"korapay":   {hasKey, openKorapay},
}

// hookAccount is what the operator shares with a vendor.
type hookAccount struct {
	key     []byte
	hash    func() hash.Hash
	partner string
}

func newHookAccount(a config.Vendor) hookAccount {
	made := hookAccount{key: []byte(a.WebhookSecret), hash: sha256.New, partner: a.PartnerID}
	if len(made.key) == 0 {
		made.key = []byte(a.Secret)
	}
	if a.WebhookHash == "sha512" {
		made.hash = sha512.New
	}
	return made
}

func hasKey(a hookAccount) bool           { return len(a.key) > 0 }
func hasKeyAndPartner(a hookAccount) bool { return len(a.key) > 0 && a.partner != "" }

// parcel is a message as it came.
type parcel struct {
	header func(name string) string
	body   []byte
	now    time.Time
}

// sealed tells whether text is the HMAC of some bytes in an encoding.
func sealed(mac hash.Hash, bytes []byte, text string, decode func(string) ([]byte, error)) bool {
	given, err := decode(text)
	mac.Write(bytes)
	return err == nil && hmac.Equal(given, mac.Sum(nil))
}

var (
	fromHex    = hex.DecodeString
	fromBase64 = base64.StdEncoding.DecodeString
)
