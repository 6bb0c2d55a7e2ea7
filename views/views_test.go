package views_test

import (
	"encoding/json"
	"testing"
	"time"

	"whoseline/models"
	"whoseline/views"
)

func TestATimeIsWrittenInUTCAndAMissingOneIsNull(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 6, 6, 7, 123_456_789, time.FixedZone("WAT", 3600))
	text, err := json.Marshal(views.KeyOf(models.Key{ID: "k", CreatedAt: at, ExpiresAt: at}, ""))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"k","businessId":"","name":"","mode":"live","hint":"","rate":0,"allowedIps":null,"scopes":null,"purposes":null,"verdictOnly":false,` +
		`"createdAt":"2026-03-04T05:06:07.123Z","expiresAt":"2026-03-04T05:06:07.123Z","revokedAt":null,"usedAt":null}`
	if string(text) != want {
		t.Errorf("%s", text)
	}
}

func TestASecretIsShownOnlyWhereItIsGiven(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", "whsec_1"} {
		shown, err := json.Marshal(views.WebhookEndpointOf(models.WebhookEndpoint{ID: "e"}, secret))
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(shown, &members); err != nil {
			t.Fatal(err)
		}
		if got, has := members["secret"]; has != (secret != "") || has && got != secret {
			t.Errorf("%s", shown)
		}
	}
}
