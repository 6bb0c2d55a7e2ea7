package simulator

import "net/http"

// prembly says everything with status 200; what it means is in response_code.
func prembly() vendor {
	const secret, app = "sim-prembly-key", "sim-prembly-app"
	admit := func(c *call) *reply {
		given := c.Header.Get("app-id") // newer contracts do without
		if same(c.Header.Get("x-api-key"), secret) && (given == "" || same(given, app)) {
			return nil
		}
		return refuse(http.StatusUnauthorized, obj{"status": false, "message": "Unauthorized: invalid API key"})
	}
	read := func(c *call) { c.number = c.text("number") }
	about := func(path string, tests map[string]int, answers table) route {
		return route{pattern: "POST " + path, read: read, admit: admit, check: written(national), answers: answers, tests: tests}
	}
	documented := map[string]int{"08082838283": found}
	return vendor{
		name: "prembly", source: nimc,
		credentials: Credentials{Secret: secret, AppID: app},
		routes: []route{
			about("/verification/phone_number", documented, premblyAnswers(premblyBasic, premblyAdvance)),
			about("/verification/phone_number/advance", documented, premblyAnswers(premblyAdvance, premblyAdvance)),
			about("/verification/phone_number/atomic/check", map[string]int{"08000000000": found}, premblyAnswers(premblyAtomic, premblyAdvance)),
			{pattern: "GET /api/v1/wallet", admit: admit, again: true, plain: says(http.StatusOK, obj{"status": true, "data": obj{"balance": 550.5}})},
		},
	}
}

func premblyAnswers(usual, record func(*call) obj) table {
	with := func(data func(*call) obj) func(*call) reply {
		return func(c *call) reply {
			return reply{billed: true, body: obj{
				"status": true, "detail": "Verification Successful", "response_code": "00", "data": data(c),
			}}
		}
	}
	return table{
		found: with(usual),
		notFound: func(c *call) reply {
			return reply{body: obj{
				"status": false, "response_code": "01", "message": "Record not found",
				"verification": obj{"reference": c.id(32)}, "session": obj{},
			}}
		},
		invalid: says(http.StatusBadRequest, obj{"status": false, "message": "Bad request: number is not a phone number"}),
		sourceDown: says(http.StatusOK, obj{
			"status": false, "detail": "Verification failed", "response_code": "02",
			"message":      "The source cannot answer now, ask again later",
			"verification": obj{"reference": ""}, "session": obj{},
		}),
		full:        with(record),
		walletEmpty: says(http.StatusOK, obj{"status": false, "response_code": "03", "detail": "Insufficient wallet balance"}),
		rateLimited: tooMany(obj{"status": false, "message": "Too many requests"}),
		malformed:   says(http.StatusOK, obj{"status": true, "response_code": "00", "data": obj{}}),
	}
}

func premblyBasic(c *call) obj {
	p := c.owner()
	return obj{
		"firstName": p.First, "surname": p.Last, "middlename": p.Middle,
		"dateOfBirth": p.Born, "phoneNumber": c.number,
	}
}

func premblyAdvance(c *call) obj {
	p := c.owner()
	return obj{
		"firstname": p.First, "surname": p.Last, "birthdate": p.Born, "gender": p.Gender, "nin": p.NIN,
		"title": "Mx", "heigth": 170, "maritalstatus": "Single", "employmentstatus": "Employed",
		"educationallevel": "Tertiary", "birthcountry": "Nigeria", "birthlga": p.Town, "birthstate": p.State,
	}
}

func premblyAtomic(c *call) obj {
	p := c.owner()
	return obj{
		"firstname": p.First, "surname": p.Last, "middlename": p.Middle, "gender": p.initial(),
		"birthcountry": "NIG", "telephoneno": c.number, "birthdate": upper(p.born("02 Jan 2006")),
	}
}
