package simulator

import (
	"net/http"
	"regexp"
	"strings"
)

// mtnTransaction is the form of a transaction id; MTN replaces what has another by one of its own.
var mtnTransaction = regexp.MustCompile(`^[A-Za-z0-9+/=-]{5,20}$`)

// mtn opens to an API key, or to a token whose grant is in the query and whose client is in the form.
func (s *Simulator) mtn() vendor {
	const id, secret = "sim-mtn-client", "sim-mtn-secret"
	who := client{id: id, secret: secret}
	admit := func(c *call) *reply {
		if same(c.Header.Get("x-api-key"), secret) {
			return nil
		}
		if _, ok := c.sim.tokens.of(c); ok {
			return nil
		}
		return refuse(http.StatusUnauthorized, mtnSays("4000", "Authentication failed"))
	}
	read := func(c *call) {
		c.number = c.PathValue("msisdn")
		if given := c.Header.Get("transactionId"); mtnTransaction.MatchString(given) {
			c.reference = given
		}
	}
	return vendor{
		name: "mtn", source: telcoMTN,
		credentials: Credentials{ClientID: id, Secret: secret, TokenURL: "/v1/oauth/access_token"},
		routes: []route{
			{pattern: "POST /v1/oauth/access_token", again: true, plain: func(c *call) reply { return mtnToken(c, who) }},
			{pattern: "GET /v1/customers/{msisdn}/kyc", read: read, admit: admit, check: written(digits), answers: mtnAnswers(mtnOwner, true)},
			{
				pattern: "POST /v1/kycVerification/customers/{msisdn}", read: read, admit: admit, check: mtnConsent,
				answers: mtnAnswers(mtnMatch, false),
			},
		},
	}
}

func mtnToken(c *call, who client) reply {
	if c.URL.Query().Get("grant_type") != "client_credentials" {
		return *oauthError(http.StatusBadRequest, "unsupported_grant_type", "the grant belongs into the query")
	}
	if no := c.sim.tokens.authenticate(c, who); no != nil {
		return *no
	}
	return c.sim.tokens.grant(c, nil, "")
}

// mtnConsent refuses who does not pass the owner's consent on.
func mtnConsent(c *call) *reply {
	if !strings.EqualFold(c.URL.Query().Get("isConsentVerified"), "true") {
		return refuse(http.StatusBadRequest, mtnSays("5001", "isConsentVerified must be TRUE"))
	}
	return written(digits)(c)
}

func mtnSays(code, message string) obj { return obj{"statusCode": code, "statusMessage": message} }

func mtnAnswers(answer func(*call) obj, enveloped bool) table {
	owner := func(c *call) reply { return reply{billed: true, body: answer(c)} }
	empty := obj{"statusCode": "0000"}
	if enveloped {
		empty = obj{"data": obj{}}
	}
	return table{
		found:       owner,
		notFound:    func(c *call) reply { return mtnError(c, http.StatusNotFound, "No message available") },
		invalid:     func(c *call) reply { return mtnError(c, http.StatusBadRequest, "Invalid MSISDN") },
		sourceDown:  says(http.StatusServiceUnavailable, mtnSays("3000", "Service not available")),
		full:        owner,
		walletEmpty: says(http.StatusForbidden, mtnSays("6001", "Insufficient funds")),
		rateLimited: tooMany(mtnSays("1013", "Request rate exceeded")),
		malformed:   says(http.StatusOK, empty),
	}
}

func mtnError(c *call, status int, message string) reply {
	return reply{status: status, body: obj{
		"timestamp": c.now().Format("2006-01-02T15:04:05.000-0700"), "status": status,
		"error": http.StatusText(status), "message": message, "path": "/customers/" + c.number,
	}}
}

func mtnOwner(c *call) obj {
	p := c.owner()
	kind := "NIN"
	if c.digit() == full {
		kind = "Passport" // whose number must not be taken for a NIN
	}
	return obj{
		"data": obj{
			"idType": kind, "idNumber": p.NIN, "dateOfBirth": p.Born, "gender": p.Gender,
			"firstName": p.First + " " + p.Middle, "lastName": p.Last,
		},
		"_links": obj{"self": obj{"href": c.base() + c.URL.Path[len("/mtn"):]}},
	}
}

func mtnMatch(c *call) obj {
	p := c.owner()
	said := obj{"statusCode": "0000", "statusMessage": "Successful"}
	for field, truth := range map[string]string{
		"firstName": p.First, "lastName": p.Last, "otherNames": p.Middle, "dateOfBirth": p.Born, "gender": p.Gender,
	} {
		if given := c.text(field); given != "" {
			said[field] = alike(given, truth)
		}
	}
	return said
}
