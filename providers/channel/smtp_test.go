package channel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whoseline/config"
	"whoseline/possession"
	"whoseline/test/certificate"
)

func TestAnEmailArrives(t *testing.T) {
	t.Parallel()
	for secure, change := range map[string]func(*config.Account){
		tlsLater:  nil,
		tlsAtOnce: func(a *config.Account) { a.TLS = tlsAtOnce },
		tlsNever:  func(a *config.Account) { a.TLS = tlsNever },
	} {
		server := newMailServer(t, secure)
		got := server.sender(t, change).Send(t.Context(), mailTo("ada@example.com"))
		if diff := cmp.Diff(possession.Delivery{Outcome: possession.Accepted, Provider: "smtp", Segments: 1}, got); diff != "" || got.Err != nil {
			t.Errorf("%s: %s %v", secure, diff, got.Err)
			continue
		}
		in := server.letters[0]
		letter, err := netmail.ReadMessage(bytes.NewReader(in.content))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(letter.Body)
		if err != nil || !strings.Contains(string(body), "123456 is your verification code.\r\nDo not share") {
			t.Errorf("%s: it says %q, %v", secure, body, err)
		}
		for name, want := range map[string]string{
			"From": `"Acme" <codes@acme.example>`, "To": "<ada@example.com>", "Subject": "Your verification code",
			"Message-Id": "<65f0c0ffee0000000000abcd@acme.example>", "Date": noon.Format(time.RFC1123Z),
			"Auto-Submitted": "auto-generated",
		} {
			if got := letter.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", secure, name, got)
			}
		}
		if in.from != "codes@acme.example" || in.to != "ada@example.com" {
			t.Errorf("%s: from %s to %s", secure, in.from, in.to)
		}
	}
}

func TestWhatAMailServerRefusesIsUnderstood(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, tlsLater)
	for _, c := range []struct {
		name, to string
		change   func(*config.Account)
		want     possession.Outcome
		why      string
	}{
		{"no such person", "nobody@example.com", nil, possession.InvalidNumber, "550 5.1.1"},
		{"not now", "later@example.com", nil, possession.ProviderDown, "451 4.3.0"},
		{"not from us", "closed@example.com", nil, possession.Blocked, "550 5.7.1"},
		{"not that text", "spam@example.com", nil, possession.Blocked, "554 5.6.0"},
		{"ill", "broken@example.com", nil, possession.ProviderDown, "554 5.3.0"},
		{"not that sender", "ada@example.com", func(a *config.Account) { a.Sender = "evil@acme.example" }, possession.SenderRejected, "553 5.7.1"},
		{"wrong password", "ada@example.com", func(a *config.Account) { a.Secret = "wrong" }, possession.Credentials, "535"},
	} {
		got := server.sender(t, c.change).Send(t.Context(), mailTo(c.to))
		if got.Outcome != c.want || got.Why != c.why || got.Err == nil {
			t.Errorf("%s: %+v", c.name, got)
		}
		if text := got.Err.Error(); strings.Contains(text, "@example") || strings.Contains(text, "wrong") || strings.Contains(text, "123456") {
			t.Errorf("%s: the log would read %s", c.name, text)
		}
	}
	if server.count() != 0 {
		t.Errorf("%d messages were taken", server.count())
	}
}

func TestAServerThatDiesAfterItTookAMessageTookIt(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, tlsLater)
	if got := server.sender(t, nil).Send(t.Context(), mailTo("dies@example.com")); got.Outcome != possession.Accepted || got.Err != nil {
		t.Errorf("%+v", got)
	}
	if server.count() != 1 {
		t.Errorf("%d messages", server.count())
	}
}

func TestAServerThatDiesBeforeItAnswersMayHaveTakenTheMessage(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, tlsLater)
	if got := server.sender(t, nil).Send(t.Context(), mailTo("silent@example.com")); got.Outcome != possession.Timeout || got.Err == nil {
		t.Errorf("%+v", got)
	}
}

func TestASlowServerIsLeftWhenTheTimeIsUp(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, tlsLater)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var sending sync.WaitGroup
	sending.Go(func() {
		if got := server.sender(t, nil).Send(ctx, mailTo("slow@example.com")); got.Outcome != possession.Timeout {
			t.Errorf("%+v", got)
		}
	})
	<-server.waiting // it has the message
	cancel()
	sending.Wait()
}

func TestNoMailIsSentToAServerThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	open, stranger := newMailServer(t, tlsNever), newMailServer(t, tlsLater)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	for name, c := range map[string]struct {
		server *mailServer
		change func(*config.Account)
	}{
		"one without STARTTLS":            {open, nil},
		"one that nobody vouches for":     {stranger, func(a *config.Account) { a.CAFile = "" }},
		"one that is vouched for falsely": {stranger, func(a *config.Account) { a.CAFile = open.certFile }},
		"one that is not there":           {stranger, func(a *config.Account) { a.Addr = gone.Addr().String() }},
	} {
		got := c.server.sender(t, c.change).Send(t.Context(), mailTo("ada@example.com"))
		if got.Outcome != possession.ProviderDown || got.Err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, server := range []*mailServer{open, stranger} {
		if server.count() != 0 || server.attempts != 0 {
			t.Errorf("%d messages and %d passwords were given away", server.count(), server.attempts)
		}
	}
}

func TestNothingCanBeSlippedIntoAnEmail(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, tlsLater)
	sender := server.sender(t, func(a *config.Account) { a.Subject = "Hi\r\nBcc: eve@example.com" })
	for _, address := range []string{
		"ada@example.com\r\nBcc: eve@example.com", "ada@example.com, eve@example.com", "ada@example.com>\r\nRCPT TO:<eve@example.com",
		"Ada <ada@example.com>", "ada", "", "ada@example.com\x00",
	} {
		if got := sender.Send(t.Context(), mailTo(address)); got.Outcome != possession.InvalidNumber || !errors.Is(got.Err, errLetter) {
			t.Errorf("%q: %+v", address, got)
		}
	}
	if server.count() != 0 {
		t.Fatalf("%d messages were sent", server.count())
	}
	named := mailTo("ada@example.com")
	named.ID = "x>\r\nBcc: eve@example.com"
	if got := sender.Send(t.Context(), named); !errors.Is(got.Err, errLetter) {
		t.Errorf("%+v", got)
	}
	worded := mailTo("ada@example.com")
	worded.Text = "one\r\n.\r\nMAIL FROM:<eve@example.com>\r\n\r\nBcc: eve@example.com\r\n.two"
	if got := sender.Send(t.Context(), worded); got.Outcome != possession.Accepted {
		t.Fatalf("%+v", got)
	}
	letter, err := netmail.ReadMessage(bytes.NewReader(server.letters[0].content))
	if err != nil || server.count() != 1 {
		t.Fatalf("%d messages, %v", server.count(), err)
	}
	if len(letter.Header["Bcc"]) != 0 || server.letters[0].to != "ada@example.com" {
		t.Errorf("%v", letter.Header)
	}
	if body, _ := io.ReadAll(letter.Body); !strings.Contains(string(body), "\n.\r\n") || !strings.Contains(string(body), "\n.two") {
		t.Errorf("the text became %q", body)
	}
}

func TestAnSMTPAccountWithASlipIsRefused(t *testing.T) {
	t.Parallel()
	key, _ := certificate.Make(t)
	for name, c := range map[string]struct {
		change func(*config.Account)
		want   string
	}{
		"no address":      {func(a *config.Account) { a.Addr = "" }, "addr is not set"},
		"no sender":       {func(a *config.Account) { a.Sender = "" }, "sender is not set"},
		"a name for one":  {func(a *config.Account) { a.Sender = "Acme" }, "sender must be an e-mail address"},
		"in the clear":    {func(a *config.Account) { a.Addr, a.TLS = "mail.example.com:25", tlsNever }, "servers on this machine only"},
		"no such file":    {func(a *config.Account) { a.CAFile = "/nowhere.pem" }, "ca_file"},
		"no certificate":  {func(a *config.Account) { a.CAFile = key }, "no certificate in it"},
		"half an address": {func(a *config.Account) { a.Addr = "mail.example.com" }, "addr is not host:port"},
	} {
		account := config.Account{Addr: "mail.example.com:587", Sender: "codes@acme.example"}
		c.change(&account)
		_, err := Carriers([]string{"smtp"}, Parts{Accounts: map[string]config.Account{"smtp": account}})
		if err == nil || !strings.Contains(err.Error(), "channels.account.smtp: "+c.want) && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
