package lumin

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"whoseline/handlers/edge"
	"whoseline/models"
)

func TestEveryCodeOfPossessionHasALineInLuminsTable(t *testing.T) {
	t.Parallel()
	for _, code := range []models.Code{
		models.NumberMissing, models.NumberLimit, models.NumberTaken, models.NumberVerified, models.NumberNotVerified, models.StepDisabled,
		models.CodeNotSent, models.CodeUsed, models.CodeBurnt, models.CodeExpired, models.CodeWrong, models.TooManySends,
		models.CountryRefused, models.Invalid, models.Unauthorized, models.NotFound, models.MethodNotAllowed, models.TooLarge,
		models.UnsupportedMediaType, models.TooManyRequests, models.Busy,
	} {
		if refusals[code].status == 0 || refusals[code].message == "" {
			t.Errorf("%s has no line", code)
		}
	}
}

// blamed fails the test unless the caller is blamed, in the dialect's words.
func blamed(t *testing.T, err error) {
	t.Helper()
	if line := refusals[edge.Translate(err).Code]; line.status != 400 {
		t.Errorf("%v is answered %d", err, line.status)
	}
}

func FuzzLuminSession(f *testing.F) {
	for _, seed := range []string{
		`{"tenantId":"A9C3E5D7-4B2F-47AC-9D61-3F1B1A1E87C6","tenantSecret":"A9C3E5D7-4B2F-47AC-9D61-3F1B1A1E87C6"}`,
		`{"tenantId":"a","tenantSecret":"b","deviceId":"A9C3E5D7","correlationId":null,"requestId":"1700398203730"}`,
		`{"tenantId":"a","tenantSecret":"b","userName":"Ada","userId":"1","kycRequestTypeId":"2"}`,
		`{"tenantId":"a","tenantSecret":"b","requestId":1}`, `{"tenantId":null}`, `{"tenantId":"a\u0000","tenantSecret":"b"}`, `[]`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := sessionOf(body)
		if err != nil {
			blamed(t, err)
			return
		}
		if s.tenantID == "" || s.secret == "" {
			t.Errorf("accepted %+v", s)
		}
		for name, value := range s.claims("r") {
			if !utf8.ValidString(value) || strings.ContainsRune(value, 0) || utf8.RuneCountInString(value) > maxText {
				t.Errorf("%s: %q", name, value)
			}
		}
	})
}

func FuzzLuminPhone(f *testing.F) {
	for _, seed := range []string{
		`{"code":"20","phoneNumber":"01000000000"}`, `{"code":"+20","phoneNumber":"1 0000-00000"}`, `{"code":"20","phoneNumber":"01xxxxxxxxx"}`,
		`{"code":"234","phoneNumber":"08030000000"}`, `{"code":20,"phoneNumber":null}`, `{"code":"20","phoneNumber":"abc;ext=5"}`, `{}`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		phone, err := phoneOf(body)
		if err != nil {
			blamed(t, err)
			return
		}
		again, err := json.Marshal(map[string]string{"phoneNumber": phone.E164()})
		if err != nil {
			t.Fatal(err)
		}
		if same, err := defaultOf(again); err != nil || same != phone {
			t.Errorf("%s is not taken as the default: %v", phone.E164(), err)
		}
	})
}

func FuzzLuminDefault(f *testing.F) {
	for _, seed := range []string{
		`{"phoneNumber":"+201000000000"}`, `{"phoneNumber":"+20 100 000 0000"}`, `{"phoneNumber":"01000000000"}`, `{"phoneNumber":1}`, `{}`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		phone, err := defaultOf(body)
		if err != nil {
			blamed(t, err)
		} else if phone.IsZero() {
			t.Error("accepted no number")
		}
	})
}

func FuzzLuminCode(f *testing.F) {
	for _, seed := range []string{`{"otp":"686330"}`, `{"otp":" é"}`, `{"otp":686330}`, `{"otp":""}`, `{"otp":null}`, `{}`, `{`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		code, err := codeOf(body)
		if err != nil {
			blamed(t, err)
			return
		}
		if code == "" || !utf8.ValidString(code) || utf8.RuneCountInString(code) > maxText {
			t.Errorf("accepted %q", code)
		}
	})
}
