package channel

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

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
	made, err := Carriers([]string{"smtp"}, Parts{Accounts: map[string]config.Account{"smtp": account}, Now: atNoon})
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
