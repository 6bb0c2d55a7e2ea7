package simulator

import (
	"net/http"

	"github.com/tidwall/gjson"
)

// smileV2 only compares: it tells no names. One public client uses another path for it.
func smileV2() []route {
	admit := func(c *call) *reply {
		return smileTrusts(c.Header.Get("smileid-partner-id"), c.Header.Get("smileid-timestamp"), c.Header.Get("smileid-request-signature"))
	}
	about := func(path string) route {
		return route{
			pattern: "POST " + path, source: telcoOther, read: func(c *call) { c.number = c.text("phone_number") },
			admit: admit, check: smileMatchable, answers: smileMatchAnswers(),
		}
	}
	later := about("/v2/async-verify-phone")
	for _, digit := range []int{found, notFound, invalid, sourceDown, full} {
		later.answers[digit] = smileMatchLater(smileMatchAnswers()[digit])
	}
	return []route{about("/v2/verify-phone"), about("/v2/verify-phone-number"), later}
}

// smileMatchLater keeps the comparison for a callback. It is billed at once.
func smileMatchLater(now func(*call) reply) func(*call) reply {
	return func(c *call) reply {
		serial := smileSerial(c)
		c.sim.jobs.add("v2 "+serial, job{id: serial, serial: serial, number: c.number, body: c.body, product: "v2"})
		return reply{
			status: http.StatusAccepted, billed: now(c).billed,
			body: obj{"job_id": serial, "message": "Accepted"},
		}
	}
}

func smileMatchable(c *call) *reply {
	if c.text("country") != "NG" || !c.value("match_fields").IsObject() {
		return smileError(http.StatusBadRequest, "2413", "A parameter is missing")
	}
	return written(national)(c)
}

func smileMatchAnswers() table {
	result := func(code, message string) func(*call) reply {
		return func(c *call) reply {
			return reply{body: obj{
				"code": code, "message": message, "job_id": smileSerial(c), "job_success": false, "matched_fields": obj{},
			}}
		}
	}
	return table{
		found:       smileCompare,
		notFound:    result("1023", "Not Found"),
		invalid:     result("1014", "Unsupported phone number format"),
		sourceDown:  result("1015", "Queried Database Unavailable"),
		full:        smileCompare,
		walletEmpty: func(*call) reply { return *smileError(http.StatusPaymentRequired, "402", "Insufficient balance") },
		rateLimited: tooMany(obj{"error": "Too many requests", "code": "429"}),
		malformed:   says(http.StatusOK, obj{}),
	}
}

// smileCompare compares every field that was given with the owner's.
func smileCompare(c *call) reply {
	p, matched := c.owner(), obj{}
	all, any := true, false
	for name, truth := range map[string]string{
		"first_name": p.First, "last_name": p.Last, "other_name": p.Middle, "id_number": p.NIN,
	} {
		given := c.value("match_fields." + name)
		if given.Type != gjson.String || given.Str == "" {
			continue
		}
		hit := alike(given.Str, truth)
		matched[name], all, any = hit, all && hit, any || hit
	}
	code, message := smileVerdict(all && any, any)
	return reply{billed: true, body: obj{
		"code": code, "message": message, "job_id": smileSerial(c), "job_success": code != "1022", "matched_fields": matched,
	}}
}
