package webhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"whoseline/models"
)

const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// mint makes a secret. As a whole it keys the hexadecimal signatures; what its base64 says keys the standard one.
func mint() string {
	var secret [secretBytes]byte
	_, _ = rand.Read(secret[:]) // never fails: crypto/rand stops the program instead
	return secretPrefix + base64.StdEncoding.EncodeToString(secret[:])
}

// standardSignature is one value of the header webhook-signature (Standard Webhooks): v1, a comma and the base64 of the
// HMAC-SHA256 over id, seconds and body, joined by dots.
func standardSignature(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return "", errors.New("the secret is not base64")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// hexSignature is the HMAC over the body alone, keyed with the secret's text, in lower-case hexadecimal.
func hexSignature(algorithm models.WebhookAlgorithm, secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	if algorithm == models.WebhookSHA512 {
		mac = hmac.New(sha512.New, []byte(secret))
	}
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
