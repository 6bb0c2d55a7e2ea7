package channel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"whoseline/config"
	"whoseline/models"
	"whoseline/possession"
	"whoseline/providers/gate"
)

// vendorSender is a carrier over HTTP, one request a message. It never repeats a request that may have arrived.
type vendorSender struct {
	name   string
	client *gate.Client
	write  func(possession.Message) (gate.Call, error)
	read   func(gate.Reply) possession.Delivery // of an answer that is whole and, in the media type's sense, readable
	now    func() time.Time
}

var _ possession.Sender = (*vendorSender)(nil)

// Send hands a message over, or says why the vendor did not take it. The vendor's words are not passed on, because some
// repeat the number or the text.
func (s *vendorSender) Send(ctx context.Context, m possession.Message) possession.Delivery {
	out, err := s.write(m)
	if err != nil {
		return possession.Delivery{Outcome: possession.ProviderDown, Provider: s.name, Err: err}
	}
	got, err := s.client.Send(ctx, out)
	d := possession.Delivery{Outcome: possession.ProviderDown, Err: err}
	switch failure := (*gate.Failure)(nil); {
	case err == nil:
		d = s.read(got)
	case errors.Is(err, gate.ErrTooLarge), errors.As(err, &failure) && failure.Sent:
		d.Outcome = possession.Timeout
	}
	d.Provider = s.name
	if d.Outcome == possession.RateLimited {
		d.RetryAfter = gate.RetryAfter(got.Header, s.now())
	}
	if err == nil && d.Outcome != possession.Accepted {
		d.Err = fmt.Errorf("%s: HTTP %d, code %q", s.name, got.Status, d.Why)
	}
	return d
}

// vendorCarrier makes a carrier for a vendor's HTTP interface.
func (p Parts) vendorCarrier(base string, kind models.Channel, s vendorSender) Carrier {
	s.name, s.now, s.client = p.Name, p.Now, gate.NewClient(p.MaxInflight, base).Over(p.Far)
	return Carrier{
		Kinds: []models.Channel{kind}, Sender: &s,
		Close: func() error { s.client.Close(); return nil },
	}
}

// baseOf gives the address of the operator's account, else the vendor's own.
func baseOf(a config.Account, otherwise string) string {
	if a.Base != "" {
		return strings.TrimSuffix(a.Base, "/")
	}
	return otherwise
}

// postJSON makes a request with a JSON body.
func postJSON(address string, header http.Header, body any) (gate.Call, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return gate.Call{}, fmt.Errorf("providers: write the message: %w", err)
	}
	return post(address, header, "application/json", bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

// postForm makes a request with a form.
func postForm(address string, header http.Header, body url.Values) (gate.Call, error) {
	return post(address, header, "application/x-www-form-urlencoded", []byte(body.Encode()))
}

func post(address string, header http.Header, kind string, body []byte) (gate.Call, error) {
	to, err := url.Parse(address)
	if err != nil {
		return gate.Call{}, errors.New("providers: the base is no URL")
	}
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", kind)
	return gate.Call{Method: http.MethodPost, URL: to, Header: header, Body: body}, nil
}

// byStatus is the meaning of an HTTP status for a message when nothing better is known. A success that cannot be read
// may well have sent it.
func byStatus(status int) possession.Outcome {
	switch {
	case status/100 == 2:
		return possession.Timeout
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return possession.Credentials
	case status == http.StatusPaymentRequired:
		return possession.WalletEmpty
	case status == http.StatusTooManyRequests:
		return possession.RateLimited
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		return possession.SenderRejected
	default:
		return possession.ProviderDown
	}
}

// code gives a vendor's own code for an outcome in a form that can be kept: a number, else the status.
func code(text string, status int) string {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && len(text) <= 9 {
		return text
	}
	return "HTTP " + strconv.Itoa(status)
}

// price reads an amount such as "KES 0.8000" into minor units, rounded up. What cannot be read costs nothing.
func price(text string) models.Money {
	currency, amount, _ := strings.Cut(strings.TrimSpace(text), " ")
	whole, rest, _ := strings.Cut(strings.TrimSpace(amount), ".")
	cents := (rest + "00")[:2]
	minor, err := strconv.ParseUint(whole+cents, 10, 40)
	if err != nil || whole == "" || len(currency) != 3 || strings.Trim(rest, "0123456789") != "" {
		return models.Money{}
	}
	if strings.Trim(rest[min(2, len(rest)):], "0") != "" {
		minor++
	}
	return models.Money{Minor: int64(minor), Currency: strings.ToUpper(currency)}
}

// receiptURL is the address to which the vendor reports; "" = none.
func (p Parts) receiptURL() string {
	if p.PublicURL == "" {
		return ""
	}
	return strings.TrimSuffix(p.PublicURL, "/") + "/receipts/" + p.Name
}
