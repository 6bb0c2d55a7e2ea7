//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"whoseline/bench/load"
	"whoseline/bench/naive"
)

// sink is the far side of messages: it takes each at once and remembers the code.
type sink struct {
	addr  string
	codes sync.Map // by the digits of the number
	next  atomic.Int64
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// newSink answers as the vendor Termii does, until ctx ends.
func newSink(ctx context.Context) (*sink, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{addr: listener.Addr().String()}
	server := &http.Server{Handler: http.HandlerFunc(s.take), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return s, nil
}

func (s *sink) take(w http.ResponseWriter, r *http.Request) {
	var m struct {
		To   string `json:"to"`
		Text string `json:"sms"`
	}
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		http.Error(w, "not a message", http.StatusBadRequest)
		return
	}
	s.codes.Store(m.To, sixDigits.FindString(m.Text))
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"code":"ok","message_id":"m%d","message":"Successfully Sent"}`, s.next.Add(1))
}

// pairs gives each connection two requests in turn: send a code to a new person, and type back what came.
type pairs struct {
	*sink
	send   func(number string) []byte
	verify func(number, code string) []byte
	people *atomic.Int64
	under  map[int]string // the number that a connection waits with; "" = none
}

// next follows the answer to a connection's last request. Who got no code is let go.
func (p *pairs) next(conn int, answer []byte) []byte {
	if number := p.under[conn]; number != "" && answer != nil {
		if code, came := p.codes.LoadAndDelete(naive.Country + number); came {
			p.under[conn] = ""
			return p.verify(number, code.(string))
		}
	}
	number := fmt.Sprintf("80%08d", p.people.Add(1))
	p.under[conn] = number
	return p.send(number)
}

// partner is what a DigiPay client shows.
type partner struct{ token, company string }

// pairsOf are the requests of a server's variant.
func (r *rig) pairsOf(v variant) *pairs {
	p := &pairs{sink: r.sink, people: &r.people, under: map[int]string{}}
	host := r.servers[v.server].addr
	if v.server == naiveServer {
		p.send = func(number string) []byte {
			return load.Post(host, naive.SendPath, naive.Token(1), `{"phone":"`+number+`"}`)
		}
		p.verify = func(number, code string) []byte {
			return load.Post(host, naive.VerifyPath, naive.Token(1), `{"phone":"`+number+`","code":"`+code+`"}`)
		}
		return p
	}
	p.send = func(number string) []byte { return r.partner.post(host, "send_otp", number, "") }
	p.verify = func(number, code string) []byte {
		return r.partner.post(host, "verify_otp", number, `,"otp":"`+code+`","device_type":2,"device_id":"a1","device_unique_id":"1"`)
	}
	return p
}

const digiPay = "/digipay/v3/auth/"

// post makes a request in DigiPay's dialect.
func (p partner) post(host, act, number, more string) []byte {
	body := `{"dial_code":"+` + naive.Country + `","phone_number":"` + number + `","user_type":2,"otp_type":1` + more + `}`
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAuthorization: Token %s\r\nCompanyID: %s\r\n", digiPay, act, host, p.token, p.company)
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.Bytes()
}

// enrolPartner lets a DigiPay client of the first business in, and gets its token.
func (r *rig) enrolPartner(ctx context.Context, s *server) (partner, error) {
	var business struct{ ID string }
	if err := r.gateway.ask(ctx, &business, "business", "list"); err != nil {
		return partner{}, err
	}
	var made struct{ CompanyID, ClientID, SecretKey string }
	if err := r.gateway.ask(ctx, &made, "face", "enable", "--face", "digipay", "--business", business.ID); err != nil {
		return partner{}, err
	}
	token, err := authenticate(ctx, s.addr, made.ClientID, made.SecretKey)
	return partner{token, made.CompanyID}, err
}

// ask carries out a command and reads the first thing that it says.
func (g *gateway) ask(ctx context.Context, into any, args ...string) error {
	said, err := g.run(ctx, args...)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(bytes.NewReader(said)).Decode(into); err != nil {
		return fmt.Errorf("read what %s said: %w", strings.Join(args[:2], " "), err)
	}
	return nil
}

func authenticate(ctx context.Context, addr, id, secret string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+digiPay+"authenticate", http.NoBody)
	if err != nil {
		return "", err
	}
	req.SetBasicAuth(id, secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	var said struct {
		Data struct {
			Token string `json:"access_token"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Data.Token == "" {
		return "", fmt.Errorf("no token for the partner: %s %s", resp.Status, text)
	}
	return said.Data.Token, nil
}

// codeSettings let a gateway send codes to the sink, without a limit but the one per number.
func codeSettings(base string) []string {
	return []string{
		"WHOSELINE_CHANNELS__LIVE=termii", "WHOSELINE_CHANNELS__ACCOUNT__TERMII__BASE=" + base, "WHOSELINE_CHANNELS__ACCOUNT__TERMII__SECRET=bench",
		"WHOSELINE_CHANNELS__ACCOUNT__TERMII__SENDER=Bench", "WHOSELINE_POSSESSION__PER_BUSINESS=0", "WHOSELINE_POSSESSION__PER_IP=0",
		"WHOSELINE_POSSESSION__PER_BLOCK=0", "WHOSELINE_FACES__PER_ADDRESS=0", "WHOSELINE_FACES__PER_CLIENT=0", "WHOSELINE_FACES__PER_SUBJECT=0",
	}
}
