package handlers_test

import (
	"bytes"
	"testing"

	"golang.org/x/tools/txtar"

	"whoseline/models"
	"whoseline/settings"
	"whoseline/storage"
	"whoseline/storage/storagetest"
)

// A business that is given verdicts only while its lookup waits for the code is not told the owner by confirming it.
func TestConfirmingTellsNoMoreThanReadingAgain(t *testing.T) {
	t.Parallel()
	archive := txtar.Parse([]byte(`-- world --
id 61b934dfaab326675cdfaab3
code 123456
-- setup --
business acme policy=otp_required
key acme-live-token-1 business=acme
topup 100000 business=acme
`))
	c := &conversation{
		gateway: raise(t, storagetest.MigratedURL(t, storage.SQLite), archive), running: map[string]chan answer{},
	}
	ask := func(number, text string) {
		t.Helper()
		c.play(t, number, "request", "", text)
		c.play(t, number, "response", "", "")
		if c.answer.status != 200 {
			t.Fatalf("%s: %s", number, c.answer)
		}
	}
	ask("1", "POST /v2/api/identity/ng/phone HTTP/1.1\ntoken: acme-live-token-1\n\n"+`{"mobile":"08000000000","isSubjectConsent":true}`)
	must(t, c.app.Businesses.SetSettings(t.Context(), "acme", settings.Choices{
		Release: models.DiscloseVerdict, Possession: &settings.Codes{Policy: settings.OTPRequired},
	}))
	ask("2", "POST /v1/lookups/61b934dfaab326675cdfaab3/confirm HTTP/1.1\ntoken: acme-live-token-1\n\n"+`{"code":"123456"}`)
	if !bytes.Contains(c.answer.body, []byte(`"status":"found"`)) || bytes.Contains(c.answer.body, []byte("EHICHIOYA")) {
		t.Errorf("it says %s", c.answer.body)
	}
}
