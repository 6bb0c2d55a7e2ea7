package simulator

import "net/http"

// sourceid documents its success only: the refusals are inferred, told apart by their message.
func sourceid() vendor {
	const secret = "sim-sourceid-key"
	return vendor{
		name: "sourceid", source: reseller,
		credentials: Credentials{Secret: secret},
		routes: []route{{
			pattern: "POST /v1/api/verification/phone",
			read:    func(c *call) { c.number, c.reference = c.text("phoneNumber"), c.text("reference") },
			admit: func(c *call) *reply {
				if same(c.Header.Get("x-api-key"), secret) {
					return nil
				}
				return refuse(http.StatusUnauthorized, sourceidSays("401", "Unauthorized"))
			},
			check: func(c *call) *reply {
				if c.reference == "" || c.text("country") != "NGA" {
					return refuse(http.StatusBadRequest, sourceidSays("400", "country and reference are required"))
				}
				return written(digits)(c)
			},
			answers: table{
				found:       func(c *call) reply { return sourceidOwner(c, c.text("verificationLevel") == "extended") },
				notFound:    says(http.StatusOK, sourceidSays("404", "Phone number not found")),
				invalid:     says(http.StatusBadRequest, sourceidSays("400", "Invalid phone number")),
				sourceDown:  says(http.StatusServiceUnavailable, sourceidSays("503", "Service unavailable")),
				full:        func(c *call) reply { return sourceidOwner(c, true) },
				walletEmpty: says(http.StatusPaymentRequired, sourceidSays("402", "Insufficient balance")),
				rateLimited: tooMany(sourceidSays("429", "Too many requests")),
				malformed:   says(http.StatusOK, obj{"status": true, "responseCode": "00", "statusCode": "200", "message": "", "data": obj{}}),
			},
		}},
	}
}

func sourceidSays(code, message string) obj {
	return obj{"status": false, "responseCode": "99", "statusCode": code, "message": message, "data": obj{}}
}

func sourceidOwner(c *call, extended bool) reply {
	p := c.owner()
	names := obj{"firstName": p.First, "lastName": p.Last, "middleName": p.Middle}
	data := obj{"names": names, "contact": obj{"phoneNumber": "+" + c.number}}
	if extended {
		names["title"] = "Mx"
		data["personalData"] = obj{"dateOfBirth": p.Born, "gender": p.Gender, "maritalStatus": "Single"}
	}
	return reply{billed: true, body: obj{
		"status": true, "responseCode": "00", "statusCode": "200",
		"message": "Phone Number verification successful", "data": data,
	}}
}
