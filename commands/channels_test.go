package commands_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"whoseline/app"
	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/simulator"
	"whoseline/storage"
)

// pathToken is the unguessable part of an address.
const pathToken = "unguessable-4711"

// post is a gateway in this process whose codes go to the simulator of those who carry them.
type post struct {
	*app.App
	site   *site
	sim    *simulator.Simulator
	simURL string
	url    string
	log    transcript
	who    tenant
}

// posting raises such a gateway, with the named channels.
func posting(t *testing.T, engine, channels string, settings ...string) *post {
	t.Helper()
	p := &post{sim: simulator.New(simulator.Options{Slow: time.Millisecond})}
	far := httptest.NewServer(p.sim)
	t.Cleanup(far.Close)
	p.simURL = far.URL
	all := []string{"LOG__LEVEL=debug", "LOG__REQUESTS=all", "CHANNELS__LIVE=" + channels, "CHANNELS__PUBLIC_URL=https://codes.example.com"}
	for name, c := range p.sim.Credentials(far.URL) {
		prefix := "CHANNELS__ACCOUNT__" + strings.ToUpper(name) + "__"
		if c.Sender == "" {
			continue
		}
		all = append(all, prefix+"BASE="+c.Base, prefix+"SECRET="+c.Secret, prefix+"USERNAME="+c.Username, prefix+"SENDER="+c.Sender,
			prefix+"TEMPLATE="+c.Template, prefix+"RECEIPT_SECRET="+c.WebhookSecret, prefix+"RECEIPT_TOKEN="+pathToken)
	}
	p.site = open(t, engine, append(all, settings...)...)
	p.who = p.site.tenant(t, 1)
	p.serve(t)
	return p
}

