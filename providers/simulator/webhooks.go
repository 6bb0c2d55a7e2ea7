package simulator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// firing is what the control plane is asked to send, and how badly.
type firing struct {
	URL       string `json:"url"`       // loopback only
	ID        string `json:"id"`        // Youverify's id of the result, Smile's job id, or that of an accepted text
	Status    string `json:"status"`    // Youverify: found (default), not_found or failed; of a text, in the vendor's words
	Product   string `json:"product"`   // Smile: v1 (default) or v2
	Header    string `json:"header"`    // Youverify: x-youverify-signature (default) or x-yv-signature
	Signature string `json:"signature"` // sha256 (default), sha512, wrong or none; Smile: valid (default), wrong or none
	Times     int    `json:"times"`     // 1 (default) to 10
	DelayMS   int    `json:"delay_ms"`
	SignedURL string `json:"signed_url"` // Twilio: the address that is signed, if not the one that is called
}

// message is a webhook ready to be sent.
type message struct {
	body   []byte
	header map[string]string
}

var (
	errNoSuchResult = errors.New("there is no such result")
	errFiring       = errors.New("cannot be sent")
)

// sendWebhook sends what is asked and tells how the receiver answered.
func (s *Simulator) sendWebhook(w http.ResponseWriter, r *http.Request) {
	var ask firing
	compose, ok := s.composers()[r.PathValue("name")]
	if !ok {
		unknown(w, "sender of webhooks")
		return
	}
	if !understood(w, r, &ask) {
		return
	}
	statuses, err := s.fire(r, ask, compose)
	switch {
	case errors.Is(err, errNoSuchResult):
		reply{status: http.StatusNotFound, body: obj{"error": err.Error()}}.write(w)
	case errors.Is(err, errFiring):
		reply{status: http.StatusBadRequest, body: obj{"error": err.Error()}}.write(w)
	case err != nil:
		reply{status: http.StatusBadGateway, body: obj{"error": err.Error(), "statuses": statuses}}.write(w)
	default:
		reply{body: obj{"statuses": statuses}}.write(w)
	}
}

// composer writes a vendor's message.
type composer func(*http.Request, firing) (message, error)

func (s *Simulator) composers() map[string]composer {
	all := map[string]composer{"youverify": s.youverifyEvent, "smile": s.smileCallback}
	for i := range s.vendors {
		if v := &s.vendors[i]; v.Report != nil {
			all[v.name] = func(_ *http.Request, ask firing) (message, error) { return s.report(v, ask) }
		}
	}
	return all
}

func badSignature(known string) error { return fmt.Errorf("%w: signature is %s", errFiring, known) }

func (s *Simulator) fire(r *http.Request, ask firing, compose composer) ([]int, error) {
	if err := loopback(ask.URL); err != nil {
		return nil, err
	}
	if err := s.pause(r.Context(), time.Duration(ask.DelayMS)*time.Millisecond); err != nil {
		return nil, err
	}
	sent, err := compose(r, ask)
	if err != nil {
		return nil, err
	}
	statuses := []int{}
	for range min(max(ask.Times, 1), 10) {
		status, err := post(r.Context(), ask.URL, sent)
		if err != nil {
			return statuses, err
		}
		statuses = append(statuses, status)
	}
	return statuses, nil
}

// loopback refuses every receiver but one on this machine, named by its address.
func loopback(text string) error {
	at, err := url.Parse(text)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" {
		return fmt.Errorf("%w: url is not http", errFiring)
	}
	if ip := net.ParseIP(at.Hostname()); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%w: url is not a loopback address", errFiring)
	}
	return nil
}

func post(ctx context.Context, to string, sent message) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(sent.body))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errFiring, err)
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range sent.header {
		req.Header.Set(name, value)
	}
	sender := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := sender.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // what the receiver says does not matter
	return resp.StatusCode, resp.Body.Close()
}

func hexMAC(algorithm func() hash.Hash, secret string, body []byte) string {
	mac := hmac.New(algorithm, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
