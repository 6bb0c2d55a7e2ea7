package simulation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// told is an event that a receiver got.
type told struct {
	biz  int
	id   string // webhook-id
	said identity
	at   time.Time
}

// receive is a business's receiver: it believes what is signed, and nothing else.
func (g *gateway) receive(r *http.Request, body []byte, _ *fault) said {
	w, biz := g.world, -1
	for i, b := range roster {
		if strings.HasSuffix(r.URL.Path, b.id) {
			biz = i
		}
	}
	if biz < 0 || !w.signed(biz, r.Header, body) {
		w.violated("events", "a receiver got what is not signed as it should be")
		return said{status: http.StatusBadRequest}
	}
	var event struct {
		Event string
		Data  identity
	}
	if err := json.Unmarshal(body, &event); err != nil || event.Data.ID == "" {
		w.violated("events", "a receiver got what it cannot read: %s", body)
	}
	w.mu.Lock()
	w.told = append(w.told, told{biz, r.Header.Get("Webhook-Id"), event.Data, time.Now()})
	w.mu.Unlock()
	w.tell("%s is told of %s: %s", roster[biz].id, event.Data.ID, event.Data.Status)
	w.judgeEvent(biz, event.Data)
	return said{status: http.StatusOK}
}

// signed computes the signatures anew.
func (w *world) signed(biz int, header http.Header, body []byte) bool {
	secret := w.secrets[biz]
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	if header.Get("X-Youverify-Signature") != hex.EncodeToString(mac.Sum(nil)) {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac = hmac.New(sha256.New, key)
	mac.Write([]byte(header.Get("Webhook-Id") + "." + header.Get("Webhook-Timestamp") + "."))
	mac.Write(body)
	return header.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
