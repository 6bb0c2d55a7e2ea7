package simulator

import (
	"net/http"
	"strconv"
)

// twilio has numbered errors.
func twilio() vendor {
	const (
		token  = "sim-twilio-token"
		sid    = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		sender = "+15005550006"
	)
	answers := table{
		found: func(c *call) reply {
			id := "SM" + c.id(32)
			c.accept(Text{ID: id, From: c.form().Get("From"), Text: c.form().Get("Body"), Report: c.form().Get("StatusCallback")})
			return reply{billed: true, status: http.StatusCreated, body: obj{
				"sid": id, "status": "queued", "error_code": nil, "num_segments": "1", "to": c.number, "body": c.form().Get("Body"),
			}}
		},
		notFound:    twilioError(http.StatusBadRequest, 21408, "Permission to send an SMS has not been enabled for the region"),
		invalid:     twilioError(http.StatusBadRequest, 21211, "The 'To' number is not a valid phone number."),
		sourceDown:  twilioError(http.StatusServiceUnavailable, 20503, "Service unavailable"),
		full:        twilioError(http.StatusBadRequest, 21610, "Attempt to send to unsubscribed recipient"),
		walletEmpty: twilioError(http.StatusPaymentRequired, 20402, "Payment required"), // inferred
		rateLimited: tooMany(twilioBody(http.StatusTooManyRequests, 20429, "Too many requests")),
		malformed:   says(http.StatusCreated, obj{}),
	}
	check := func(c *call) *reply {
		no := twilioError(http.StatusBadRequest, 21606, "The 'From' phone number is not a message-capable number")
		if c.form().Get("Body") == "" {
			no = twilioError(http.StatusBadRequest, 21602, "A 'Body' is required")
		} else if c.form().Get("From") == sender {
			return written(e164)(c)
		}
		said := no(c)
		return &said
	}
	return vendor{
		name: "twilio", source: telcoTexts,
		credentials: Credentials{Secret: token, Username: sid, Sender: sender},
		routes: []route{{
			pattern: "POST /2010-04-01/Accounts/" + sid + "/Messages.json", read: func(c *call) { c.number = c.form().Get("To") },
			admit: func(c *call) *reply {
				if user, pass, ok := c.BasicAuth(); ok && same(user, sid) && same(pass, token) {
					return nil
				}
				return refuse(http.StatusUnauthorized, twilioBody(http.StatusUnauthorized, 20003, "Authenticate"))
			},
			check: check, answers: answers,
		}},
	}
}

func twilioBody(status, code int, message string) obj {
	return obj{"code": code, "message": message, "more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), "status": status}
}

func twilioError(status, code int, message string) func(*call) reply {
	return says(status, twilioBody(status, code, message))
}
