package digipay

import (
	"testing"
	"unicode/utf8"

	"whoseline/handlers/edge"
	"whoseline/models"
)

func TestEveryCodeOfPossessionHasALineInDigiPaysTable(t *testing.T) {
	t.Parallel()
	for _, code := range []models.Code{
		models.NumberMissing, models.NumberLimit, models.StepDisabled, models.CodeNotSent, models.CodeUsed, models.CodeBurnt, models.CodeExpired,
		models.CodeWrong, models.TooManySends, models.CountryRefused, models.ChannelRefused, models.Invalid, models.Unauthorized,
		models.NotFound, models.MethodNotAllowed, models.TooLarge, models.UnsupportedMediaType, models.TooManyRequests, models.Busy,
	} {
		if refusals[code].number == 0 || refusals[code].message == "" {
			t.Errorf("%s has no line", code)
		}
	}
}

// blamed fails the test unless the caller is blamed, in the dialect's words.
func blamed(t *testing.T, err error) {
	t.Helper()
	if line := refusals[edge.Translate(err).Code]; line.status != 400 || line.number != 1 {
		t.Errorf("%v is answered %d", err, line.status)
	}
}

func FuzzDigiPayPerson(f *testing.F) {
	for _, seed := range []string{
		`{"dial_code":"+1+1","phone_number":"555-123-4567","user_type":1,"otp_type":1,"email":"a@example.com"}`,
		`{"dial_code":"+91","phone_number":"123456789","user_type":"2","otp_type":"2","email":"a@example.com"}`,
		`{"dial_code":"+91","phone_number":"123456789","user_type":2,"otp_type":2}`, `{"dial_code":91}`, `{}`, `[]`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := personOf(body)
		if err != nil {
			blamed(t, err)
			return
		}
		if p.phone.IsZero() || p.kind != '1' && p.kind != '2' || (p.channel == models.ChannelEmail) != (p.email != "") {
			t.Errorf("accepted %+v", p)
		}
	})
}

func FuzzDigiPayProof(f *testing.F) {
	for _, seed := range []string{
		`{"dial_code":"+91","phone_number":"555-1234","user_type":2,"otp_type":2,"otp":"321465","device_type":2,"device_id":"a1b2c3","device_unique_id":"1234"}`,
		`{"dial_code":"+91","phone_number":"555-1234","user_type":2,"otp_type":2,"otp":" é","device_type":"android","device_id":"a","device_unique_id":"b"}`,
		`{"otp":321465}`, `{}`, `[]`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, code, err := proofOf(body)
		if err != nil {
			blamed(t, err)
			return
		}
		if p.phone.IsZero() || code == "" || !utf8.ValidString(code) || utf8.RuneCountInString(code) > maxText {
			t.Errorf("accepted %+v and %q", p, code)
		}
	})
}