// serve runs the gateway until the test ends.
func (p *post) serve(t *testing.T) {
	t.Helper()
	loaded, err := config.Load("", p.site.environment())
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), app.Options{Config: loaded, Log: slog.New(slog.NewJSONHandler(&p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	on, err := app.Listen("127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.App, p.url = a, "http://"+on.HTTP.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, on) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (p *post) subject(sandbox bool) possession.Who {
	return possession.Who{BusinessID: p.who.id, Sandbox: sandbox, Subject: "ada"}
}

// send asks for a code to a number.
func (p *post) send(t *testing.T, number string, sandbox bool) (possession.Sent, error) {
	t.Helper()
	if err := p.Keys.Refresh(t.Context()); err != nil { // as it does each second
		t.Fatal(err)
	}
	terms, err := p.Keys.Terms(t.Context(), p.who.id)
	if err != nil {
		t.Fatal(err)
	}
	return p.Possession.Enrol(t.Context(), possession.SendCode{
		Who: p.subject(sandbox), Policy: possession.Policy{Again: true}, Messages: terms.Messages(), Phone: models.PhoneFromE164(number),
	})
}

// last is the newest decision about a code.
func (p *post) last(t *testing.T) models.Sending {
	t.Helper()
	list, err := p.Possession.Decisions(t.Context(), possession.Sendings{BusinessID: p.who.id, Subject: "ada", Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d decisions, %v", len(list), err)
	}
	return list[0]
}

// report makes a vendor report, and gives what it was answered.
func (p *post) report(t *testing.T, vendor, path string, ask map[string]any) []int {
	t.Helper()
	ask["url"], ask["signed_url"] = p.url+path, "https://codes.example.com"+path
	body, err := json.Marshal(ask)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(p.simURL+"/__sim/webhooks/"+vendor, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var said struct{ Statuses []int }
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", vendor, answer.Status, err)
	}
	return said.Statuses
}

// reports are the words of each vendor, and where it reports.
var reports = map[string]struct{ path, sent, delivered, failed string }{
	"termii":         {"/receipts/termii", "Message Sent", "DELIVERED", "Message Failed"},
	"africastalking": {"/receipts/africastalking/" + pathToken, "Sent", "Success", "Failed"},
	"twilio":         {"/receipts/twilio", "sent", "delivered", "undelivered"},
	"whatsapp":       {"/receipts/whatsapp", "sent", "read", "failed"},
}

func TestACodeTravelsByEachChannelAndItsReceiptComesBack(t *testing.T) {
	t.Parallel()
	for vendor, words := range reports {
		engines(t, func(t *testing.T, engine string) {
			p := posting(t, engine, vendor)
			if _, err := p.send(t, "+2348031234500", false); err != nil {
				t.Fatal(err)
			}
			sent := p.sim.Texts(vendor, "+2348031234500")
			if len(sent) != 1 || len(p.sim.Texts("", "")) != 1 {
				t.Fatalf("%s accepted %d messages", vendor, len(sent))
			}
			p.receive(t, vendor, words.path, sent[0].ID, [3]string{words.sent, words.delivered, words.failed})
			code := sent[0].Text[:6]
			if vendor == "whatsapp" {
				code = sent[0].Text
			}
			check := possession.CheckCode{Who: p.subject(false), Policy: possession.Policy{Again: true}, Code: code}
			if _, err := p.Possession.Check(t.Context(), check); err != nil {
				t.Errorf("the code that arrived does not count: %v", err)
			}
			secrets := []string{code, "8031234500", pathToken, "sim-", p.who.token, sent[0].Text}
			mustNotShow(t, vendor+"'s log", p.log.String(), secrets)
			if !strings.Contains(p.log.String(), "/receipts/:channel") {
				t.Error("there was no log to look at")
			}
		})
	}
}

// receive lets a vendor report: forged, then rightly and twice, then late.
func (p *post) receive(t *testing.T, vendor, path, id string, words [3]string) {
	t.Helper()
	steps := []struct {
		path, signature, status string
		answers                 []int
		want                    models.DeliveryState
	}{
		{path, "wrong", words[1], []int{401, 401}, ""},
		{path, "none", words[1], []int{401, 401}, ""},
		{path + "x", "valid", words[1], []int{404, 404}, ""},
		{path, "valid", words[0], []int{200, 200}, models.DeliverySent},
		{path, "valid", words[1], []int{200, 200}, models.DeliveryDelivered},
		{path, "valid", words[0], []int{200, 200}, models.DeliveryDelivered},
		{path, "valid", words[2], []int{200, 200}, models.DeliveryDelivered},
	}
	if vendor == "africastalking" { // its address is its only proof
		steps = append(steps[3:], steps[3])
		steps[4].path, steps[4].answers, steps[4].want = path+"x", []int{401, 401}, models.DeliveryDelivered
	}
	for i, step := range steps {
		got := p.report(t, vendor, step.path, map[string]any{"id": id, "status": step.status, "signature": step.signature, "times": 2})
		if row := p.last(t); !slices.Equal(got, step.answers) || row.Delivery != step.want || row.Provider != vendor || row.Reference != id {
			t.Errorf("%s, step %d: answered %v, then %+v", vendor, i, got, row)
		}
	}
}

func TestABusinessChoosesWhoCarriesItsCodes(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		p := posting(t, engine, "twilio,termii,whatsapp")
		tries := func(number string) (turns string) {
			if _, err := p.send(t, number, false); err != nil {
				turns = string(models.CodeOf(err)) + ": "
			}
			for _, try := range p.last(t).Tries {
				turns += try.Provider + " " + try.Outcome + " "
			}
			return turns
		}
		if got := tries("+2348031234500"); got != "twilio accepted " {
			t.Error(got)
		}
		if got := tries("+2348031234511"); got != "channel_refused: twilio not_on_channel termii sender_rejected whatsapp not_on_channel " {
			t.Error(got)
		}
		said := p.site.answer(t, "business", "set", "--business", p.who.id, "--channels", "whatsapp, termii")
		if got := said["settings"].(map[string]any)["channels"]; fmt.Sprint(got) != "[whatsapp termii]" {
			t.Errorf("%v", said)
		}
		if got := tries("+2348031234520"); got != "whatsapp accepted " {
			t.Error(got)
		}
		if got := tries("+2348031234532"); got != "channel_refused: whatsapp not_on_channel termii invalid_number " {
			t.Error(got)
		}
		if row := p.last(t); row.Outcome != "invalid_number" || row.Provider != "termii" || row.Tries[0].Why != "131026" {
			t.Errorf("%+v", row)
		}
		if code, _, errs := p.site.command(t, "business", "set", "--business", p.who.id, "--channels", "pigeon"); code != 2 || !strings.Contains(errs, "there is no channel") {
			t.Errorf("%d %s", code, errs)
		}
	})
}

func TestCodesOfSandboxKeysStayInTheOutboxWhateverIsLive(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		p := posting(t, engine, "termii")
		for range 2 {
			if _, err := p.send(t, "+2348031234500", true); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(p.sim.Texts("", "")); n != 0 {
			t.Errorf("%d codes of a sandbox key went to people", n)
		}
		for _, to := range []string{"+2348031234500", "0803 123 4500", "+234 803-123-4500"} {
			code, out, errs := p.site.command(t, "--json", "outbox", "--to", to)
			lines := strings.Split(strings.TrimSpace(out), "\n")
			var newest, oldest possession.KeptMessage
			if code != 0 || len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &newest) != nil || json.Unmarshal([]byte(lines[1]), &oldest) != nil {
				t.Fatalf("%s: %d %s%s", to, code, out, errs)
			}
			if newest.ID <= oldest.ID || !newest.Sandbox || len(newest.Code) != 6 || !strings.Contains(newest.Text, newest.Code) || newest.To != "+2348031234500" {
				t.Errorf("%s: %+v before %+v", to, newest, oldest)
			}
		}
		if _, out, _ := p.site.command(t, "outbox", "--to", "+2348031234500", "--limit", "1"); strings.Count(out, "\n") != 1 {
			t.Error(out)
		}
		if _, out, _ := p.site.command(t, "outbox", "--to", "+2348031234501"); out != "" {
			t.Error(out)
		}
		for _, bad := range [][]string{{"--to", "Ada"}, {"--to", "+2348031234500", "--limit", "101"}, {"--to", "+2348031234500", "--limit", "0"}, {}} {
			if code, _, _ := p.site.command(t, append([]string{"outbox"}, bad...)...); code != 2 {
				t.Errorf("%v: exit code %d", bad, code)
			}
		}
	})
}

