package channel

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
	"whoseline/providers/simulator"
)

// texting gives those who carry texts on a loopback socket, and the accounts with them.
func texting(t testing.TB) (*simulator.Simulator, map[string]config.Account) {
	t.Helper()
	sim := simulator.New(simulator.Options{Sleep: func(context.Context, time.Duration) error { return nil }})
	base := served(t, sim.ServeHTTP).URL
	accounts := map[string]config.Account{}
	for name, c := range sim.Credentials(base) {
		if carriers[name] == nil {
			continue
		}
		accounts[name] = config.Account{
			Base: c.Base, Username: c.Username, Secret: config.Secret(c.Secret), Sender: c.Sender, Template: c.Template,
			ReceiptSecret: config.Secret(c.WebhookSecret), ReceiptToken: "unguessable",
		}
	}
	return sim, accounts
}

// carrying makes carriers, and closes them in the end.
func carrying(t testing.TB, accounts map[string]config.Account, names ...string) []Carrier {
	t.Helper()
	made, err := Carriers(names, Parts{Now: func() time.Time { return noon }, PublicURL: "https://codes.example.com", Accounts: accounts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeCarriers(made); err != nil {
			t.Error(err)
		}
	})
	return made
}

// letter is a message with a code to a number.
func letter(e164 string) possession.Message {
	return possession.Message{
		ID: "sending-1", BusinessID: "shop", Channel: models.ChannelSMS, Phone: models.PhoneFromE164(e164),
		Text: "686330 is your <code> & more", Code: "686330", ExpiresAt: noon.Add(5 * time.Minute),
	}
}

// texts by digit: what each vendor's answer to a number with that last digit means.
var textsByDigit = map[string][10]possession.Outcome{
	"termii": {
		possession.Accepted, possession.SenderRejected, possession.InvalidNumber, possession.ProviderDown, possession.Blocked,
		possession.WalletEmpty, possession.RateLimited, possession.Accepted, possession.ProviderDown, possession.Timeout,
	},
	"africastalking": {
		possession.Accepted, possession.NotOnChannel, possession.InvalidNumber, possession.ProviderDown, possession.Blocked,
		possession.WalletEmpty, possession.RateLimited, possession.Accepted, possession.ProviderDown, possession.Timeout,
	},
	"twilio": {
		possession.Accepted, possession.NotOnChannel, possession.InvalidNumber, possession.ProviderDown, possession.Blocked,
		possession.WalletEmpty, possession.RateLimited, possession.Accepted, possession.ProviderDown, possession.Timeout,
	},
	"whatsapp": {
		possession.Accepted, possession.NotOnChannel, possession.NotOnChannel, possession.ProviderDown, possession.Credentials,
		possession.WalletEmpty, possession.RateLimited, possession.Accepted, possession.ProviderDown, possession.Timeout,
	},
}

func TestEveryChannelIsUnderstoodDigitByDigit(t *testing.T) {
	t.Parallel()
	for name, want := range textsByDigit {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, accounts := texting(t)
			carrier := carrying(t, accounts, name)[0]
			for digit, outcome := range want {
				number := "+234803123450" + string(rune('0'+digit))
				got := carrier.Sender.Send(t.Context(), letter(number))
				if got.Outcome != outcome || got.Provider != name {
					t.Errorf("%d: got %s (%v), want %s", digit, got.Outcome, got.Err, outcome)
				}
				if n := sim.Count(name, number); n.Hits != 1 {
					t.Errorf("%d: asked %d times", digit, n.Hits)
				}
				sent := sim.Texts(name, number)
				if (len(sent) == 1) != (outcome == possession.Accepted) {
					t.Errorf("%d: the vendor accepted %d", digit, len(sent))
				}
				if len(sent) == 1 && (got.Reference != sent[0].ID || got.Segments != 1 || !strings.Contains(sent[0].Text, "686330")) {
					t.Errorf("%d: %+v, %+v", digit, got, sent[0])
				}
				private(t, got)
			}
		})
	}
}

// private fails if a delivery holds something of the message.
func private(t *testing.T, d possession.Delivery) {
	t.Helper()
	text := d.Reference + d.Why
	if d.Err != nil {
		text += d.Err.Error()
	}
	for _, secret := range []string{"686330", "23480312", "s3cret", "sim-", "codes.example.com"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q holds %q", text, secret)
		}
	}
	if d.Outcome != possession.Accepted && d.Err == nil {
		t.Errorf("%s without a word for the log", d.Outcome)
	}
}

