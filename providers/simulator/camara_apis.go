package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// camaraAPIs are the operations about a number. Where a signal is asked, digit 0 gives the harmless answer and digit 4
// the other one.
func camaraAPIs() []camaraAPI {
	return []camaraAPI{
		{path: "/kyc-fill-in/v0.4/fill-in", scope: "kyc-fill-in:*", usual: camaraFillIn(false), full: camaraFillIn(true)},
		{
			path: "/kyc-match/v0.4/match", scope: "kyc-match:match", fields: camaraMatchFields(), check: camaraSomething,
			usual: camaraMatch, full: camaraStrictMatch,
		},
		{
			path: "/sim-swap/v2/check", scope: "sim-swap:check", fields: []string{"maxAge"}, check: camaraMaxAge,
			usual: camaraSays(obj{"swapped": false}), full: camaraSays(obj{"swapped": true}),
		},
		{
			path: "/sim-swap/v2/retrieve-date", scope: "sim-swap:retrieve-date",
			usual: camaraSays(obj{"latestSimChange": "2024-09-18T07:37:53.471829447Z"}),
			full:  camaraSays(obj{"latestSimChange": nil, "monitoredPeriod": 120}),
		},
		{
			path: "/kyc-tenure/v0.2/check-tenure", scope: "kyc-tenure:check-tenure", fields: []string{"tenureDate"},
			check: camaraPast("tenureDate"),
			usual: camaraSays(obj{"tenureDateCheck": true, "contractType": "PAYM"}),
			full:  camaraSays(obj{"tenureDateCheck": false, "contractType": "PAYG"}),
		},
		{
			path: "/number-recycling/v0.2/check", scope: "number-recycling:check", fields: []string{"specifiedDate"},
			check: camaraPast("specifiedDate"),
			usual: camaraSays(obj{"phoneNumberRecycled": false}), full: camaraSays(obj{"phoneNumberRecycled": true}),
		},
		{
			path: "/number-verification/v2/verify", scope: "number-verification:verify", subject: inBoth,
			fields: []string{"hashedPhoneNumber"}, check: camaraOneNumber, usual: camaraVerify, full: camaraVerify,
		},
		{
			path: "/one-time-password-sms/v1/send-code", scope: otpScope, subject: inBody, unknown: "NOT_FOUND",
			fields: []string{"message"}, check: camaraMessage, usual: camaraSend, full: camaraSend,
		},
	}
}

func camaraSays(body obj) func(*call) reply {
	return func(*call) reply { return reply{billed: true, body: body} }
}

// camaraFillIn gives what the token's scopes have bought.
func camaraFillIn(complete bool) func(*call) reply {
	return func(c *call) reply {
		p := c.owner()
		granted, _ := c.sim.tokens.of(c)
		all := obj{
			"phoneNumber": c.number, "idDocument": p.NIN, "idDocumentType": "national_id_card", "name": p.full(),
			"givenName": p.First, "familyName": p.Last, "middleNames": p.Middle, "birthdate": p.Born, "gender": upper(p.Gender),
		}
		if complete {
			for name, value := range camaraAddress(p) {
				all[name] = value
			}
		}
		for name := range all {
			if !granted.allows("kyc-fill-in:set-all") && !granted.allows("kyc-fill-in:"+name) {
				delete(all, name)
			}
		}
		return reply{billed: true, body: all}
	}
}

func camaraAddress(p Person) obj {
	number, street, _ := strings.Cut(p.Street, " ")
	return obj{
		"address": p.Street + ", " + p.Town, "streetName": street, "streetNumber": number, "locality": p.Town,
		"region": p.State, "country": "NG", "email": p.Email, "nationality": "NG", "countryOfBirth": "NG",
	}
}

func camaraMaxAge(c *call) *reply {
	age := c.value("maxAge")
	if !age.Exists() {
		return nil
	}
	if _, err := strconv.Atoi(age.Raw); age.Type != gjson.Number || err != nil {
		return camaraBad("maxAge is not a whole number.")
	}
	if age.Int() < 1 || age.Int() > 2400 {
		return camaraError(http.StatusBadRequest, "OUT_OF_RANGE", "maxAge is not between 1 and 2400.")
	}
	return nil
}

// camaraPast wants a date that has come.
func camaraPast(field string) func(*call) *reply {
	return func(c *call) *reply {
		at, err := time.Parse(time.DateOnly, c.text(field))
		if err != nil {
			return camaraBad(field + " is not a date.")
		}
		if at.After(c.now()) {
			return camaraError(http.StatusBadRequest, "OUT_OF_RANGE", field+" is in the future.")
		}
		return nil
	}
}

func camaraOneNumber(c *call) *reply {
	hashed := c.text("hashedPhoneNumber")
	if c.value("phoneNumber").Exists() == (hashed != "") {
		return camaraBad("Give phoneNumber or hashedPhoneNumber.")
	}
	if raw, err := hex.DecodeString(hashed); err != nil || hashed != "" && len(raw) != sha256.Size {
		return camaraBad("hashedPhoneNumber is no SHA-256.")
	}
	return nil
}

// camaraVerify compares the number with that of the device for which the token was granted.
func camaraVerify(c *call) reply {
	granted, _ := c.sim.tokens.of(c)
	verified := c.number == granted.subject
	if hashed := c.text("hashedPhoneNumber"); hashed != "" {
		sum := sha256.Sum256([]byte(granted.subject))
		verified = strings.EqualFold(hashed, hex.EncodeToString(sum[:]))
	}
	return reply{billed: true, body: obj{"devicePhoneNumberVerified": verified && c.digit() != full}}
}

// camaraShare gives the number of the device for which the token was granted.
func camaraShare() route {
	api := camaraAPI{
		subject: inBoth,
		usual:   func(c *call) reply { return reply{billed: true, body: obj{"devicePhoneNumber": c.number}} },
	}
	api.full = api.usual
	return route{
		pattern: "GET /number-verification/v2/device-phone-number",
		read: func(c *call) {
			granted, _ := c.sim.tokens.of(c)
			c.number, c.reference = granted.subject, c.Header.Get(correlator)
		},
		admit: camaraScope("number-verification:device-phone-number:read"), check: api.judgeSubject, answers: api.answers(),
	}
}