func TestWithoutAChannelCodesOfLiveKeysAreRefused(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		p := posting(t, engine, "")
		sent, err := p.send(t, "+2348031234500", false)
		if models.CodeOf(err) != models.ChannelRefused || sent.Delivery.Outcome != possession.NoChannel || !strings.Contains(err.Error(), "no_channel") {
			t.Errorf("%+v, %v", sent.Delivery, err)
		}
		if row := p.last(t); row.Outcome != "no_channel" || len(row.Tries) != 0 {
			t.Errorf("%+v", row)
		}
	})
}

func TestTheOutboxAndChannelsWithASlipDoNotStart(t *testing.T) {
	t.Parallel()
	s := open(t, storage.SQLite)
	for settings, want := range map[string]string{
		"CHANNELS__LIVE=outbox,termii": "excludes every other channel",
		"CHANNELS__LIVE=pigeon":        "unknown channel",
		"CHANNELS__LIVE=termii":        "channels.account.termii: base is not set",
	} {
		if code, _, errs := s.with(settings).command(t, "serve"); code != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: %d %s", settings, code, errs)
		}
	}
}

func TestAnOperatorGivesABusinessItsWords(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, engine string) {
		p := posting(t, engine, "outbox")
		run := func(args ...string) (int, string) {
			code, out, errs := p.site.command(t, append([]string{"--json", "template"}, args...)...)
			return code, out + errs
		}
		business := []string{"--business", p.who.id}
		if code, out := run(append([]string{"set", "--language", "fr", "--text", "Code {code} <{minutes} min>"}, business...)...); code != 0 || out != `{"language":"fr","text":"Code {code} <{minutes} min>"}`+"\n" {
			t.Errorf("%d %s", code, out)
		}
		for _, bad := range [][]string{{"--text", "no code"}, {"--text", ""}, {"--text", "{code}", "--language", "french!"}} {
			if code, _ := run(append(append([]string{"set"}, bad...), business...)...); code == 0 {
				t.Errorf("%v was taken", bad)
			}
		}
		if code, out := run(append([]string{"list"}, business...)...); code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(out, `"fr"`) {
			t.Errorf("%d %s", code, out)
		}
		if code, out := run(append([]string{"delete", "--language", "fr"}, business...)...); code != 0 || out != `{"deleted":true,"language":"fr"}`+"\n" {
			t.Errorf("%d %s", code, out)
		}
		if code, out := run(append([]string{"delete", "--language", "fr"}, business...)...); code != 1 || !strings.Contains(out, "there is no template") {
			t.Errorf("%d %s", code, out)
		}
		if code, _ := run("set", "--business", "nobody", "--text", "{code}"); code != 1 {
			t.Error("a business that there is not has words")
		}
	})
}

func TestWhatIsNoReceiptIsRefusedAndNothingOfItIsLogged(t *testing.T) {
	t.Parallel()
	p := posting(t, storage.SQLite, "termii,twilio,africastalking,whatsapp")
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/receipts/pigeon", "686330", 404},
		{"POST", "/receipts/outbox", "686330", 404},
		{"POST", "/receipts", "686330", 404},
		{"POST", "/receipts/termii", "686330", 401},
		{"GET", "/receipts/termii", "", 401},
		{"PUT", "/receipts/termii", "686330", 405},
		{"POST", "/receipts/twilio", "a=%zz", 400},
		{"POST", "/receipts/twilio?a=%zz", "686330", 400},
		{"POST", "/receipts/africastalking/guess", "id=686330&status=Success", 401},
		{"POST", "/receipts/africastalking/" + pathToken, "status=686330", 400},
		{"POST", "/receipts/whatsapp", strings.Repeat("686330", 200_000), 413},
		{"GET", "/receipts/whatsapp?hub.mode=subscribe&hub.verify_token=686330&hub.challenge=1", "", 401},
	} {
		request, err := http.NewRequest(c.method, p.url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != c.want || answer.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %s %v", c.method, c.path, answer.Status, answer.Header)
		}
	}
	answer, err := http.Get(p.url + "/receipts/whatsapp?hub.mode=subscribe&hub.verify_token=" + pathToken + "&hub.challenge=1158201444")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var echo bytes.Buffer
	if _, err := echo.ReadFrom(answer.Body); err != nil || echo.String() != "1158201444" || answer.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%s %q %v", answer.Status, echo.String(), err)
	}
	mustNotShow(t, "the log", p.log.String(), []string{"686330", pathToken})
}
