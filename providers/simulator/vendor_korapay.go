package simulator

import (
	"net/http"

	"github.com/tidwall/gjson"
)

// korapay documents its success only: the refusals are inferred, told apart by their message.
func korapay() vendor {
	const secret = "sim-korapay-secret"
	admit := func(c *call) *reply {
		if same(c.Header.Get("Authorization"), "Bearer "+secret) {
			return nil
		}
		return refuse(http.StatusUnauthorized, korapaySays("Invalid authorization token"))
	}
	check := func(c *call) *reply {
		if c.value("verification_consent").Type != gjson.True {
			return refuse(http.StatusBadRequest, korapaySays("verification_consent must be true"))
		}
		return written(national)(c)
	}
	about := func(path string) route {
		return route{
			pattern: "POST " + path, read: func(c *call) { c.number = c.text("id") },
			admit: admit, check: check, answers: korapayAnswers(),
		}
	}
	return vendor{
		name: "korapay", source: reseller,
		credentials: Credentials{Secret: secret},
		// The vendor's base ends in /merchant; either base will do.
		routes: []route{about("/merchant/api/v1/identities/ng/phone"), about("/api/v1/identities/ng/phone")},
	}
}

func korapaySays(message string) obj { return obj{"status": false, "message": message} }

func korapayAnswers() table {
	owner := func(c *call) reply {
		p := c.owner()
		return reply{billed: true, body: obj{
			"status": true, "message": "Phone number verified successfully",
			"data": obj{
				"reference": "VR-" + c.id(20), "id": c.number, "id_type": "ng_phone",
				"first_name": upper(p.First), "middle_name": upper(p.Middle), "last_name": upper(p.Last),
				"full_name": upper(p.full()), "date_of_birth": p.Born, "requested_by": "API User",
			},
		}}
	}
	return table{
		found:       owner,
		notFound:    says(http.StatusNotFound, korapaySays("Phone number not found")),
		invalid:     says(http.StatusBadRequest, korapaySays("id is not a valid phone number")),
		sourceDown:  says(http.StatusServiceUnavailable, korapaySays("Service unavailable")),
		full:        owner,
		walletEmpty: says(http.StatusBadRequest, korapaySays("Insufficient balance")),
		rateLimited: tooMany(korapaySays("Too many requests")),
		malformed:   says(http.StatusOK, obj{"status": true, "message": "", "data": obj{}}),
	}
}
