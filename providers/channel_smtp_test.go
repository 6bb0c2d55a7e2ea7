package providers

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/test/certificate"
)

const mailPassword = "correct horse"

// mailServer is a real SMTP server. The receiver's name decides what becomes of a message.
type mailServer struct {
	addr     string
	certFile string

	mu       sync.Mutex
	letters  []letterIn
	attempts int           // at a password
	held     chan struct{} // closed when the test ends: what the receiver "slow" waits for
	waiting  chan struct{} // gets one when somebody waits
}

// letterIn is a message as the server got it.
type letterIn struct {
	from, to string
	content  []byte
}

// mailSession is one connection with the server.
type mailSession struct {
	server   *mailServer
	conn     *smtp.Conn
	from, to string
	taken    bool
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.server.attempts++
		if user != "whoseline" || password != mailPassword {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.from = from; strings.HasPrefix(from, "evil@") {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not you, " + from}
	}
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	switch name, _, _ := strings.Cut(to, "@"); name {
	case "nobody":
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user " + to}
	case "later":
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again, " + to}
	case "closed":
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "we do not like you"}
	case "broken":
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 3, 0}, Message: "out of order"}
	}
	return nil
}

func (s *mailSession) Data(from io.Reader) error {
	content, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	name, _, _ := strings.Cut(s.to, "@")
	if name == "spam" {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "looks like spam"}
	}
	s.server.mu.Lock()
	s.server.letters = append(s.server.letters, letterIn{s.from, s.to, content})
	s.server.mu.Unlock()
	switch name {
	case "silent":
		_ = s.conn.Conn().Close()
	case "slow":
		s.server.waiting <- struct{}{}
		<-s.server.held
	}
	s.taken = name == "dies"
	return nil
}

// Reset comes right after the answer to a message, before the next command.
func (s *mailSession) Reset() {
	if s.taken {
		_ = s.conn.Conn().Close()
	}
}

func (s *mailSession) Logout() error { return nil }

func (m *mailServer) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.letters)
}

// newMailServer starts a server that offers STARTTLS, or speaks TLS at once, or neither.
func newMailServer(t *testing.T, secure string) *mailServer {
	t.Helper()
	m := &mailServer{held: make(chan struct{}), waiting: make(chan struct{}, 1)}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &mailSession{server: m, conn: c}, nil }))
	server.Domain, server.ErrorLog = "mail.test", log.New(io.Discard, "", 0)
	server.ReadTimeout, server.WriteTimeout = 30*time.Second, 30*time.Second
	keyFile, certFile := certificate.Make(t)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	m.certFile = certFile
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.addr = listener.Addr().String()
	switch settings := (&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}); secure {
	case tlsLater:
		server.TLSConfig = settings
	case tlsAtOnce:
		listener = tls.NewListener(listener, settings)
	default:
		server.AllowInsecureAuth = true
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		close(m.held)
		_ = server.Close()
		serving.Wait()
	})
	return m
}

// account is one that works with the server.
func (m *mailServer) account() config.Account {
	return config.Account{
		Addr: m.addr, Username: "whoseline", Secret: mailPassword, Sender: "Acme <codes@acme.example>", CAFile: m.certFile,
	}
}

func (m *mailServer) sender(t *testing.T, change func(*config.Account)) possession.Sender {
	t.Helper()
	account := m.account()
	if change != nil {
		change(&account)
	}
	made, err := Carriers([]string{"smtp"}, SenderParts{Accounts: map[string]config.Account{"smtp": account}, Now: atNoon})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(made[0].Kinds, []models.Channel{models.ChannelEmail}) {
		t.Fatalf("it carries %v", made[0].Kinds)
	}
	return made[0].Sender
}

func mailTo(address string) possession.Message {
	return possession.Message{
		ID: "65f0c0ffee0000000000abcd", Channel: models.ChannelEmail, Email: address, Code: "123456",
		Text: "123456 is your verification code.\nDo not share it with anyone.", ExpiresAt: noon.Add(5 * time.Minute),
	}
}

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
		_, err := Carriers([]string{"smtp"}, SenderParts{Accounts: map[string]config.Account{"smtp": account}})
		if err == nil || !strings.Contains(err.Error(), "channels.account.smtp: "+c.want) && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
