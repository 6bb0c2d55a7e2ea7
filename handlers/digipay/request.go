package digipay

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/tidwall/gjson"

	"whoseline/handlers/edge"
	"whoseline/models"
	"whoseline/possession"
)

// maxText is the most characters of any text that this dialect takes.
const maxText = 200

// person is who a body of this dialect speaks of, and by which way.
type person struct {
	phone   models.Phone
	kind    byte // '1' an employee, '2' a customer
	channel models.Channel
	email   string // for a code by e-mail
}

// personOf reads the body of send_otp and login_phone. A code by e-mail needs an address.
func personOf(body []byte) (p person, err error) {
	m, err := edge.ReadObject(body)
	if err != nil {
		return p, err
	}
	if p, err = personIn(m); err != nil || p.channel != models.ChannelEmail {
		return p, err
	}
	address, err := edge.Bounded(m["email"], "email", maxText)
	if err != nil {
		return p, err
	}
	p.email, err = possession.ParseEmail(address)
	return p, err
}

// proofOf reads the body of verify_otp.
func proofOf(body []byte) (p person, code string, err error) {
	m, err := edge.ReadObject(body)
	if err != nil {
		return p, "", err
	}
	if p, err = personIn(m); err != nil {
		return p, "", err
	}
	if code, err = readText(m, "otp"); err != nil {
		return p, "", err
	}
	if _, err = readNumber(m, "device_type", "1", "2", "3", "android", "ios", "web"); err != nil {
		return p, "", err
	}
	for _, name := range []string{"device_id", "device_unique_id"} {
		if _, err := readText(m, name); err != nil {
			return p, "", err
		}
	}
	return p, code, nil
}

// personIn reads what all bodies have (D3, D4). Numbers are taken as the vendor's own samples have them.
func personIn(m edge.Members) (p person, err error) {
	dial, err := readText(m, "dial_code")
	if err != nil {
		return p, err
	}
	number, err := readText(m, "phone_number")
	if err != nil {
		return p, err
	}
	if p.phone, err = possession.ParseLoose(dial, number); err != nil {
		return p, models.BadField("phone_number", "phone_number is not a phone number")
	}
	kind, err := readNumber(m, "user_type", "1", "2")
	if err != nil {
		return p, err
	}
	way, err := readNumber(m, "otp_type", "1", "2")
	if err != nil {
		return p, err
	}
	p.kind, p.channel = kind[0], models.ChannelSMS
	if way == "2" {
		p.channel = models.ChannelEmail
	}
	return p, nil
}

// readText reads a text that must be there.
func readText(m edge.Members, name string) (string, error) {
	text, err := edge.Bounded(m[name], name, maxText)
	if err == nil && text == "" {
		err = models.BadField(name, name+" is required")
	}
	return text, err
}

// readNumber reads one of some whole numbers, written as a number or as a text; a name may stand for one.
func readNumber(m edge.Members, name string, known ...string) (string, error) {
	value := m[name]
	text := value.Raw
	if value.Type == gjson.String {
		text = value.String()
	}
	if value.Type != gjson.String && value.Type != gjson.Number || !slices.Contains(known, text) {
		return "", models.BadField(name, name+" is not one that is known")
	}
	return text, nil
}

// curlType is edge.JSONBody for a dialect whose documents call curl without a media type: curl then says that it is a form.
func curlType(c *fiber.Ctx) error {
	kind, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
	if strings.TrimSpace(kind) == fiber.MIMEApplicationForm {
		return edge.AnyBody(c)
	}
	return edge.JSONBody(c)
}
