package simulator

import "net/http"

// whatsapp is the Cloud API: one template, for codes. It learns of most failures only later.
func whatsapp() vendor {
	const secret, sender, template = "sim-whatsapp-token", "106540352242922", "otp_code"
	answers := table{
		found: func(c *call) reply {
			id := "wamid." + c.id(40)
			c.accept(Text{ID: id, From: sender, Text: c.text("template.components.0.parameters.0.text")})
			return reply{billed: true, body: obj{
				"messaging_product": "whatsapp", "contacts": list{obj{"input": c.number, "wa_id": c.number}}, "messages": list{obj{"id": id}},
			}}
		},
		notFound:    whatsappError(http.StatusBadRequest, 131026, "Message undeliverable"),
		invalid:     whatsappError(http.StatusBadRequest, 131026, "Message undeliverable"),
		sourceDown:  whatsappError(http.StatusServiceUnavailable, 2, "Service temporarily unavailable"),
		full:        whatsappError(http.StatusForbidden, 131031, "Account has been locked"),
		walletEmpty: whatsappError(http.StatusBadRequest, 131042, "Business eligibility payment issue"),
		rateLimited: whatsappError(http.StatusBadRequest, 131056, "(Business Account, Consumer Account) pair rate limit hit"),
		malformed:   says(http.StatusOK, obj{"messages": list{}}),
	}
	check := func(c *call) *reply {
		said := whatsappError(http.StatusNotFound, 132001, "Template name does not exist in the translation")(c)
		code := c.text("template.components.0.parameters.0.text")
		switch {
		case c.text("messaging_product") != "whatsapp" || c.text("type") != "template":
			said = whatsappError(http.StatusBadRequest, 100, "Invalid parameter")(c)
		case c.text("template.name") != template || c.text("template.language.code") != "en_US":
		case code == "" || code != c.text("template.components.1.parameters.0.text") || c.text("template.components.1.sub_type") != "url":
			said = whatsappError(http.StatusBadRequest, 132000, "Number of parameters does not match")(c)
		default:
			return written(alone)(c)
		}
		return &said
	}
	return vendor{
		name: "whatsapp", source: meta,
		credentials: Credentials{Secret: secret, Sender: sender, Template: template, WebhookSecret: "sim-whatsapp-app-secret"},
		routes: []route{{
			pattern: "POST /v21.0/" + sender + "/messages", read: func(c *call) { c.number = c.text("to") },
			admit: func(c *call) *reply {
				if same(c.Header.Get("Authorization"), "Bearer "+secret) {
					return nil
				}
				return refuse(http.StatusUnauthorized, whatsappBody(190, "Invalid OAuth access token"))
			},
			check: check, answers: answers,
		}},
	}
}

func whatsappBody(code int, message string) obj {
	return obj{"error": obj{"message": message, "type": "OAuthException", "code": code, "error_data": obj{"details": message}, "fbtrace_id": "sim"}}
}

func whatsappError(status, code int, message string) func(*call) reply {
	return says(status, whatsappBody(code, message))
}
