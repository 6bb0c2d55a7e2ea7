package handlers

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/tidwall/gjson"

	"whoseline/models"
	"whoseline/possession"
)

// maxDigiPayText is the most characters of any text that this dialect takes.
const maxDigiPayText = 200

// digipayPerson is who a body of this dialect speaks of, and by which way.
type digipayPerson struct {
	phone   models.Phone
	kind    byte // '1' an employee, '2' a customer
	channel models.Channel
	email   string // for a code by e-mail
}

// digipayPersonOf reads the body of send_otp and login_phone. A code by e-mail needs an address.
func digipayPersonOf(body []byte) (p digipayPerson, err error) {
	m, err := object(body)
	if err != nil {
		return p, err
	}
	if p, err = digipayPersonIn(m); err != nil || p.channel != models.ChannelEmail {
		return p, err
	}
	address, err := bounded(m["email"], "email", maxDigiPayText)
	if err != nil {
		return p, err
	}
	p.email, err = possession.ParseEmail(address)
	return p, err
}

// digipayProofOf reads the body of verify_otp.
func digipayProofOf(body []byte) (p digipayPerson, code string, err error) {
	m, err := object(body)
	if err != nil {
		return p, "", err
	}
	if p, err = digipayPersonIn(m); err != nil {
		return p, "", err
	}
	if code, err = digipayText(m, "otp"); err != nil {
		return p, "", err
	}
	if _, err = digipayNumber(m, "device_type", "1", "2", "3", "android", "ios", "web"); err != nil {
		return p, "", err
	}
	for _, name := range []string{"device_id", "device_unique_id"} {
		if _, err := digipayText(m, name); err != nil {
			return p, "", err
		}
	}
	return p, code, nil
}

// digipayPersonIn reads what all bodies have (D3, D4). Numbers are taken as the vendor's own samples have them.
func digipayPersonIn(m members) (p digipayPerson, err error) {
	dial, err := digipayText(m, "dial_code")
	if err != nil {
		return p, err
	}
	number, err := digipayText(m, "phone_number")
	if err != nil {
		return p, err
	}
	if p.phone, err = possession.ParseLoose(dial, number); err != nil {
		return p, models.BadField("phone_number", "phone_number is not a phone number")
	}
	kind, err := digipayNumber(m, "user_type", "1", "2")
	if err != nil {
		return p, err
	}
	way, err := digipayNumber(m, "otp_type", "1", "2")
	if err != nil {
		return p, err
	}
	p.kind, p.channel = kind[0], models.ChannelSMS
	if way == "2" {
		p.channel = models.ChannelEmail
	}
	return p, nil
}

// digipayText reads a text that must be there.
func digipayText(m members, name string) (string, error) {
	text, err := bounded(m[name], name, maxDigiPayText)
	if err == nil && text == "" {
		err = models.BadField(name, name+" is required")
	}
	return text, err
}

// digipayNumber reads one of some whole numbers, written as a number or as a text; a name may stand for one.
func digipayNumber(m members, name string, known ...string) (string, error) {
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

// curlType is mediaType for a dialect whose documents call curl without a media type: curl then says that it is a form.
func curlType(c *fiber.Ctx) error {
	kind, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
	if strings.TrimSpace(kind) == fiber.MIMEApplicationForm {
		return anyType(c)
	}
	return mediaType(c)
}
