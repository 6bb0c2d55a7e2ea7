package simulator

import (
	"net/http"
	"time"
)

// qoreidLife is how long QoreID's tokens live.
const qoreidLife = 7200 * time.Second

// qoreid compares names that the client gives with those on the register.
func (s *Simulator) qoreid() vendor {
	const id, secret = "sim-qoreid-client", "sim-qoreid-secret"
	return vendor{
		name: "qoreid", source: nimc,
		credentials: Credentials{ClientID: id, Secret: secret, TokenURL: "/token"},
		routes: []route{
			{pattern: "POST /token", again: true, plain: qoreidToken(id, secret)},
			{
				pattern: "POST /v1/ng/identities/nin-phone/{phone}",
				read:    func(c *call) { c.number = c.PathValue("phone") },
				admit: func(c *call) *reply {
					if _, ok := c.sim.tokens.of(c); ok {
						return nil
					}
					return refuse(http.StatusUnauthorized, qoreidSays(401, "Unauthorized"))
				},
				check: func(c *call) *reply {
					if c.text("firstname") == "" || c.text("lastname") == "" {
						return refuse(http.StatusBadRequest, qoreidSays(400, "firstname and lastname are required"))
					}
					return written(national)(c)
				},
				answers: qoreidAnswers(),
			},
		},
	}
}

// qoreidToken takes turns between the two ways in which the vendor has been seen to answer.
func qoreidToken(id, secret string) func(*call) reply {
	return func(c *call) reply {
		if !same(c.text("clientId"), id) || !same(c.text("secret"), secret) {
			return *refuse(http.StatusUnauthorized, qoreidSays(401, "Invalid client credentials"))
		}
		status, life := http.StatusOK, any(int(qoreidLife.Seconds()))
		if c.turn%2 == 0 {
			status, life = http.StatusCreated, "7200 secs"
		}
		granted := c.sim.tokens.issue(token{vendor: c.vendor.name, expires: c.now().Add(qoreidLife)})
		return reply{status: status, body: obj{"accessToken": granted, "expiresIn": life, "tokenType": "Bearer"}}
	}
}

func qoreidSays(status int, message string) obj {
	return obj{"status": status, "statusCode": status, "message": message, "error": http.StatusText(status)}
}

func qoreidAnswers() table {
	return table{
		found:       func(c *call) reply { return qoreidCompare(c, false) },
		notFound:    says(http.StatusNotFound, qoreidSays(404, "Phone number not found")),
		invalid:     says(http.StatusBadRequest, qoreidSays(400, "Invalid phone number")),
		sourceDown:  says(http.StatusServiceUnavailable, obj{"message": "A third party service failed"}),
		full:        func(c *call) reply { return qoreidCompare(c, true) },
		walletEmpty: says(http.StatusPaymentRequired, qoreidSays(402, "Insufficient balance")),
		rateLimited: tooMany(qoreidSays(429, "Too many requests")),
		malformed:   says(http.StatusOK, obj{"id": 0, "summary": obj{}, "status": obj{}, "nin": obj{}}),
	}
}

func qoreidCompare(c *call, complete bool) reply {
	p := c.owner()
	first, last := alike(c.text("firstname"), p.First), alike(c.text("lastname"), p.Last)
	verdict, state := "EXACT_MATCH", "verified"
	switch {
	case !first && !last:
		verdict, state = "NO_MATCH", "id_mismatch"
	case !first || !last:
		verdict = "PARTIAL_MATCH"
	}
	body := obj{
		"id":        c.serial(),
		"applicant": obj{"firstname": c.text("firstname"), "lastname": c.text("lastname")},
		"summary":   obj{"nin_check": obj{"status": verdict, "fieldMatches": obj{"firstname": first, "lastname": last}}},
		"status":    obj{"state": "complete", "status": state},
	}
	if state == "verified" {
		nin := obj{
			"nin": p.NIN, "firstname": p.First, "lastname": p.Last, "middlename": p.Middle, "phone": c.number,
			"gender": string(p.Gender[0] + 'a' - 'A'), "birthdate": p.born("02-01-2006"),
		}
		if complete {
			nin["photo"], nin["address"] = portrait, obj{"town": p.Town, "lga": p.Town, "state": p.State, "addressLine": p.Street}
		}
		body["nin"] = nin
	}
	return reply{billed: true, body: body}
}
