package providers

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"code.dny.dev/ssrf"

	"whoseline/config"
	"whoseline/models"
)

// maxAnswer is how much of a vendor's answer is read, in bytes. Photos make them large.
const maxAnswer = 2 << 20

var errTooLarge = fmt.Errorf("the answer is larger than %d bytes", maxAnswer)

// vendorClient speaks HTTP/1.1 with one vendor. Version 2 is left out, because its transport repeats requests by rules
// of its own, and what is asked here costs money each time.
type vendorClient struct{ http *http.Client }

// newVendorClient makes a client that dials public addresses only. The one exception is a loopback address that the
// operator's own configuration names, such as a simulator's.
func newVendorClient(maxConns int, configured ...string) *vendorClient {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	for _, text := range configured {
		if u, err := url.Parse(text); err == nil && config.IsLoopback(u.Hostname()) {
			options = append(options,
				ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")),
				ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")))
			break
		}
	}
	dialer := &net.Dialer{Timeout: 3 * time.Second, Control: ssrf.New(options...).Safe}
	if maxConns <= 0 {
		maxConns = Limits{}.withDefaults().MaxInflight
	}
	return &vendorClient{&http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // the environment has no say in where personal data goes
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    3 * time.Second,
			ResponseHeaderTimeout:  5 * time.Minute, // the attempt's own deadline comes first
			MaxConnsPerHost:        maxConns,
			MaxIdleConnsPerHost:    min(maxConns, 16),
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}}
}

func (c *vendorClient) close() { c.http.CloseIdleConnections() }

// call is a request before it has a context and a connection.
type call struct {
	method string
	url    *url.URL
	header http.Header
	body   []byte // nil for a GET
}

// reply is a vendor's answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send exchanges one call for one reply. A call is repeated, once, only when the first never began to reach the vendor.
func (c *vendorClient) send(ctx context.Context, out call) (reply, error) {
	got, sent, err := c.try(ctx, out)
	if err != nil && !sent && ctx.Err() == nil && !isProhibited(err) {
		got, sent, err = c.try(ctx, out)
	}
	if err == nil || errors.Is(err, errTooLarge) {
		return got, err
	}
	return got, &sendFailure{host: out.url.Host, sent: sent, err: withoutURL(err)}
}

func (c *vendorClient) try(ctx context.Context, out call) (got reply, sent bool, err error) {
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	request, err := out.request(httptrace.WithClientTrace(ctx, trace))
	if err != nil {
		return reply{}, true, errUnfit
	}
	response, err := c.http.Do(request)
	if err != nil {
		return reply{}, wrote.Load(), err
	}
	defer response.Body.Close()
	got = reply{status: response.StatusCode, header: response.Header}
	got.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if len(got.body) > maxAnswer {
		got.body, err = nil, errTooLarge
	}
	return got, true, err
}

// request makes the HTTP request. net/http silently repeats a GET, or a POST with an idempotency key, when a kept
// connection breaks; a body that it cannot rewind keeps it from doing so. Other POSTs it repeats only when no byte of
// them was written.
func (out call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader = bytes.NewReader(out.body)
	if out.method != http.MethodPost || out.header.Get("Idempotency-Key") != "" || out.header.Get("X-Idempotency-Key") != "" {
		body = io.NopCloser(body)
	}
	request, err := http.NewRequestWithContext(ctx, out.method, out.url.String(), body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = int64(len(out.body))
	request.Header.Set("User-Agent", "whoseline")
	request.Header.Set("Accept", "application/json")
	for name, list := range out.header {
		request.Header[name] = list
	}
	return request, nil
}

// sendFailure is an exchange without a reply. Its text names the host and never the URL.
type sendFailure struct {
	host string
	sent bool // the vendor may have seen the request, and may bill it
	err  error
}

func (f *sendFailure) Error() string { return fmt.Sprintf("providers: %s: %v", f.host, f.err) }
func (f *sendFailure) Unwrap() error { return f.err }

// withoutURL takes the URL, which may hold the number, out of what net/http says.
func withoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

func isProhibited(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork)
}

// unanswered says what an exchange without a reply means.
func unanswered(ctx context.Context, got reply, err error) Reading {
	said := Reading{Outcome: models.OutcomeProviderDown, HTTP: got.status, Err: err}
	var failure *sendFailure
	var network net.Error
	switch {
	case errors.Is(err, errUnfit):
		said.Outcome = models.OutcomeNotApplicable
	case errors.Is(err, errTooLarge):
		said.Outcome = models.OutcomeBadPayload
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		said.Outcome = models.OutcomeTimeout
	case ctx.Err() != nil:
		said.Outcome = models.OutcomeCanceled
	case errors.As(err, &failure) && failure.sent && errors.As(failure.err, &network) && network.Timeout():
		said.Outcome = models.OutcomeTimeout
	}
	if errors.As(err, &failure) && !failure.sent { // it never got the question
		billed := false
		said.Billed = &billed
	}
	return said
}
