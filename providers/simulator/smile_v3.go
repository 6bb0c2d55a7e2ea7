package simulator

import (
	"bytes"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/tidwall/gjson"
)

// smileV3Life is how long v3's tokens live.
const smileV3Life = 15 * time.Minute

// smileV3 accepts a form with the subject's consent in it and works in its own time.
func smileV3() []route {
	return []route{
		{pattern: "POST /v3/token", again: true, plain: smileToken},
		{
			pattern: "POST /v3/enhanced_kyc", read: func(c *call) { c.number = multipartForm(c)["id_number"] },
			admit: smileBearer, check: smileConsent, answers: smileV3Answers(),
		},
		{pattern: "GET /v3/status/{job}", again: true, admit: smileBearer, plain: smileV3Status},
	}
}

func smileV3Error(status int, message string) *reply {
	return refuse(status, obj{"status": "Error", "message": message})
}

func smileToken(c *call) reply {
	if !same(c.Header.Get("smileid-partner-id"), smilePartner) || !same(c.Header.Get("smileid-api-key"), smileKey) {
		return *smileV3Error(http.StatusUnauthorized, "Invalid partner or key")
	}
	granted := c.sim.tokens.issue(token{vendor: c.vendor.name, expires: c.now().Add(smileV3Life)})
	return reply{body: obj{"token": granted, "expires_in": int(smileV3Life.Seconds())}}
}

func smileBearer(c *call) *reply {
	if _, ok := c.sim.tokens.of(c); ok {
		return nil
	}
	return smileV3Error(http.StatusUnauthorized, "Invalid or expired token")
}

// smileConsent refuses what lacks a number or the subject's consent, and what the digit says is refused at once.
func smileConsent(c *call) *reply {
	form := multipartForm(c)
	if form["country"] != "NG" || form["id_type"] != "PHONE_NUMBER" || !national.MatchString(c.number) || lastDigit(c.number) == invalid {
		return smileV3Error(http.StatusBadRequest, "country, id_type or id_number is invalid")
	}
	for _, part := range []string{"granted_at", "notice_language", "notice_privacy_policy_url"} {
		if gjson.Get(form["consent"], part).Str == "" {
			return smileV3Error(http.StatusBadRequest, "consent is incomplete")
		}
	}
	if gjson.Get(form["consent"], "granted").Type != gjson.True {
		return smileV3Error(http.StatusBadRequest, "consent was not granted")
	}
	return nil
}

// smileV3Answers says at once what is about the call, and keeps for later what is about the number.
func smileV3Answers() table {
	answers := table{
		walletEmpty: func(*call) reply { return *smileV3Error(http.StatusPaymentRequired, "Insufficient balance") },
		rateLimited: tooMany(obj{"status": "Error", "message": "Too many requests"}),
		malformed:   says(http.StatusOK, obj{}),
	}
	for _, digit := range []int{found, notFound, invalid, sourceDown, full} {
		answers[digit] = smileAccepted
	}
	return answers
}

func smileAccepted(c *call) reply {
	serial := c.id(32)
	c.sim.jobs.add("v3 "+serial, job{id: serial, serial: serial, number: c.number, product: "v3", row: c.row()})
	return reply{status: http.StatusAccepted, body: obj{
		"status": "Accepted", "job_id": serial, "user_id": c.id(24), "created_at": c.now().Format(time.RFC3339),
	}}
}

// smileV3Status is processing for some polls; then the job is done, and billed once if it found somebody.
func smileV3Status(c *call) reply {
	id := c.PathValue("job")
	kept, ok := c.sim.jobs.change("v3 "+id, func(j *job) { j.polls++ })
	if !ok {
		return reply{status: http.StatusNotFound, body: obj{"status": "not_found", "job_id": id}}
	}
	status := "clear"
	switch {
	case kept.polls < c.sim.options.PendingPolls:
		status = "processing"
	case lastDigit(kept.number) == sourceDown || c.sim.switches.sourceDown(nimc):
		status = "error"
	case lastDigit(kept.number) == notFound:
		status = "not_found"
	case kept.polls == c.sim.options.PendingPolls:
		c.sim.counters.bill(kept.row)
	}
	return reply{body: obj{"status": status, "job_id": id}}
}

// multipartForm gives the small fields of a multipart body.
func multipartForm(c *call) map[string]string {
	fields := map[string]string{}
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return fields
	}
	form, err := multipart.NewReader(bytes.NewReader(c.body), params["boundary"]).ReadForm(maxBody)
	if err != nil {
		return fields
	}
	defer func() { _ = form.RemoveAll() }()
	for name, values := range form.Value {
		fields[name] = values[0]
	}
	return fields
}
