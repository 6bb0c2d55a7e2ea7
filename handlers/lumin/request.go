package lumin

import (
	"strings"

	"github.com/tidwall/gjson"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
)

// maxText is the most characters of any text that this dialect takes.
const maxText = 200

// session is the body of the token endpoints, as far as anything depends on it.
type session struct {
	tenantID, secret, deviceID, correlationID, requestID string
}

// readObject reads a JSON object whose members are taken in any case, as Lumin's servers take them. It gives their
// names in lower case. Of two spellings the last one counts.
func readObject(body []byte) (edge.Members, error) {
	if _, err := edge.ReadObject(body); err != nil {
		return nil, err
	}
	m := edge.Members{}
	gjson.ParseBytes(body).ForEach(func(name, value gjson.Result) bool {
		m[strings.ToLower(name.String())] = value
		return true
	})
	return m, nil
}

// sessionOf reads the body of the token endpoints: all members are strings, all but the first two may be null.
func sessionOf(body []byte) (s session, err error) {
	m, err := readObject(body)
	if err != nil {
		return s, err
	}
	var ignored string
	for _, part := range []struct {
		name     string
		into     *string
		required bool
	}{
		{"tenantId", &s.tenantID, true},
		{"tenantSecret", &s.secret, true},
		{"deviceId", &s.deviceID, false},
		{"correlationId", &s.correlationID, false},
		{"requestId", &s.requestID, false},
		{"kycRequestTypeId", &ignored, false},
		{"userId", &ignored, false},
		{"userName", &ignored, false},
	} {
		value, given := m.Given(strings.ToLower(part.name))
		if !part.required && !given {
			continue
		}
		if *part.into, err = readText(value, part.name); err != nil {
			return s, err
		}
		if part.required && *part.into == "" {
			return s, models.BadField(part.name, part.name+" is required")
		}
	}
	return s, nil
}

// claims are what the token says beside whom it names (L8). The user's id and name stay out of it.
func (s session) claims(request string) map[string]string {
	claims := map[string]string{"tenantId": s.tenantID, "requestId": request}
	if s.deviceID != "" {
		claims["deviceId"] = s.deviceID
	}
	if s.correlationID != "" {
		claims["correlationId"] = s.correlationID
	}
	return claims
}

// phoneOf reads the body of 8.1: a country code and the number as it is dialled there.
func phoneOf(body []byte) (models.Phone, error) {
	code, number, err := pair(body)
	if err != nil {
		return models.Phone{}, err
	}
	phone, err := possession.ParseApart(code, number)
	if err != nil {
		return phone, errPhone
	}
	return phone, nil
}

func pair(body []byte) (code, number string, err error) {
	m, err := readObject(body)
	if err != nil {
		return "", "", err
	}
	if code, err = readText(m["code"], "code"); err != nil {
		return "", "", err
	}
	number, err = readText(m["phonenumber"], "phoneNumber")
	return code, number, err
}

// defaultOf reads the body of 8.5: a number as 8.4 gives it.
func defaultOf(body []byte) (models.Phone, error) {
	m, err := readObject(body)
	if err != nil {
		return models.Phone{}, err
	}
	text, err := readText(m["phonenumber"], "phoneNumber")
	if err != nil {
		return models.Phone{}, err
	}
	phone, err := possession.ParseInternational(text, "")
	if err != nil {
		return phone, errPhone
	}
	return phone, nil
}

// codeOf reads the body of 8.3. Any text is compared, but for none.
func codeOf(body []byte) (string, error) {
	m, err := readObject(body)
	if err != nil {
		return "", err
	}
	code, err := readText(m["otp"], "otp")
	if err == nil && code == "" {
		err = models.BadField("otp", "otp is required")
	}
	return code, err
}

// readText reads a string. A member that is missing is no string either.
func readText(value gjson.Result, name string) (string, error) {
	return edge.Bounded(value, name, maxText)
}
