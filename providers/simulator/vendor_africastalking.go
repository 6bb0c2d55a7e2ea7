package simulator

import "net/http"

// africasTalking answers 201 whatever became of the message; the recipient's code says it.
func africasTalking() vendor {
	const secret, user, sender = "sim-africastalking-key", "whoseline", "WHOSELINE"
	said := func(code int, status string) func(*call) reply {
		return func(c *call) reply { return africasTalkingSays(c, code, status, "0", "None") }
	}
	answers := table{
		found: func(c *call) reply {
			id := "ATXid_" + c.id(32)
			c.accept(Text{ID: id, From: c.form().Get("from"), Text: c.form().Get("message")})
			done := africasTalkingSays(c, 101, "Success", "KES 0.8000", id)
			done.billed = true
			return done
		},
		notFound:    said(404, "UnsupportedNumberType"),
		invalid:     said(403, "InvalidPhoneNumber"),
		sourceDown:  said(501, "GatewayError"),
		full:        said(406, "UserInBlacklist"),
		walletEmpty: said(405, "InsufficientBalance"),
		rateLimited: tooMany(obj{"SMSMessageData": obj{"Message": "Too many requests", "Recipients": list{}}}),
		malformed:   says(http.StatusCreated, obj{"SMSMessageData": obj{"Message": "Sent to 0/1 Total Cost: 0", "Recipients": list{}}}),
	}
	check := func(c *call) *reply {
		switch from := c.form().Get("from"); {
		case from != "" && from != sender:
			no := africasTalkingSays(c, 402, "InvalidSenderId", "0", "None")
			return &no
		case c.form().Get("message") == "":
			return refuse(http.StatusBadRequest, page("Must have message set in the request"))
		}
		return written(e164)(c)
	}
	return vendor{
		name: "africastalking", source: telcoTexts,
		credentials: Credentials{Secret: secret, Username: user, Sender: sender},
		routes: []route{{
			pattern: "POST /version1/messaging", read: func(c *call) { c.number = c.form().Get("to") },
			admit: func(c *call) *reply {
				if same(c.Header.Get("apikey"), secret) && same(c.form().Get("username"), user) {
					return nil
				}
				return refuse(http.StatusUnauthorized, page("The supplied authentication is invalid"))
			},
			check: check, answers: answers,
		}},
	}
}

func africasTalkingSays(c *call, code int, status, cost, id string) reply {
	return reply{status: http.StatusCreated, body: obj{"SMSMessageData": obj{
		"Message":    "Sent to 1/1 Total Cost: " + cost,
		"Recipients": list{obj{"statusCode": code, "number": c.number, "status": status, "cost": cost, "messageId": id}},
	}}}
}
