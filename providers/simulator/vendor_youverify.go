package simulator

import (
	"net/http"

	"github.com/tidwall/gjson"
)

// verification is one of Youverify's results. It can be read again by its id, and a pending one is done after some
// polls or once its webhook was sent.
type verification struct {
	id       string
	number   string
	status   string
	advanced bool
	two      bool // two owners
	polls    int
	row      rowKey
}

// Statuses of a verification.
const (
	youverifyFound    = "found"
	youverifyNotFound = "not_found"
	youverifyPending  = "pending"
)

func (s *Simulator) youverify() vendor {
	const secret, signing = "sim-youverify-token", "sim-youverify-webhook"
	admit := func(c *call) *reply {
		if same(c.Header.Get("token"), secret) {
			return nil
		}
		return youverifyError(http.StatusForbidden, "UnauthorizedError", "Permission denied")
	}
	read := func(c *call) { c.number = c.text("mobile") }
	return vendor{
		name: "youverify", source: reseller,
		credentials: Credentials{Secret: secret, WebhookSecret: signing},
		routes: []route{
			{pattern: "POST /v2/api/identity/ng/phone", read: read, admit: admit, check: youverifyCheck, answers: youverifyAnswers(false)},
			{pattern: "POST /v2/api/identity/ng/nin-phone", read: read, admit: admit, check: youverifyCheck, answers: youverifyAnswers(true)},
			{pattern: "GET /v2/api/identity/{id}", admit: admit, plain: youverifyPoll, again: true},
		},
	}
}

func youverifyAnswers(advanced bool) table {
	return table{
		found:       youverifyKeeps(verification{status: youverifyFound, advanced: advanced}),
		notFound:    youverifyKeeps(verification{status: youverifyNotFound, advanced: advanced}),
		invalid:     func(*call) reply { return *youverifyBadNumber() },
		sourceDown:  youverifyKeeps(verification{status: youverifyPending, advanced: advanced}),
		full:        youverifyKeeps(verification{status: youverifyFound, advanced: advanced, two: true}),
		walletEmpty: func(*call) reply { return *youverifyError(402, "PaymentRequiredError", "Insufficient fund") },
		rateLimited: tooMany(obj{"success": false, "statusCode": 429, "message": "Too many requests", "name": "Error", "data": obj{}}),
		malformed:   says(http.StatusOK, obj{"success": true, "statusCode": 200, "message": "success", "data": obj{}, "links": list{}}),
	}
}

// youverifyKeeps answers with a new verification and keeps it.
func youverifyKeeps(v verification) func(*call) reply {
	return func(c *call) reply {
		v := v
		v.id, v.number, v.row = c.id(24), c.number, c.row()
		v.advanced = v.advanced || c.value("advanceSearch").Type == gjson.True
		c.sim.checked.add(v.id, v)
		if v.status == youverifyPending {
			c.sim.announce("youverify", firing{ID: v.id})
		}
		said := v.reply()
		said.billed = v.status == youverifyFound
		return said
	}
}

func youverifyCheck(c *call) *reply {
	if c.value("isSubjectConsent").Type != gjson.True {
		return youverifyError(http.StatusBadRequest, "ValidationError", "isSubjectConsent must be true")
	}
	if !national.MatchString(c.number) {
		return youverifyBadNumber()
	}
	return nil
}

func youverifyBadNumber() *reply {
	return youverifyError(http.StatusBadRequest, "ValidationError", "mobile is not a valid phone number")
}

func youverifyError(status int, name, message string) *reply {
	return refuse(status, obj{"success": false, "statusCode": status, "message": message, "name": name, "data": obj{}})
}

// youverifyPoll reads a result again. While the source is away, a pending one stays pending.
func youverifyPoll(c *call) reply {
	bill := false
	v, ok := c.sim.checked.change(c.PathValue("id"), func(v *verification) {
		if v.status != youverifyPending || c.sim.switches.sourceDown(c.source()) {
			return
		}
		v.polls++
		if v.polls >= c.sim.options.PendingPolls {
			v.status, bill = youverifyFound, true
		}
	})
	if !ok {
		return *youverifyError(http.StatusNotFound, "ResourceNotFoundError", "Identity not found")
	}
	if bill {
		c.sim.counters.bill(v.row)
	}
	return v.reply()
}

// complete ends a pending verification as the source has found it, billing it once.
func (s *Simulator) complete(id, status string) (verification, bool) {
	bill := false
	v, ok := s.checked.change(id, func(v *verification) {
		if v.status == youverifyPending {
			v.status, bill = status, status == youverifyFound
		}
	})
	if bill {
		s.counters.bill(v.row)
	}
	return v, ok
}

func (v verification) reply() reply {
	body := obj{"success": true, "statusCode": 200, "data": v.data()}
	if v.status != youverifyPending {
		body["message"], body["links"] = "success", list{}
	}
	return reply{body: body}
}

// data is a verification as the vendor shows it, in answers and in webhooks.
func (v verification) data() obj {
	switch {
	case v.status == youverifyFound && v.advanced:
		return v.record()
	case v.status == youverifyFound:
		return v.owners()
	case v.status == youverifyNotFound:
		return obj{
			"id": v.id, "status": v.status, "advanceSearch": true, "gender": "",
			"address":   obj{"town": nil, "lga": nil, "state": nil, "addressLine": nil},
			"firstName": nil, "middleName": nil, "lastName": nil, "dateOfBirth": nil, "nin": nil,
		}
	default:
		return obj{"id": v.id, "status": v.status}
	}
}

func (v verification) owners() obj {
	people := []Person{PersonOf(v.number)}
	if v.two {
		people = append(people, flatmateOf(v.number))
	}
	details := list{}
	for _, p := range people {
		details = append(details, obj{"fullName": upper(p.Last, p.First, p.Middle), "dateOfBirth": p.Born})
	}
	return obj{
		"id": v.id, "parentId": "5f0000000000000000000001", "status": v.status,
		"dataValidation": false, "selfieValidation": false, "phoneDetails": details, "isConsent": true,
		"idNumber": v.number, "type": "phone", "country": "NG",
	}
}

func (v verification) record() obj {
	p := PersonOf(v.number)
	return obj{
		"id": v.id, "status": v.status, "advanceSearch": true, "gender": p.Gender,
		"address":   obj{"town": p.Town, "lga": p.Town, "state": p.State, "addressLine": p.Street},
		"firstName": upper(p.First), "middleName": upper(p.Middle), "lastName": upper(p.Last),
		"dateOfBirth": p.Born, "nin": p.NIN, "image": "data:image/jpg;base64," + portrait,
	}
}
