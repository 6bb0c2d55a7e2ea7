package webhooks

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"whoseline/models"
)

// independent is an HMAC-SHA256 written out from RFC 2104, as a receiver without our library would.
func independent(key, message []byte) []byte {
	block := make([]byte, 64)
	if copy(block, key); len(key) > 64 {
		sum := sha256.Sum256(key)
		block = append(sum[:], make([]byte, 32)...)
	}
	var inner, outer []byte
	for _, b := range block {
		inner, outer = append(inner, b^0x36), append(outer, b^0x5c)
	}
	first := sha256.Sum256(append(inner, message...))
	second := sha256.Sum256(append(outer, first[:]...))
	return second[:]
}

func standardOf(t *testing.T, secret string, r got) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 {
		t.Fatalf("the secret: %d bytes, %v", len(key), err)
	}
	signed := r.header.Get("Webhook-Id") + "." + r.header.Get("Webhook-Timestamp") + "." + r.body
	return "v1," + base64.StdEncoding.EncodeToString(independent(key, []byte(signed)))
}

func hexOf(secret string, r got) string {
	return hex.EncodeToString(independent([]byte(secret), []byte(r.body)))
}

func TestTheHexSignatureIsTheGoldenValue(t *testing.T) {
	t.Parallel()
	const body = `{"event":"identity.verification.completed","apiVersion":"v2","data":{"_id":"61b934dfaab326675cdfaab3",` +
		`"id":"61b934dfaab326675cdfaab3","status":"found"}}`
	const want = "49220a112bdb687cbb7c866c33fd5bc32540c3f23ce203769c169cac0b2431f0"
	if is := hexSignature(models.WebhookSHA256, "whsec_golden", []byte(body)); is != want {
		t.Errorf("got %s", is)
	}
}

// The values are those that the Standard Webhooks libraries test themselves with.
func TestTheStandardSignatureIsTheStandardsOwnSample(t *testing.T) {
	t.Parallel()
	is, err := standardSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
		time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; is != want || err != nil {
		t.Errorf("got %s, %v", is, err)
	}
}

func TestReceiversCanVerifyAllThreeSignatures(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		_, secret := o.endpoint("shop", at.URL)
		o.open()
		o.becomes(o.event("shop", `{"a":"é"}`), models.WebhookDelivered, 1)
		r := at.requests()[0]
		if is := r.header.Get("Webhook-Signature"); is != standardOf(t, secret, r) {
			t.Errorf("webhook-signature: %s", is)
		}
		for _, name := range []string{"x-youverify-signature", "x-yv-signature"} {
			if is := r.header.Get(name); is != hexOf(secret, r) {
				t.Errorf("%s: %s", name, is)
			}
		}
	})
}

func TestAnEndpointMayChooseSHA512(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		_, _, err := o.Create(t.Context(), NewEndpoint{BusinessID: "shop", URL: at.URL, Algorithm: models.WebhookSHA512})
		if err != nil {
			t.Fatal(err)
		}
		o.open()
		o.becomes(o.event("shop", "{}"), models.WebhookDelivered, 1)
		h := at.requests()[0].header
		if len(h.Get("X-Youverify-Signature")) != 128 || h.Get("X-Yv-Signature") != h.Get("X-Youverify-Signature") {
			t.Errorf("%v", h)
		}
	})
	// echo -n '{"a":1}' | openssl dgst -sha512 -hmac whsec_golden
	const want = "4fb8bc12c805937537f226173fe5f7f00e5eada61fe7e400a077c74e9fa3a83d0fa819ede985295bb62b7a59b70737af18f8f6979f1e6037aacf8ba3ea2957b8"
	if is := hexSignature(models.WebhookSHA512, "whsec_golden", []byte(`{"a":1}`)); is != want {
		t.Errorf("got %s", is)
	}
}

func TestWhileARotationsOverlapLastsBothSecretsVerify(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		e, old := o.endpoint("shop", at.URL)
		o.open()
		fresh, err := o.Rotate(t.Context(), "shop", e.ID, time.Hour)
		if err != nil || fresh == old || !strings.HasPrefix(fresh, "whsec_") {
			t.Fatal(fresh, err)
		}
		o.becomes(o.event("shop", "{}"), models.WebhookDelivered, 1)
		r := at.requests()[0]
		if is := r.header.Get("Webhook-Signature"); is != standardOf(t, fresh, r)+" "+standardOf(t, old, r) {
			t.Errorf("during the overlap: %s", is)
		}
		if is := r.header.Get("X-Yv-Signature"); is != hexOf(old, r) {
			t.Errorf("during the overlap: %s", is)
		}
		_, err = o.Rotate(t.Context(), "shop", e.ID, time.Hour)
		wantCode(t, "a second rotation", err, models.Conflict)
		o.script.pass(time.Hour)
		o.becomes(o.event("shop", "{}"), models.WebhookDelivered, 1)
		r = at.requests()[1]
		if r.header.Get("Webhook-Signature") != standardOf(t, fresh, r) || r.header.Get("X-Yv-Signature") != hexOf(fresh, r) {
			t.Errorf("after the overlap: %v", r.header)
		}
	})
}

func TestARotationWithoutOverlapDropsEveryOlderSecret(t *testing.T) {
	engines(t, func(t *testing.T, o *office) {
		at := answers(t, 200)
		e, _ := o.endpoint("shop", at.URL)
		if _, err := o.Rotate(t.Context(), "shop", e.ID, time.Hour); err != nil {
			t.Fatal(err)
		}
		last, err := o.Rotate(t.Context(), "shop", e.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		o.open()
		o.becomes(o.event("shop", "{}"), models.WebhookDelivered, 1)
		r := at.requests()[0]
		if r.header.Get("Webhook-Signature") != standardOf(t, last, r) || r.header.Get("X-Yv-Signature") != hexOf(last, r) {
			t.Errorf("%v", r.header)
		}
		if row, err := o.Endpoint(t.Context(), "shop", e.ID); err != nil || row.Previous != nil || !row.PreviousUntil.IsZero() {
			t.Errorf("%+v, %v", row, err)
		}
	})
}
