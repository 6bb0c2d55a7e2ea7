package simulator_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// carriers are the vendors that carry texts, with the path of a message.
var carriers = map[string]string{
	"termii":         "/termii/sms/send",
	"africastalking": "/africastalking/version1/messaging",
	"twilio":         "/twilio/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Messages.json",
	"whatsapp":       "/whatsapp/v21.0/106540352242922/messages",
}

// text sends a message under a key, "" standing for the right one.
func (r *rig) text(vendor, number, key string) answer {
	r.t.Helper()
	v, path := r.vendors[vendor], carriers[vendor]
	if key == "" {
		key = v.Secret
	}
	switch vendor {
	case "termii":
		return r.post(path, fmt.Sprintf(`{"api_key":%q,"to":%q,"from":%q,"sms":"Code 123456","type":"plain","channel":"dnd"}`, key, number, v.Sender))
	case "africastalking":
		form := url.Values{"username": {v.Username}, "to": {"+" + number}, "message": {"Code 123456"}}
		return r.post(path, form.Encode(), "Apikey", key)
	case "twilio":
		form := url.Values{"To": {"+" + number}, "From": {v.Sender}, "Body": {"Code 123456"}}
		return r.post(path, form.Encode(), "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(v.Username+":"+key)))
	default:
		return r.post(path, fmt.Sprintf(`{"messaging_product":"whatsapp","to":%q,"type":"template","template":{"name":%q,"language":{"code":"en_US"},"components":[`+
			`{"type":"body","parameters":[{"type":"text","text":"123456"}]},{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"123456"}]}]}}`,
			number, v.Template), "Authorization", "Bearer "+key)
	}
}

func TestAcceptedTextsCanBeReadAndRefusedOnesLeaveNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for vendor := range carriers {
		for digit := range 10 {
			number := fmt.Sprintf("234803123450%d", digit)
			r.text(vendor, number, "")
			want := 0
			if digit == 0 || digit == 7 {
				want = 1
			}
			kept := r.Texts(vendor, number)
			if len(kept) != want || want == 1 && (!strings.Contains(kept[0].Text, "123456") || kept[0].ID == "") {
				t.Errorf("%s %d: %+v", vendor, digit, kept)
			}
			if n := r.Count(vendor, number); n.Hits == 0 || n.Billed != want {
				t.Errorf("%s %d: %+v", vendor, digit, n)
			}
		}
	}
	said := r.send(http.MethodGet, r.url+"/__sim/messages?vendor=termii&number=2348031234500", "")
	if said.get("messages.#") != "1" || said.get("messages.0.text") != "Code 123456" || said.get("messages.0.to") != "2348031234500" {
		t.Error(said.body)
	}
	r.must("reset", "")
	if left := r.Texts("", ""); len(left) != 0 {
		t.Error(left)
	}
}

func TestAWrongKeyCarriesNoText(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for vendor := range carriers {
		if said := r.text(vendor, "2348031234500", "wrong"); said.status != http.StatusUnauthorized || len(r.Texts(vendor, "")) != 0 {
			t.Errorf("%s: %d %s", vendor, said.status, said.body)
		}
	}
}

func TestAReceiptIsSentAsOftenAndAsBadlyAsAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for vendor := range carriers {
		r.text(vendor, "2348031234500", "")
		id := r.Texts(vendor, "")[0].ID
		for signature, want := range map[string]int{"valid": http.StatusOK, "wrong": http.StatusOK, "none": http.StatusOK, "odd": http.StatusBadRequest} {
			got := make(chan *http.Request, 2)
			to := receiver(t, got)
			said := r.post("/__sim/webhooks/"+vendor, fmt.Sprintf(`{"url":%q,"id":%q,"signature":%q,"times":2}`, to, id, signature))
			if said.status != want || want == http.StatusOK && len(got) != 2 {
				t.Errorf("%s %s: %d %s", vendor, signature, said.status, said.body)
			}
		}
		if said := r.post("/__sim/webhooks/"+vendor, `{"url":"http://127.0.0.1:1","id":"nothing"}`); said.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", vendor, said.status, said.body)
		}
	}
}

// receiver takes requests and keeps them.
func receiver(t *testing.T, got chan<- *http.Request) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
	t.Cleanup(server.Close)
	return server.URL
}