func TestAMalformedAnswerMayMeanThatTheMessageIsOnItsWay(t *testing.T) {
	t.Parallel()
	_, accounts := texting(t)
	for name, empty := range map[string]possession.Outcome{
		"termii": possession.Timeout, "africastalking": possession.SenderRejected, "twilio": possession.Timeout, "whatsapp": possession.Timeout,
	} {
		carrier := carrying(t, accounts, name)[0]
		for turn, want := range []possession.Outcome{possession.ProviderDown, possession.Timeout, empty} { // a page, a cut answer, an empty one
			if got := carrier.Sender.Send(t.Context(), letter("+2348031234508")); got.Outcome != want {
				t.Errorf("%s, turn %d: got %s, want %s", name, turn, got.Outcome, want)
			}
		}
	}
}

func TestAWrongAccountIsToldFromAWrongNumber(t *testing.T) {
	t.Parallel()
	_, right := texting(t)
	for name, spoil := range map[string]func(*config.Account){
		"key":    func(a *config.Account) { a.Secret = "wrong" },
		"sender": func(a *config.Account) { a.Sender, a.Template = "Nobody", "nothing" },
	} {
		for channel := range textsByDigit {
			if name == "sender" && channel == "whatsapp" {
				continue // its sender is part of the path
			}
			accounts := maps.Clone(right)
			account := accounts[channel]
			spoil(&account)
			accounts[channel] = account
			want := map[string]possession.Outcome{"key": possession.Credentials, "sender": possession.SenderRejected}[name]
			got := carrying(t, accounts, channel)[0].Sender.Send(t.Context(), letter("+2348031234500"))
			if private(t, got); got.Outcome != want {
				t.Errorf("%s with a wrong %s: %s", channel, name, got.Outcome)
			}
		}
	}
	account := right["whatsapp"]
	account.Template = "another"
	if got := carrying(t, map[string]config.Account{"whatsapp": account}, "whatsapp")[0].Sender.Send(t.Context(), letter("+2348031234500")); got.Outcome != possession.SenderRejected || got.Why != "132001" {
		t.Errorf("an unknown template: %+v", got)
	}
}

