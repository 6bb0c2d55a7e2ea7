package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// correlatorForm is the form of an x-correlator, which is sent back.
var correlatorForm = regexp.MustCompile(`^[a-zA-Z0-9-_:;./<>{}]{0,256}$`)

// camaraHome begins the numbers of the only country that this operator serves.
const camaraHome = "+234"

// camaraForm refuses what has another form than the specification says.
func camaraForm(c *call, _ string) string {
	if !correlatorForm.MatchString(c.Header.Get("x-correlator")) {
		return "bad_correlator"
	}
	return onlyFields(c, append([]string{"phoneNumber"}, c.route.Fields...))
}

func camaraFields(c *call, _ string) string { return onlyFields(c, c.route.Fields) }

// onlyFields refuses what is no object, has a field that the operation does not declare, or a text that is none.
func onlyFields(c *call, declared []string) (name string) {
	body := c.value("@this")
	if !body.IsObject() {
		return "not_object"
	}
	body.ForEach(func(field, value gjson.Result) bool {
		if !slices.Contains(declared, field.Str) {
			name = "undeclared"
		}
		if value.Type != gjson.String && field.Str != "maxAge" {
			name = "wrong_type"
		}
		return name == ""
	})
	return name
}

// camaraNumber refuses a number that stands in the wrong place. The route says where it comes from: body; both, in the token to
// be compared with the body; or else either, the body of a two-legged call or the token of a three-legged one.
func camaraNumber(c *call, _ string) string {
	granted, _ := c.sim.tokens.of(c)
	inTheBody := c.value("phoneNumber").Exists()
	switch {
	case c.route.Subject == "body" && !inTheBody:
		return "number_required"
	case c.route.Subject == "both" && granted.subject == "":
		return "not_on_mobile_network"
	case c.route.Subject == "" && granted.subject != "" && inTheBody:
		return "unnecessary_number"
	case c.number == "":
		return "missing_number"
	case !e164.MatchString(c.number):
		return "bad_number"
	case !strings.HasPrefix(c.number, camaraHome):
		return "not_applicable"
	}
	return ""
}

func camaraMaxAge(c *call, _ string) string {
	age := c.value("maxAge")
	if !age.Exists() {
		return ""
	}
	if _, err := strconv.Atoi(age.Raw); age.Type != gjson.Number || err != nil {
		return "bad_max_age"
	}
	if age.Int() < 1 || age.Int() > 2400 {
		return "max_age_out_of_range"
	}
	return ""
}

// camaraPast wants a date that has come.
func camaraPast(c *call, field string) string {
	c.note("field", field)
	at, err := time.Parse(time.DateOnly, c.text(field))
	if err != nil {
		return "no_date"
	}
	if at.After(c.now()) {
		return "future_date"
	}
	return ""
}

func camaraOneNumber(c *call, _ string) string {
	hashed := c.text("hashedPhoneNumber")
	if c.value("phoneNumber").Exists() == (hashed != "") {
		return "two_numbers"
	}
	if raw, err := hex.DecodeString(hashed); err != nil || hashed != "" && len(raw) != sha256.Size {
		return "no_hash"
	}
	return ""
}

// camaraVerify notes whether the number is that of the device for which the token was granted.
func camaraVerify(c *call, _ string, a answer) reply {
	granted, _ := c.sim.tokens.of(c)
	verified := c.number == granted.subject
	if hashed := c.text("hashedPhoneNumber"); hashed != "" {
		sum := sha256.Sum256([]byte(granted.subject))
		verified = strings.EqualFold(hashed, hex.EncodeToString(sum[:]))
	}
	c.note("verified", verified)
	return c.plain(a)
}

// camaraBought leaves of the answer what the token's scopes have bought.
func camaraBought(c *call, family string, a answer) reply {
	said := c.plain(a)
	granted, _ := c.sim.tokens.of(c)
	all := said.body.(obj) // the owner
	for name := range all {
		if !granted.allows(family+":set-all") && !granted.allows(family+":"+name) {
			delete(all, name)
		}
	}
	return said
}

// sentCode is a one-time password under way.
type sentCode struct {
	code  string
	tries int
	spent bool
}

const otpTries = 3

func camaraMessage(c *call, _ string) string {
	if message := c.text("message"); len(message) > 160 || !strings.Contains(message, "{{code}}") {
		c.note("placeholder", "{{code}}")
		return "bad_message"
	}
	return ""
}

// camaraSend sends a code, which is the last six digits of the number.
func camaraSend(c *call, _ string, a answer) reply {
	number := "000000" + canonical(c.number)
	c.sim.codes.add(c.id(36), sentCode{code: number[len(number)-6:]})
	return c.plain(a)
}

func camaraCodeTypable(c *call, _ string) string {
	if len(c.text("authenticationId")) > 36 || c.text("code") == "" || len(c.text("code")) > 10 {
		return "bad_code_form"
	}
	return ""
}

func camaraTyped(c *call, _ string, a answer) reply {
	right := false
	sent, ok := c.sim.codes.change(c.text("authenticationId"), func(sent *sentCode) {
		right = !sent.spent && sent.tries < otpTries && same(c.text("code"), sent.code)
		sent.tries++
		sent.spent = sent.spent || right
	})
	switch {
	case !ok:
		return c.say("no_code")
	case right:
		return c.plain(a)
	case sent.spent || sent.tries > otpTries:
		return c.say("spent_code")
	default:
		return c.say("wrong_code")
	}
}
