package channel

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
)

// smtpSender sends codes by e-mail, one connection a message. An e-mail proves less than a text message: its channel is
// models.ChannelEmail, which tells everybody else.
type smtpSender struct {
	name    string
	addr    string
	from    *netmail.Address
	subject string
	secure  *tls.Config
	atOnce  bool // TLS before the first word
	options []gomail.Option
	host    string
	now     func() time.Time
}

var _ possession.Sender = (*smtpSender)(nil)

// smtpCarrier makes a sender of e-mail. The password goes over TLS only, unless the server is on this machine.
func smtpCarrier(p Parts) (Carrier, error) {
	a := p.Account
	if err := needed("addr", a.Addr, "sender", a.Sender); err != nil {
		return Carrier{}, err
	}
	from, err := netmail.ParseAddress(a.Sender)
	if err != nil {
		return Carrier{}, errors.New("sender must be an e-mail address, such as Acme <codes@acme.example>")
	}
	secure, err := secured(a)
	if err != nil {
		return Carrier{}, err
	}
	options, err := smtpOptions(a, secure)
	if err != nil {
		return Carrier{}, err
	}
	s := &smtpSender{
		name: p.Name, addr: a.Addr, from: from, subject: a.Subject, secure: secure, atOnce: a.TLS == tlsAtOnce,
		options: options, host: secure.ServerName, now: p.Now,
	}
	if s.subject == "" {
		s.subject = "Your verification code"
	}
	return Carrier{Kinds: []models.Channel{models.ChannelEmail}, Sender: s}, nil
}

// smtpOptions are the options of the connected client.
func smtpOptions(a config.Account, secure *tls.Config) ([]gomail.Option, error) {
	// RSET after a message that was taken is one more thing that could fail.
	options := []gomail.Option{gomail.WithTLSConfig(secure), gomail.WithoutNoop(), gomail.WithoutRset()}
	policy, proof := gomail.TLSMandatory, gomail.SMTPAuthPlain
	switch {
	case a.TLS == tlsNever && !config.IsLoopback(secure.ServerName):
		return nil, errors.New("tls is none, which is for servers on this machine only")
	case a.TLS == tlsNever:
		policy, proof = gomail.NoTLS, gomail.SMTPAuthPlainNoEnc
	case a.TLS == tlsAtOnce: // before the library has its turn
		policy = gomail.NoTLS
	}
	options = append(options, gomail.WithTLSPolicy(policy))
	if a.Username != "" {
		options = append(options, gomail.WithSMTPAuth(proof), gomail.WithUsername(a.Username), gomail.WithPassword(string(a.Secret)))
	}
	return options, nil
}

// Send hands a message to the server. Once the server has taken it, nothing that follows can cause a second sending.
func (s *smtpSender) Send(ctx context.Context, m possession.Message) possession.Delivery {
	d := possession.Delivery{Provider: s.name}
	letter, err := s.letter(m)
	if err != nil {
		d.Outcome, d.Err = possession.InvalidNumber, err
		return d
	}
	conn, err := s.dial(ctx)
	if err == nil {
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		err = s.deliver(ctx, conn, letter)
	}
	if letter.IsDelivered() {
		d.Outcome, d.Segments = possession.Accepted, 1
		return d
	}
	said := smtpSaid(err)
	d.Outcome, d.Why, d.Err = said.outcome(), said.code(), said.failure()
	return d
}

func (s *smtpSender) dial(ctx context.Context) (net.Conn, error) {
	plain := &net.Dialer{}
	if s.atOnce {
		return (&tls.Dialer{NetDialer: plain, Config: s.secure}).DialContext(ctx, "tcp", s.addr)
	}
	return plain.DialContext(ctx, "tcp", s.addr)
}

// deliver speaks with the server over a connection that is closed when ctx ends: the library only bounds each step.
func (s *smtpSender) deliver(ctx context.Context, conn net.Conn, letter *gomail.Msg) error {
	left := time.Minute
	if until, ok := ctx.Deadline(); ok {
		left = max(time.Millisecond, time.Until(until))
	}
	options := append([]gomail.Option{
		gomail.WithTimeout(left),
		gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }),
	}, s.options...)
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return err
	}
	line, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(line, letter); err != nil {
		return err
	}
	s.quit(conn, line)
	return nil
}

// quit is courtesy: the message is taken, and we do not wait long for the server's answer.
func (s *smtpSender) quit(conn net.Conn, line *smtp.Client) {
	if conn.SetDeadline(time.Now().Add(time.Second)) == nil {
		_ = line.Quit()
	}
}

// errLetter hides what is wrong with an address, because the library's own error repeats it.
var errLetter = errors.New("smtp: no message can be made for the address")

// letter writes the message. Nothing in it comes from outside but the address, which is read strictly, and the text,
// which is its body; the subject never holds the code.
func (s *smtpSender) letter(m possession.Message) (*gomail.Msg, error) {
	to, err := possession.ParseEmail(m.Email)
	if err != nil || m.ID == "" || strings.Trim(m.ID, "0123456789abcdefghijklmnopqrstuvwxyz-") != "" {
		return nil, errLetter
	}
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(s.from)
	if letter.To(to) != nil {
		return nil, errLetter
	}
	_, domain, _ := strings.Cut(s.from.Address, "@")
	letter.SetMessageIDWithValue(m.ID + "@" + domain)
	letter.SetDateWithValue(s.now())
	letter.Subject(s.subject)
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	return letter, nil
}