// The bytes of each request, as the vendors document them.
func TestAMessageIsWrittenAsEachVendorDocuments(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"termii": {
			"POST /termii/sms/send", "Content-Type: application/json",
			`{"api_key":"s3cret","to":"2348031234500","from":"Acme","sms":"686330 is your <code> & more","type":"plain","channel":"dnd"}`,
		},
		"africastalking": {
			"POST /africastalking/version1/messaging", "Content-Type: application/x-www-form-urlencoded", "Apikey: s3cret", "Accept: application/json",
			"from=Acme&message=686330+is+your+%3Ccode%3E+%26+more&to=%2B2348031234500&username=user",
		},
		"twilio": {
			"POST /twilio/2010-04-01/Accounts/user/Messages.json", "Content-Type: application/x-www-form-urlencoded", "Authorization: Basic dXNlcjpzM2NyZXQ=",
			"Body=686330+is+your+%3Ccode%3E+%26+more&From=Acme&StatusCallback=https%3A%2F%2Fcodes.example.com%2Freceipts%2Ftwilio&To=%2B2348031234500&ValidityPeriod=300",
		},
		"whatsapp": {
			"POST /whatsapp/v21.0/Acme/messages", "Content-Type: application/json", "Authorization: Bearer s3cret",
			`{"messaging_product":"whatsapp","to":"2348031234500","type":"template","template":{"name":"otp_code","language":{"code":"en_US"},` +
				`"components":[{"type":"body","parameters":[{"type":"text","text":"686330"}]},` +
				`{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"686330"}]}]}}`,
		},
	}
	for name, lines := range want {
		var got []string
		far := served(t, func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got = []string{r.Method + " " + r.URL.Path}
			for _, header := range lines[1 : len(lines)-1] {
				key, _, _ := strings.Cut(header, ":")
				got = append(got, key+": "+r.Header.Get(key))
			}
			got = append(got, string(body))
		})
		account := config.Account{Base: far.URL + "/" + name, Username: "user", Secret: "s3cret", Sender: "Acme", Template: "otp_code"}
		carrier := carrying(t, map[string]config.Account{name: account}, name)[0]
		carrier.Sender.Send(t.Context(), letter("+2348031234500"))
		if diff := cmp.Diff(lines, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestTwilioMaySendFromAPoolAndUnderAnAPIKey(t *testing.T) {
	t.Parallel()
	pool := "MG" + strings.Repeat("0", 32)
	p := Parts{Account: config.Account{Sender: pool}, Now: func() time.Time { return noon }}
	if form := p.twilioForm(letter("+2348031234500")); form.Get("MessagingServiceSid") != pool || form.Has("From") || form.Has("StatusCallback") {
		t.Error(form)
	}
	var user string
	far := served(t, func(_ http.ResponseWriter, r *http.Request) { user, _, _ = r.BasicAuth() })
	account := config.Account{Base: far.URL, Username: "AC1", KeyID: "SK1", Secret: "s3cret", Sender: "+1"}
	carrier := carrying(t, map[string]config.Account{"twilio": account}, "twilio")[0]
	carrier.Sender.Send(t.Context(), letter("+2348031234500"))
	if user != "SK1" {
		t.Error(user)
	}
	if carrier.Reports != nil {
		t.Error("receipts are signed with the auth token, which is not configured")
	}
}

func TestWhatEachVendorSaysHasItsOutcome(t *testing.T) {
	t.Parallel()
	recipient := func(code string) string {
		return `{"SMSMessageData":{"Recipients":[{"statusCode":` + code + `,"cost":"KES 0.8000","messageId":"ATXid_1"}]}}`
	}
	for _, c := range []struct {
		vendor string
		status int
		body   string
		want   possession.Outcome
		why    string
	}{
		{"termii", 400, `{"message":"Invalid Sender Id"}`, possession.SenderRejected, "HTTP 400"},
		{"termii", 400, `{"message":"You are not set up on this route"}`, possession.SenderRejected, "HTTP 400"},
		{"termii", 403, `{"message":"Your account is not active"}`, possession.Credentials, "HTTP 403"},
		{"termii", 400, `{"message":"Your device has reached the daily limit"}`, possession.RateLimited, "HTTP 400"},
		{"termii", 400, `{"message":"+2348031234500 is on DND"}`, possession.Blocked, "HTTP 400"},
		{"termii", 404, `<html>`, possession.ProviderDown, "HTTP 404"},
		{"termii", 500, `{"message":"Insufficient resources"}`, possession.ProviderDown, "HTTP 500"},
		{"termii", 200, `{"message_id":""}`, possession.Timeout, "HTTP 200"},
		{"africastalking", 201, recipient("100"), possession.Accepted, ""},
		{"africastalking", 201, recipient("102"), possession.Accepted, ""},
		{"africastalking", 201, recipient("401"), possession.SenderRejected, "401"},
		{"africastalking", 201, recipient("402"), possession.SenderRejected, "402"},
		{"africastalking", 201, recipient("407"), possession.NotOnChannel, "407"},
		{"africastalking", 201, recipient("409"), possession.Blocked, "409"},
		{"africastalking", 201, recipient("500"), possession.ProviderDown, "500"},
		{"africastalking", 201, recipient("999"), possession.Timeout, "HTTP 201"},
		{"africastalking", 201, `{"SMSMessageData":{"Message":"InvalidSenderId","Recipients":[]}}`, possession.SenderRejected, "no recipients"},
		{"twilio", 400, `{"code":21614,"status":400}`, possession.InvalidNumber, "21614"},
		{"twilio", 429, `{"code":21611,"status":429}`, possession.RateLimited, "21611"},
		{"twilio", 400, `{"code":99999,"status":400}`, possession.SenderRejected, "99999"},
		{"twilio", 400, `{"code":"+2348031234500"}`, possession.SenderRejected, "HTTP 400"},
		{"twilio", 500, `{"code":21211}`, possession.ProviderDown, "21211"},
		{"whatsapp", 400, `{"error":{"code":130429}}`, possession.RateLimited, "130429"},
		{"whatsapp", 400, `{"error":{"code":131048}}`, possession.RateLimited, "131048"},
		{"whatsapp", 500, `{"error":{"code":1}}`, possession.ProviderDown, "1"},
		{"whatsapp", 401, `{"error":{"code":0}}`, possession.Credentials, "0"},
		{"whatsapp", 400, `{"error":{"code":100}}`, possession.SenderRejected, "100"},
		{"whatsapp", 400, `{"error":{"message":"no code"}}`, possession.SenderRejected, "HTTP 400"},
	} {
		read := map[string]func(gate.Reply) possession.Delivery{
			"termii": readTermii, "africastalking": readAfricasTalking, "twilio": readTwilio, "whatsapp": readWhatsApp,
		}[c.vendor]
		if got := read(gate.Reply{Status: c.status, Body: []byte(c.body)}); got.Outcome != c.want || got.Why != c.why {
			t.Errorf("%s %d %s: got %s, %q", c.vendor, c.status, c.body, got.Outcome, got.Why)
		}
	}
	got := readAfricasTalking(gate.Reply{Status: 201, Body: []byte(recipient("101"))})
	if got.Cost != (models.Money{Minor: 80, Currency: "KES"}) || got.Reference != "ATXid_1" {
		t.Errorf("%+v", got)
	}
}

func TestAPriceIsReadWithoutLosingAFraction(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]models.Money{
		"KES 0.8000": {Minor: 80, Currency: "KES"},
		"NGN 2.2001": {Minor: 221, Currency: "NGN"},
		"usd 1":      {Minor: 100, Currency: "USD"},
		"NGN 3.5":    {Minor: 350, Currency: "NGN"},
		"0":          {}, "": {}, "NGN": {}, "NGN -1": {}, "NGN 1.2.3": {}, "NGN 1e9": {}, "NGN 99999999999999999999": {}, "NAIRA 1": {},
	} {
		if got := price(text); got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestAMessageIsNeverRepeatedAndItsDeadlineHolds(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	release := make(chan struct{})
	far := served(t, func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		<-release
	})
	account := config.Account{Base: far.URL, Secret: "s3cret", Sender: "Acme"}
	carrier := carrying(t, map[string]config.Account{"termii": account}, "termii")[0]
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	got := carrier.Sender.Send(ctx, letter("+2348031234500"))
	close(release)
	if private(t, got); got.Outcome != possession.Timeout || asked.Load() != 1 {
		t.Errorf("%s after %d requests", got.Outcome, asked.Load())
	}
	closed := config.Account{Base: "https://127.0.0.1:1", Secret: "s3cret", Sender: "Acme"}
	carrier = carrying(t, map[string]config.Account{"termii": closed}, "termii")[0]
	if got := carrier.Sender.Send(t.Context(), letter("+2348031234500")); got.Outcome != possession.ProviderDown {
		t.Errorf("nobody listens: %s", got.Outcome)
	}
}

func TestChannelsWithASlipAreRefused(t *testing.T) {
	t.Parallel()
	full := config.Account{Base: "https://a.example", Username: "u", Secret: "s", Sender: "f", Template: "t"}
	all := map[string]config.Account{"termii": full, "twilio": full}
	without := func(change func(*config.Account)) map[string]config.Account {
		a := full
		change(&a)
		return map[string]config.Account{"termii": a, "twilio": a, "whatsapp": a, "africastalking": a}
	}
	for _, c := range []struct {
		names    string
		accounts map[string]config.Account
		want     string
	}{
		{"pigeon", nil, `unknown channel "pigeon" (known: africastalking, `},
		{"termii,termii", all, `"termii" is named twice`},
		{"outbox,termii", all, "excludes every other channel"},
		{"termii,outbox", all, "excludes every other channel"},
		{"outbox", nil, "there is no outbox"},
		{"", map[string]config.Account{"pigeon": full}, "channels.account.pigeon: there is no such channel"},
		{"", map[string]config.Account{"outbox": full}, "channels.account.outbox: there is no such channel"},
		{"termii", nil, "channels.account.termii: base is not set"},
		{"termii", without(func(a *config.Account) { a.Secret = "" }), "secret is not set"},
		{"africastalking", without(func(a *config.Account) { a.Username = "" }), "username is not set"},
		{"twilio", without(func(a *config.Account) { a.Sender = "" }), "sender is not set"},
		{"whatsapp", without(func(a *config.Account) { a.Template = "" }), "template is not set"},
	} {
		names := slices.DeleteFunc(strings.Split(c.names, ","), func(name string) bool { return name == "" })
		if _, err := Carriers(names, Parts{Accounts: c.accounts}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.names, err)
		}
	}
}
