package simulator

import "net/http"

// termiiSender is the one name that the account may send under.
const termiiSender = "Whoseline"

// termii takes its key in the body and says what is wrong in words only.
func termii() vendor {
	const secret = "sim-termii-key"
	words := func(text string) obj { return obj{"code": http.StatusBadRequest, "message": text} }
	refusal := func(text string) func(*call) reply { return says(http.StatusBadRequest, words(text)) }
	sent := func(c *call) reply {
		id := c.id(22)
		c.accept(Text{ID: id, From: c.text("from"), Text: c.text("sms")})
		return reply{billed: true, body: obj{"message_id": id, "message": "Successfully Sent", "balance": 9, "user": "Whoseline Tests"}}
	}
	answers := table{
		found:       sent,
		notFound:    refusal("Country Inactive. Contact Administrator to activate country."),
		invalid:     refusal("Invalid phone number"),
		sourceDown:  says(http.StatusServiceUnavailable, words("Service unavailable")),
		full:        refusal("DND Active on Phone Number"),
		walletEmpty: refusal("Insufficient balance"),
		rateLimited: tooMany(words("Your device has reached the daily limit")),
		malformed:   says(http.StatusOK, obj{}),
	}
	check := func(c *call) *reply {
		switch {
		case c.text("from") != termiiSender:
			return refuse(http.StatusBadRequest, words("Invalid Sender Id"))
		case c.text("channel") != "dnd":
			return refuse(http.StatusBadRequest, words("You are not set up on this route. Please Contact Administrator"))
		case c.text("type") != "plain" || c.text("sms") == "":
			return refuse(http.StatusUnprocessableEntity, words("The sms field is required."))
		}
		return written(alone)(c)
	}
	return vendor{
		name: "termii", source: telcoTexts,
		credentials: Credentials{Secret: secret, Sender: termiiSender, WebhookSecret: "sim-termii-signature"},
		routes: []route{{
			pattern: "POST /sms/send", read: func(c *call) { c.number = c.text("to") },
			admit: func(c *call) *reply {
				if same(c.text("api_key"), secret) {
					return nil
				}
				return refuse(http.StatusUnauthorized, obj{"code": http.StatusUnauthorized, "message": "Invalid API Key"})
			},
			check: check, answers: answers,
		}},
	}
}
