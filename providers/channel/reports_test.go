package channel

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

func signature(algorithm func() hash.Hash, secret, text string) []byte {
	mac := hmac.New(algorithm, []byte(secret))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// mail is a request with one header.
func mail(body, header, value string) ReportRequest {
	return ReportRequest{
		Path: "/receipts/x", Query: url.Values{}, Body: []byte(body), From: netip.MustParseAddr("192.0.2.7"),
		Header: func(name string) string {
			if name == header {
				return value
			}
			return ""
		},
	}
}

func receiptOf(provider, id string, state models.DeliveryState) []possession.DeliveryReport {
	return []possession.DeliveryReport{{Provider: provider, Reference: id, State: state}}
}

const termiiBody = `{"type":"outbound","id":"a","message_id":"3017","receiver":"2348031234500","sender":"Acme",` +
	`"message":"686330 is your code","sent_at":"2026-11-25","cost":"3.5","status":"DELIVERED","channel":"dnd"}`

func TestATermiiReceiptIsBelievedByItsSignature(t *testing.T) {
	t.Parallel()
	r := termiiReceipts{provider: "termii", secret: []byte("s3cret")}
	right := hex.EncodeToString(signature(sha512.New, "s3cret", termiiBody))
	told, err := r.Read(mail(termiiBody, "X-Termii-Signature", right))
	if diff := cmp.Diff(Reported{Receipts: receiptOf("termii", "3017", models.DeliveryDelivered)}, told); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := r.Read(mail(termiiBody, "X-Termii-Signature", strings.ToUpper(right))); err != nil {
		t.Error("capitals:", err)
	}
	greeting := mail(termiiBody, "X-Termii-Signature", right)
	greeting.Greeting = true
	for name, m := range map[string]ReportRequest{
		"another secret": mail(termiiBody, "X-Termii-Signature", hex.EncodeToString(signature(sha512.New, "another", termiiBody))),
		"another hash":   mail(termiiBody, "X-Termii-Signature", hex.EncodeToString(signature(sha256.New, "s3cret", termiiBody))),
		"another body":   mail(termiiBody+" ", "X-Termii-Signature", right),
		"a part of it":   mail(termiiBody, "X-Termii-Signature", right[:64]),
		"none":           mail(termiiBody, "", ""),
		"no hex":         mail(termiiBody, "X-Termii-Signature", "z"+right[1:]),
		"a greeting":     greeting,
	} {
		if told, err := r.Read(m); !errors.Is(err, ErrForged) || told.Receipts != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, body := range []string{"", "{", `{"status":"DELIVERED"}`, `{"message_id":"a b","status":"DELIVERED"}`, `{"message_id":"` + strings.Repeat("9", 129) + `"}`} {
		if _, err := r.Read(mail(body, "X-Termii-Signature", hex.EncodeToString(signature(sha512.New, "s3cret", body)))); !errors.Is(err, ErrUnread) {
			t.Errorf("%.30q: %v", body, err)
		}
	}
}

func TestAnAfricasTalkingReceiptIsBelievedByItsAddress(t *testing.T) {
	t.Parallel()
	r := africasTalkingReceipts{provider: "at", token: "unguessable", from: blocks("192.0.2.0/24, 2001:db8::/32")}
	good := mail("id=ATXid_1&status=Success&phoneNumber=%2B2348031234500&networkCode=62130", "", "")
	good.Token = "unguessable"
	told, err := r.Read(good)
	if diff := cmp.Diff(Reported{Receipts: receiptOf("at", "ATXid_1", models.DeliveryDelivered)}, told); diff != "" || err != nil {
		t.Error(diff, err)
	}
	mapped := good
	mapped.From = netip.MustParseAddr("::ffff:192.0.2.9")
	if _, err := r.Read(mapped); err != nil {
		t.Error("an IPv4 address written as IPv6:", err)
	}
	elsewhere, guessed, none := good, good, good
	elsewhere.From, guessed.Token, none.Token = netip.MustParseAddr("198.51.100.1"), "unguessablf", ""
	for name, m := range map[string]ReportRequest{"elsewhere": elsewhere, "another token": guessed, "no token": none} {
		if _, err := r.Read(m); !errors.Is(err, ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (africasTalkingReceipts{provider: "at"}).Read(none); !errors.Is(err, ErrForged) {
		t.Error("no token is configured, and none was sent:", err)
	}
	for _, body := range []string{"", "status=Success", "id=%zz", "id=a%0Ab&status=Success"} {
		bad := good
		bad.Body = []byte(body)
		if _, err := r.Read(bad); !errors.Is(err, ErrUnread) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// twilioSigned signs as the vendor does for an address.
func twilioSigned(token, address string, form url.Values) string {
	return base64.StdEncoding.EncodeToString(signature(sha1.New, token, address+sortedForm(form)))
}

func TestATwilioReceiptIsSignedWithItsAddress(t *testing.T) {
	t.Parallel()
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}, "To": {"+2348031234500"}, "ErrorCode": {""}, "A": {"b", "a", "b"}}
	if got := sortedForm(form); got != "AaAbErrorCodeMessageSidSM1MessageStatusdeliveredTo+2348031234500" {
		t.Error(got)
	}
	for _, c := range []struct {
		public, signed string
		fine           bool
	}{
		{"https://codes.example.com", "https://codes.example.com/receipts/x", true},
		{"https://codes.example.com", "https://codes.example.com:443/receipts/x", true},
		{"https://codes.example.com/", "https://codes.example.com/receipts/x", true},
		{"https://codes.example.com:8443", "https://codes.example.com:8443/receipts/x", true},
		{"https://codes.example.com:8443", "https://codes.example.com/receipts/x", true},
		{"https://codes.example.com/gateway", "https://codes.example.com/gateway/receipts/x", true},
		{"http://[::1]:9000", "http://[::1]:9000/receipts/x", true},
		{"https://codes.example.com", "http://codes.example.com/receipts/x", false},
		{"https://codes.example.com", "https://other.example.com/receipts/x", false},
		{"https://codes.example.com", "https://codes.example.com/receipts/y", false},
	} {
		r := twilioReceipts{provider: "twilio", public: c.public, token: []byte("token")}
		told, err := r.Read(mail(form.Encode(), "X-Twilio-Signature", twilioSigned("token", c.signed, form)))
		if fine := err == nil && cmp.Equal(told.Receipts, receiptOf("twilio", "SM1", models.DeliveryDelivered)); fine != c.fine {
			t.Errorf("%s signed as %s: %v", c.public, c.signed, err)
		}
	}
	r := twilioReceipts{provider: "twilio", public: "https://codes.example.com", token: []byte("token")}
	changed := url.Values{"MessageSid": {"SM2"}, "MessageStatus": {"delivered"}}
	for name, m := range map[string]ReportRequest{
		"another token": mail(form.Encode(), "X-Twilio-Signature", twilioSigned("another", "https://codes.example.com/receipts/x", form)),
		"another form":  mail(changed.Encode(), "X-Twilio-Signature", twilioSigned("token", "https://codes.example.com/receipts/x", form)),
		"none":          mail(form.Encode(), "", ""),
	} {
		if _, err := r.Read(m); !errors.Is(err, ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATwilioReceiptInJSONIsSignedByTheHashInItsAddress(t *testing.T) {
	t.Parallel()
	r := twilioReceipts{provider: "twilio", public: "https://codes.example.com", token: []byte("token")}
	body := `{"MessageSid":"SM1","MessageStatus":"undelivered"}`
	sum := sha256.Sum256([]byte(body))
	send := func(body, hash string) (Reported, error) {
		path := "/receipts/x?bodySHA256=" + hash
		m := mail(body, "X-Twilio-Signature", twilioSigned("token", "https://codes.example.com"+path, nil))
		m.Path, m.Query = path, url.Values{"bodySHA256": {hash}}
		return r.Read(m)
	}
	told, err := send(body, hex.EncodeToString(sum[:]))
	if diff := cmp.Diff(Reported{Receipts: receiptOf("twilio", "SM1", models.DeliveryFailed)}, told); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := send(strings.Replace(body, "SM1", "SM2", 1), hex.EncodeToString(sum[:])); !errors.Is(err, ErrForged) {
		t.Error("another body:", err)
	}
	sum = sha256.Sum256([]byte("{"))
	if _, err := send("{", hex.EncodeToString(sum[:])); !errors.Is(err, ErrUnread) {
		t.Error("cut:", err)
	}
}

func TestAWhatsAppMailMayHoldManyReceiptsOrNone(t *testing.T) {
	t.Parallel()
	r := whatsappReceipts{provider: "whatsapp", secret: []byte("app"), token: "verify"}
	send := func(body, secret string) (Reported, error) {
		return r.Read(mail(body, "X-Hub-Signature-256", "sha256="+hex.EncodeToString(signature(sha256.New, secret, body))))
	}
	status := func(id, state string) string {
		return `{"id":"wamid.` + id + `","status":"` + state + `","recipient_id":"2348031234500"}`
	}
	body := `{"entry":[{"changes":[{"value":{"statuses":[` + status("1", "sent") + `,` + status("2", "read") + `]}},{"value":{"messages":[{"text":"hi"}]}}]},` +
		`{"changes":[{"value":{"statuses":[` + status("3", "failed") + `,{"status":"sent"}]}}]}]}`
	told, err := send(body, "app")
	want := []possession.DeliveryReport{
		{Provider: "whatsapp", Reference: "wamid.1", State: models.DeliverySent},
		{Provider: "whatsapp", Reference: "wamid.2", State: models.DeliveryDelivered},
		{Provider: "whatsapp", Reference: "wamid.3", State: models.DeliveryFailed},
	}
	if diff := cmp.Diff(want, told.Receipts); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, other := range []string{`{}`, `{"entry":[]}`, `{"entry":[{"changes":[{"value":{}}]}]}`, `{"entry":[{"changes":[{"value":{"statuses":null}}]}]}`, `[1]`} {
		if told, err := send(other, "app"); err != nil || len(told.Receipts) != 0 {
			t.Errorf("%s: %+v, %v", other, told, err)
		}
	}
	many := `{"entry":[{"changes":[{"value":{"statuses":[` + strings.Repeat(status("1", "sent")+",", 1200) + status("1", "sent") + `]}}]}]}`
	if told, err := send(many, "app"); err != nil || len(told.Receipts) != maxReports {
		t.Errorf("%d receipts, %v", len(told.Receipts), err)
	}
	if _, err := send(body, "another"); !errors.Is(err, ErrForged) {
		t.Error(err)
	}
	if _, err := r.Read(mail(body, "X-Hub-Signature-256", hex.EncodeToString(signature(sha256.New, "app", body)))); !errors.Is(err, ErrForged) {
		t.Error("without the name of the hash:", err)
	}
	if _, err := send("{", "app"); !errors.Is(err, ErrUnread) {
		t.Error(err)
	}
}

func TestWhatsAppIsGreetedBackOnlyWithTheRightToken(t *testing.T) {
	t.Parallel()
	greet := func(r whatsappReceipts, query string) (Reported, error) {
		values, _ := url.ParseQuery(query)
		m := mail("", "", "")
		m.Greeting, m.Query = true, values
		return r.Read(m)
	}
	r := whatsappReceipts{provider: "whatsapp", secret: []byte("app"), token: "verify"}
	told, err := greet(r, "hub.mode=subscribe&hub.verify_token=verify&hub.challenge=1158201444")
	if told.Echo != "1158201444" || err != nil {
		t.Errorf("%+v, %v", told, err)
	}
	for _, query := range []string{
		"hub.mode=subscribe&hub.verify_token=guess&hub.challenge=1", "hub.mode=subscribe&hub.challenge=1",
		"hub.mode=unsubscribe&hub.verify_token=verify&hub.challenge=1", "hub.mode=subscribe&hub.verify_token=verify",
		"hub.mode=subscribe&hub.verify_token=verify&hub.challenge=a+b", "",
	} {
		if told, err := greet(r, query); !errors.Is(err, ErrForged) || told.Echo != "" {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := greet(whatsappReceipts{}, "hub.mode=subscribe&hub.verify_token=&hub.challenge=1"); !errors.Is(err, ErrForged) {
		t.Error("no token is configured:", err)
	}
}

func TestTheWordsOfEachVendorHaveTheirState(t *testing.T) {
	t.Parallel()
	for vendor, words := range map[string]map[string]models.DeliveryState{
		"termii": {
			"DELIVERED": models.DeliveryDelivered, "DND Active on Phone Number": models.DeliveryRejected, "Message Failed": models.DeliveryFailed,
			"Rejected": models.DeliveryRejected, "Expired": models.DeliveryExpired, "Message Sent": models.DeliverySent, "?": models.DeliveryUnknown,
			"DELIVERED | Message delivered to handset": models.DeliveryDelivered, " Delivered|x": models.DeliveryDelivered,
			"EXPIRED | Message expired": models.DeliveryExpired, "UNDELIVERABLE | Absent": models.DeliveryFailed, "| DELIVERED": models.DeliveryUnknown,
		},
		"africastalking": {
			"Success": models.DeliveryDelivered, "Failed": models.DeliveryFailed, "Rejected": models.DeliveryRejected, "Sent": models.DeliverySent,
			"Submitted": models.DeliverySent, "Buffered": models.DeliveryQueued, "": models.DeliveryUnknown,
			"AbsentSubscriber": models.DeliveryFailed, "Expired": models.DeliveryExpired, "UserInBlacklist": models.DeliveryRejected,
			"DoNotDisturbRejection": models.DeliveryRejected, "success": models.DeliveryDelivered,
		},
		"twilio": {
			"queued": models.DeliveryQueued, "sending": models.DeliveryQueued, "sent": models.DeliverySent, "delivered": models.DeliveryDelivered,
			"read": models.DeliveryDelivered, "undelivered": models.DeliveryFailed, "failed": models.DeliveryFailed, "canceled": models.DeliveryRejected,
			"partially_delivered": models.DeliveryUnknown,
		},
		"whatsapp": {
			"sent": models.DeliverySent, "delivered": models.DeliveryDelivered, "read": models.DeliveryDelivered, "failed": models.DeliveryFailed,
			"deleted": models.DeliveryUnknown,
		},
	} {
		state := map[string]func(string) models.DeliveryState{
			"termii": termiiState, "africastalking": africasTalkingState, "twilio": twilioState, "whatsapp": whatsappState,
		}[vendor]
		for word, want := range words {
			if got := state(word); got != want {
				t.Errorf("%s %q: got %s, want %s", vendor, word, got, want)
			}
		}
	}
}

// What anybody may send is read without a panic, and believed from nobody without the proof.
func FuzzReceipts(f *testing.F) {
	readers := map[string]ReportReader{}
	parts := Parts{PublicURL: "https://codes.example.com", Accounts: map[string]config.Account{}}
	full := config.Account{
		Base: "https://a.example", Username: "u", Secret: "s", Sender: "f", Template: "t", ReceiptSecret: "secret", ReceiptToken: "token",
	}
	for name := range textsByDigit {
		parts.Accounts[name] = full
		made, err := parts.carrier(name)
		if err != nil {
			f.Fatal(err)
		}
		readers[name] = made.Reports
		f.Cleanup(func() { _ = made.Close() })
	}
	f.Add([]byte(termiiBody), "bodySHA256=x", "sha256=00", "")
	f.Add([]byte("MessageSid=SM1&MessageStatus=sent"), "", "AAAA", "token")
	f.Add([]byte(`{"entry":[{"changes":[{"value":{"statuses":[{"id":"a"}]}}]}]}`), "hub.mode=subscribe&hub.verify_token=token&hub.challenge=1", "", "")
	f.Fuzz(func(t *testing.T, body []byte, query, sign, token string) {
		values, _ := url.ParseQuery(query)
		for name, reader := range readers {
			for _, greeting := range []bool{false, true} {
				m := ReportRequest{Greeting: greeting, Token: token, Path: "/receipts/" + name + "?" + query, Query: values, Body: body}
				m.Header = func(string) string { return sign }
				told, err := reader.Read(m)
				known := token == "token" && name == "africastalking" && !greeting || greeting && values.Get("hub.verify_token") == "token"
				if !known && (err == nil || told.Echo != "" || told.Receipts != nil) {
					t.Errorf("%s believed %q", name, body)
				}
			}
		}
		for name, reader := range readers { // and the same with a proof, as far as one can be made here
			signed := map[string]string{
				"X-Termii-Signature":  hex.EncodeToString(signature(sha512.New, "secret", string(body))),
				"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(signature(sha256.New, "secret", string(body))),
			}
			form, err := url.ParseQuery(string(body))
			if err == nil {
				signed["X-Twilio-Signature"] = twilioSigned("secret", "https://codes.example.com/receipts/x", form)
			}
			told, err := reader.Read(ReportRequest{
				Token: "token", Path: "/receipts/x", Query: url.Values{}, Body: body, Header: func(name string) string { return signed[name] },
			})
			for _, r := range told.Receipts {
				if err != nil || r.Reference != gate.Reference(r.Reference) || r.Reference == "" || r.State == "" || r.Provider != name {
					t.Errorf("%s: %+v, %v", name, r, err)
				}
			}
		}
	})
}
