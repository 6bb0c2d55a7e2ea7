package simulator_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
)

// smileJob sends a job of the given id to a path of Smile's first version.
func (r *rig) smileJob(t *testing.T, path, job string, q question) answer {
	t.Helper()
	q.body["partner_params"] = map[string]any{"user_id": "u-" + job, "job_id": job, "job_type": 5}
	q.body["callback_url"] = "http://127.0.0.1:1/"
	body, _ := json.Marshal(q.body) // made of maps and scalars
	return r.post("/smile"+path, string(body))
}

func (r *rig) smileStatus(job string) answer {
	ask := r.smileSigned("2026-03-04T05:06:07.000Z")
	maps.Copy(ask, map[string]any{"user_id": "u-" + job, "job_id": job})
	body, _ := json.Marshal(ask) // made of maps and scalars
	return r.post("/smile/v1/job_status", string(body))
}

func TestASecondJobOfAnIDIsRefusedAndTheFirstOnesResultCanBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := firstOfEach(t)["smile_v1"]
	lost := r.about(e, "+2348031234509")
	if got := r.smileJob(t, "/v1/id_verification", "a", lost); got.err == nil {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := r.smileJob(t, "/v1/id_verification", "a", lost); got.status != 400 || got.get("code") != "2215" {
		t.Errorf("%d %s", got.status, got.body)
	}
	got := r.smileStatus("a")
	if got.get("job_complete") != "true" || got.get("job_success") != "true" || got.get("result.ResultCode") != "1012" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got.get("signature") != r.smileSigned(got.get("timestamp"))["signature"] {
		t.Error("the signature is another")
	}
	first := r.smileJob(t, "/v1/id_verification", "b", r.about(e, "+2348031234500"))
	if again := r.smileStatus("b"); again.get("result.SmileJobID") != first.get("SmileJobID") || again.get("result.FullName") != first.get("FullName") {
		t.Errorf("%s is not %s", again.body, first.body)
	}
	if got := r.smileStatus("c"); got.get("job_complete") != "false" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := r.Count("smile", "08031234509"); n.Hits != 2 || n.Replays != 1 {
		t.Errorf("%+v", n)
	}
}

func TestAPartnerIsKnownWithItsZerosAndWithoutThem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := firstOfEach(t)
	for partner, want := range map[string]string{"0042": "1012 1020", "42": "1012 1020", "0043": "2205 2205"} {
		with := r.vendors["smile"]
		with.PartnerID = partner
		r.vendors["smile"] = with
		older, newer := r.ask(r.about(asked["smile_v1"], "+2348031234500")), r.ask(r.about(asked["smile_v2_phone"], "+2348031234500"))
		if got := older.get("ResultCode") + older.get("code") + " " + newer.get("code"); got != want {
			t.Errorf("%s: %s", partner, got)
		}
	}
}

func TestACallbackBringsAResultUnderAVerifiableSignature(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t)
	q := r.about(firstOfEach(t)["smile_v1"], "+2348031234500")
	accepted := r.smileJob(t, "/v1/async_id_verification", "a", q)
	if accepted.get("success") != "true" || r.Count("smile", q.number).Billed != 1 {
		t.Errorf("%d %s", accepted.status, accepted.body)
	}
	for _, signature := range []string{"valid", "wrong", "none"} {
		r.must("webhooks/smile", `{"url":"`+in.url+`","id":"a","signature":"`+signature+`"}`)
	}
	var right []bool
	for _, body := range in.bodies {
		if gjson.Get(body, "ResultCode").Str != "1012" || gjson.Get(body, "SmileJobID").Str != accepted.get("smile_job_id") {
			t.Error(body)
		}
		right = append(right, gjson.Get(body, "signature").Str == r.smileSigned(gjson.Get(body, "timestamp").Str)["signature"])
	}
	if diff := cmp.Diff([]bool{true, false, false}, right); diff != "" {
		t.Error(diff)
	}
	r.must("sources/nimc", `{"down":true}`)
	r.must("webhooks/smile", `{"url":"`+in.url+`","id":"a"}`)
	if got := gjson.Get(in.bodies[3], "ResultCode").Str; got != "1015" {
		t.Errorf("while the source is away: %s", got)
	}
}

