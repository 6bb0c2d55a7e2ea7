package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// Smile's credentials here, and what it signs beside time and partner.
const (
	smilePartner = "0042" // newer products want it without the zeros
	smileKey     = "sim-smile-api-key"
	smileSigned  = "sid_request"
	smileVersion = "1.0.0"
)

// job is one of Smile's: a second one of the same id is refused, and the first one's result can be read again.
type job struct {
	id      string // the client's
	user    string
	serial  string
	number  string
	body    []byte
	product string
	row     rowKey // v3: billed when it is done
	polls   int
}

// smile has three generations of its product side by side: v1 gives the owner, v2 compares, v3 works in its own time.
func (s *Simulator) smile() vendor {
	routes := append(smileV1(), smileV2()...)
	return vendor{
		name: "smile", source: nimc,
		credentials: Credentials{PartnerID: smilePartner, Secret: smileKey},
		routes:      append(routes, smileV3()...),
	}
}

// smileSignature signs a time, in requests and in callbacks alike.
func smileSignature(timestamp, partner string) string {
	mac := hmac.New(sha256.New, []byte(smileKey))
	mac.Write([]byte(timestamp + partner + smileSigned))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func smileTrusts(partner, timestamp, signature string) *reply {
	_, err := time.Parse(time.RFC3339, timestamp)
	known := strings.TrimLeft(partner, "0") == strings.TrimLeft(smilePartner, "0")
	if err == nil && known && hmac.Equal([]byte(signature), []byte(smileSignature(timestamp, partner))) {
		return nil
	}
	return smileError(http.StatusBadRequest, "2205", "You are not authorized to do that")
}

func smileError(status int, code, message string) *reply {
	return refuse(status, obj{"error": message, "code": code})
}

func smileResult(code, text string) func(*call) reply {
	return says(http.StatusOK, obj{"ResultCode": code, "ResultText": text})
}

func smileV1() []route {
	admit := func(c *call) *reply {
		return smileTrusts(c.text("partner_id"), c.text("timestamp"), c.text("signature"))
	}
	read := func(c *call) { c.number, c.reference = c.text("id_number"), c.text("partner_params.job_id") }
	return []route{
		{pattern: "POST /v1/id_verification", read: read, admit: admit, check: smileJob, answers: smileAnswers()},
		{pattern: "POST /v1/async_id_verification", read: read, admit: admit, check: smileLater, answers: smileLaterAnswers(smileAnswers())},
		{
			pattern: "POST /v1/job_status", again: true, plain: smileStatus, admit: admit,
			read: func(c *call) { c.reference = c.text("job_id") },
		},
		{pattern: "GET /v3/services/id_status", again: true, plain: says(http.StatusOK, obj{
			"last_hour_success_rate": 100, "last_check_status": "online",
		})},
	}
}

// smileJob takes a job whose parameters are complete, unless there is one of that id.
func smileJob(c *call) *reply {
	for _, field := range []string{"country", "id_type", "id_number", "partner_params.user_id", "partner_params.job_id"} {
		if c.text(field) == "" {
			return smileError(http.StatusBadRequest, "2213", "A parameter is missing")
		}
	}
	if c.text("country") != "NG" || c.text("id_type") != "PHONE_NUMBER" {
		return refuse(http.StatusOK, obj{"ResultCode": "1016", "ResultText": "Error - Need to Activate Product"})
	}
	if digit := c.digit(); digit == walletEmpty || digit == rateLimited {
		return nil // refused before there is a job
	}
	taken := !c.sim.jobs.add("v1 "+c.reference, job{
		id: c.reference, user: c.text("partner_params.user_id"), serial: smileSerial(c), number: c.number,
		body: c.body, product: "v1",
	})
	if taken {
		return smileError(http.StatusBadRequest, "2215", "Job already exists for this job_id")
	}
	return written(national)(c)
}

func smileAnswers() table {
	return table{
		found: smileOwner(false),
		// Smile says of 1023 alone that it is free.
		notFound: func(*call) reply {
			return reply{billed: true, body: obj{"ResultCode": "1013", "ResultText": "Unable to Validate ID"}}
		},
		invalid:     smileResult("1014", "Error - Unsupported ID number format"),
		sourceDown:  smileResult("1015", "Error - Queried Database Unavailable"),
		full:        smileOwner(true),
		walletEmpty: func(*call) reply { return *smileError(http.StatusPaymentRequired, "402", "Insufficient balance") },
		rateLimited: tooMany(obj{"error": "Too many requests", "code": "429"}),
		malformed:   says(http.StatusOK, obj{}),
	}
}

// smileOwner gives the owner, or says that another name was asked about.
func smileOwner(complete bool) func(*call) reply {
	return func(c *call) reply {
		p := c.owner()
		code, text := "1012", "ID Number Validated"
		if first, last := c.text("first_name"), c.text("last_name"); first != "" || last != "" {
			code, text = smileVerdict(first == "" || alike(first, p.First), last == "" || alike(last, p.Last))
		}
		if code == "1022" {
			return reply{billed: true, body: obj{"ResultCode": code, "ResultText": text, "SmileJobID": smileSerial(c)}}
		}
		body := obj{
			"JSONVersion": "1.0.0", "SmileJobID": smileSerial(c), "PartnerParams": c.value("partner_params").Value(),
			"ResultType": "ID Verification", "ResultText": text, "ResultCode": code, "IsFinalResult": "true",
			"Actions": obj{"Verify_ID_Number": "Verified", "Return_Personal_Info": "Returned"},
			"Country": "NG", "IDType": "PHONE_NUMBER", "IDNumber": c.number, "ExpirationDate": "NaN-NaN-NaN",
			"FullName": p.full(), "DOB": p.Born, "Gender": p.initial(), "Photo": "Not Available",
		}
		if complete {
			body["PhoneNumber"], body["Photo"] = c.number, portrait
			body["FullData"] = obj{"nin": p.NIN, "email": p.Email, "town": p.Town, "state": p.State}
		}
		return reply{billed: true, body: smileSign(c, body)}
	}
}

func smileVerdict(first, last bool) (code, text string) {
	switch {
	case first && last:
		return "1020", "Exact Match"
	case first || last:
		return "1021", "Partial Match"
	default:
		return "1022", "No Match"
	}
}

func smileSerial(c *call) string {
	digits := []byte(c.id(10))
	for i, d := range digits {
		digits[i] = '0' + d%10
	}
	return string(digits)
}

// smileSign lets the receiver see that Smile wrote this.
func smileSign(c *call, body obj) obj {
	at := c.now().Format("2006-01-02T15:04:05.000Z")
	body["timestamp"], body["signature"] = at, smileSignature(at, smilePartner)
	return body
}
