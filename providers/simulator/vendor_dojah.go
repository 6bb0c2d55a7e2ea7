package simulator

import "net/http"

// dojah is asked by GET, and bills it.
func dojah() vendor {
	const secret, app = "sim-dojah-key", "sim-dojah-app"
	admit := func(c *call) *reply {
		if same(c.Header.Get("Authorization"), secret) && same(c.Header.Get("AppId"), app) {
			return nil
		}
		return refuse(http.StatusUnauthorized, obj{"error": "Unauthorized"})
	}
	about := func(path string, answers table) route {
		return route{
			pattern: "GET " + path, read: func(c *call) { c.number = c.URL.Query().Get("phone_number") },
			admit: admit, check: written(national), answers: answers, tests: map[string]int{"09011111111": found},
		}
	}
	return vendor{
		name: "dojah", source: nimc,
		credentials: Credentials{Secret: secret, AppID: app},
		routes: []route{
			about("/api/v1/kyc/phone_number/basic", dojahAnswers(dojahBasic, dojahAdvanced)),
			about("/api/v1/kyc/phone_number", dojahAnswers(dojahAdvanced, dojahOlder)),
			{pattern: "GET /api/v1/balance", admit: admit, again: true, plain: says(http.StatusOK, obj{"entity": obj{"wallet_balance": "550.50"}})},
		},
	}
}

func dojahAnswers(usual, record func(*call) obj) table {
	with := func(entity func(*call) obj) func(*call) reply {
		return func(c *call) reply { return reply{billed: true, body: obj{"entity": entity(c)}} }
	}
	return table{
		found:       with(usual),
		notFound:    says(http.StatusNotFound, obj{"error": "Result Not Found"}),
		invalid:     says(http.StatusBadRequest, obj{"error": "phone_number must be a valid phone number"}),
		sourceDown:  says(http.StatusFailedDependency, obj{"error": "Unable to reach service"}),
		full:        with(record),
		walletEmpty: says(http.StatusPaymentRequired, obj{"error": "Your balance is low, pls visit the dashboard to top up"}),
		rateLimited: tooMany(obj{}),
		malformed:   says(http.StatusOK, obj{"entity": obj{}}),
	}
}

func dojahBasic(c *call) obj {
	p := c.owner()
	return obj{
		"first_name": upper(p.First), "middle_name": upper(p.Middle), "last_name": upper(p.Last),
		"gender": p.Gender, "nationality": "NGA", "date_of_birth": p.Born, "msisdn": canonical(c.number),
	}
}

func dojahAdvanced(c *call) obj {
	p := c.owner()
	return obj{
		"first_name": upper(p.First), "middle_name": upper(p.Middle), "last_name": upper(p.Last),
		"gender": p.initial(), "date_of_birth": p.Born, "phone_number": c.number, "photo": portrait, "customer": c.id(32),
	}
}

// dojahOlder is the record as an older specification spells it.
func dojahOlder(c *call) obj {
	p := c.owner()
	return obj{
		"title": "Mx", "firstName": p.First, "middleName": p.Middle, "lastName": p.Last, "gender": p.Gender,
		"birthDate": p.born("02-01-2006"), "birthState": p.State, "maritalStatus": "Single",
		"msisdn": c.number, "nin": p.NIN, "status": 200,
	}
}