func TestThePhoneProductComparesTheNamesThatItIsGiven(t *testing.T) {
	t.Parallel()
	r, in := newRig(t), newInbox(t)
	e := firstOfEach(t)["smile_v2_phone"]
	for code, change := range map[string]func(names map[string]any){
		"1020": func(map[string]any) {},
		"1021": func(names map[string]any) { names["last_name"] = "Another" },
		"1022": func(names map[string]any) { names["first_name"], names["last_name"] = "Another", "Person" },
	} {
		q := r.about(e, "+2348031234500")
		change(q.body["match_fields"].(map[string]any))
		if got := r.ask(q); got.get("code") != code {
			t.Errorf("%s: %d %s", code, got.status, got.body)
		}
	}
	q := r.about(e, "+2348031234500")
	q.path = "/smile/v2/async-verify-phone"
	accepted := r.ask(q)
	if accepted.status != http.StatusAccepted {
		t.Fatalf("%d %s", accepted.status, accepted.body)
	}
	r.must("webhooks/smile", `{"url":"`+in.url+`","product":"v2","id":"`+accepted.get("job_id")+`"}`)
	if gjson.Get(in.bodies[0], "code").Str != "1020" || gjson.Get(in.bodies[0], "job_id").Str != accepted.get("job_id") {
		t.Error(in.bodies[0])
	}
}

// enhanced is a form for Smile's third version.
func enhanced(number, consent string) (body, contentType string) {
	var text bytes.Buffer
	form := multipart.NewWriter(&text)
	for name, value := range map[string]string{
		"country": "NG", "id_type": "PHONE_NUMBER", "id_number": number, "consent": consent,
		"user_details": `{"given_names":"A","last_name":"B"}`, "callback_url": "http://127.0.0.1:1/",
	} {
		_ = form.WriteField(name, value) // a buffer takes every byte
	}
	_ = form.Close()
	return text.String(), form.FormDataContentType()
}

const granted = `{"granted":true,"granted_at":"2026-03-04T05:06:07Z","notice_language":"en","notice_privacy_policy_url":"https://example.com"}`

func TestTheThirdVersionWantsATokenAndConsentAndWorksInItsOwnTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	with := r.vendors["smile"]
	door := func(key string) answer {
		return r.post("/smile/v3/token", "", "smileid-partner-id", with.PartnerID, "smileid-api-key", key)
	}
	if got := door("wrong").status; got != http.StatusUnauthorized {
		t.Error(got)
	}
	token := "Bearer " + door(with.Secret).get("token")
	ask := func(number, consent string) answer {
		body, kind := enhanced(number, consent)
		return r.post("/smile/v3/enhanced_kyc", body, "Content-Type", kind, "Authorization", token)
	}
	if got := ask("08031234500", `{"granted":true}`).status; got != http.StatusBadRequest {
		t.Error("without consent:", got)
	}
	for number, statuses := range map[string][]string{
		"08031234500": {"processing", "clear", "clear"}, "08031234501": {"processing", "not_found", "not_found"},
		"08031234503": {"processing", "error", "error"},
	} {
		accepted, seen := ask(number, granted), []string{}
		if accepted.status != http.StatusAccepted || accepted.get("status") != "Accepted" {
			t.Errorf("%d %s", accepted.status, accepted.body)
		}
		for range statuses {
			seen = append(seen, r.send("GET", r.url+"/smile/v3/status/"+accepted.get("job_id"), "", "Authorization", token).get("status"))
		}
		if diff := cmp.Diff(statuses, seen); diff != "" {
			t.Errorf("%s: %s", number, diff)
		}
	}
	if got := ask("08031234505", granted); got.status != http.StatusPaymentRequired || r.Count("smile", "").Billed != 1 {
		t.Errorf("%d %s, %+v", got.status, got.body, r.Count("smile", ""))
	}
	if r.pass(15 * time.Minute); ask("08031234500", granted).status != http.StatusUnauthorized {
		t.Error("an old token is good")
	}
}
