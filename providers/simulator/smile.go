package simulator

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"
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

// smileProducts are the questions whose answers a job's result is, and what they rest on.
var smileProducts = map[string]struct{ ask, source string }{
	"v1": {"POST /v1/id_verification", "nimc"}, "v2": {"POST /v2/verify-phone", "telco:unknown"},
}

// smileSignature signs a time, in requests and in callbacks alike.
func smileSignature(timestamp string, with Credentials) string {
	return smileMAC(timestamp, with.PartnerID, with.Secret)
}

func smileMAC(timestamp, partner, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(timestamp + partner + "sid_request"))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// smileSigned tells whether the partner signed this request, in its body or its headers. A partner is the same with and
// without zeros before it.
func smileSigned(c *call, where string) bool {
	partner, timestamp, signature := c.text("partner_id"), c.text("timestamp"), c.text("signature")
	if where == "header" {
		head := func(name string) string { return c.Header.Get("smileid-" + name) }
		partner, timestamp, signature = head("partner-id"), head("timestamp"), head("request-signature")
	}
	with := c.vendor.Credentials
	_, err := time.Parse(time.RFC3339, timestamp)
	known := strings.TrimLeft(partner, "0") == strings.TrimLeft(with.PartnerID, "0")
	return err == nil && known && hmac.Equal([]byte(signature), []byte(smileMAC(timestamp, partner, with.Secret)))
}

// smileJob takes a job unless there is one of that id. What is refused for its digit is refused before there is a job.
func smileJob(c *call, _ string) string {
	if digit := c.digit(); digit == walletEmpty || digit == rateLimited {
		return ""
	}
	added := c.sim.jobs.add("v1 "+c.reference, job{
		id: c.reference, user: c.text("partner_params.user_id"), serial: c.decimals(), number: c.number, body: c.body, product: "v1",
	})
	if added {
		return ""
	}
	return "job_exists"
}

// smileKeep keeps the call for a result that comes later.
func smileKeep(c *call, product string, a answer) reply {
	serial := c.decimals()
	if product == "v3" {
		serial = c.id(32)
	}
	c.sim.jobs.add(product+" "+serial, job{id: serial, serial: serial, number: c.number, body: c.body, product: product, row: c.row()})
	return c.plain(a)
}

// smileStatus tells what became of a job. Whatever was lost on its way is read here.
func smileStatus(c *call, _ string, a answer) reply {
	kept, ok := c.sim.jobs.get("v1 " + c.reference)
	if !ok || kept.user != c.text("user_id") {
		return c.say("no_job")
	}
	result := c.sim.smileResult(c, kept)
	code, _ := result["ResultCode"].(string)
	c.note("result", result)
	c.note("success", code == "1012" || code == "1020" || code == "1021")
	return c.plain(a)
}

// smileResult is a job's result, as a callback brings it.
func (s *Simulator) smileResult(c *call, kept job) obj {
	product := smileProducts[kept.product]
	about := &call{
		Request: c.Request, sim: s, vendor: c.vendor, route: c.vendor.route(product.ask), body: kept.body, number: kept.number,
		reference: kept.id, turn: 1,
	}
	name := about.settled()
	if s.switches.sourceDown(product.source) {
		name = names[sourceDown]
	}
	result := about.say(name).body.(obj) // both products answer in objects
	for _, name := range []string{"SmileJobID", "job_id"} {
		if _, has := result[name]; has {
			result[name] = kept.serial
		}
	}
	return result
}

// smileConsent refuses a form without the subject's consent.
func smileConsent(c *call, _ string) string {
	consent := multipartForm(c)["consent"]
	for _, part := range []string{"granted_at", "notice_language", "notice_privacy_policy_url"} {
		if gjson.Get(consent, part).Str == "" {
			return "consent_incomplete"
		}
	}
	if gjson.Get(consent, "granted").Type != gjson.True {
		return "consent_not_granted"
	}
	return ""
}

// smileV3Status is processing for some polls; then the job is done, and billed once if it found somebody.
func smileV3Status(c *call, _ string, a answer) reply {
	kept, ok := c.sim.jobs.change("v3 "+c.PathValue("job"), func(j *job) { j.polls++ })
	status := "clear"
	switch {
	case !ok:
		return c.say("no_v3_job")
	case kept.polls < c.sim.options.PendingPolls:
		status = "processing"
	case lastDigit(kept.number) == sourceDown || c.sim.switches.sourceDown(c.source()):
		status = "error"
	case lastDigit(kept.number) == notFound:
		status = "not_found"
	case kept.polls == c.sim.options.PendingPolls:
		c.sim.counters.bill(kept.row)
	}
	c.note("status", status)
	return c.plain(a)
}

// smileCallback brings the result of a job; its signature stands in the body.
func (s *Simulator) smileCallback(r *http.Request, ask firing) (message, error) {
	product := ask.Product
	if product == "" {
		product = "v1"
	}
	kept, ok := s.jobs.get(product + " " + ask.ID)
	if !ok || product == "v3" {
		return message{}, errNoSuchResult
	}
	at, _ := s.vendor("smile") // it is in the table
	c := &call{Request: r, sim: s, vendor: at, route: &route{}}
	body := s.smileResult(c, kept)
	body["timestamp"] = c.now().Format("2006-01-02T15:04:05.000Z")
	body["signature"] = smileSignature(body["timestamp"].(string), at.Credentials)
	switch ask.Signature {
	case "", "valid":
	case "wrong":
		body["signature"] = smileSignature("another time", at.Credentials)
	case "none":
		delete(body, "signature")
	default:
		return message{}, badSignature("valid, wrong or none")
	}
	return message{body: encode(body)}, nil
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
