package gate

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
)

// MaxAnswer is how much of a vendor's answer is read, in bytes. Photos make them large.
const MaxAnswer = 2 << 20

// ErrTooLarge is the error of an answer that is longer than what is read.
var ErrTooLarge = fmt.Errorf("the answer is larger than %d bytes", MaxAnswer)

// ErrUnfit is the error of a value that does not fit into its template. It names no value.
var ErrUnfit = errors.New("providers: a value does not fit into the request")

// Client speaks HTTP/1.1 with one vendor. It does not use HTTP/2, whose transport repeats requests by rules of its own:
// each of these requests costs money.
type Client struct{ http *http.Client }

// NewClient makes a client that dials public addresses only. The one exception is a loopback address that the
// operator's own configuration names, such as a simulator's.
func NewClient(maxConns int, configured ...string) *Client {
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
	return &Client{&http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // the environment must not decide where personal data goes
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    3 * time.Second,
			ResponseHeaderTimeout:  5 * time.Minute, // the attempt's own deadline ends first
			MaxConnsPerHost:        maxConns,
			MaxIdleConnsPerHost:    min(maxConns, 16),
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}}
}

// Over has the client reach vendors over something else than the network, which tests put there; nil changes nothing.
func (c *Client) Over(far http.RoundTripper) *Client {
	if far != nil {
		c.http.Transport = far
	}
	return c
}

// Close lets go of the connections that are kept.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call is a request before it has a context and a connection.
type Call struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte // nil for a GET
}

// Reply is a vendor's answer, read to its end.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send exchanges one call for one reply. A call is repeated once, and only if the first try never began to reach the
// vendor.
func (c *Client) Send(ctx context.Context, out Call) (Reply, error) {
	got, sent, err := c.try(ctx, out)
	if err != nil && !sent && ctx.Err() == nil && !isProhibited(err) {
		got, sent, err = c.try(ctx, out)
	}
	if err == nil || errors.Is(err, ErrTooLarge) {
		return got, err
	}
	return got, &Failure{host: out.URL.Host, Sent: sent, Err: withoutURL(err)}
}

func (c *Client) try(ctx context.Context, out Call) (got Reply, sent bool, err error) {
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	request, err := out.request(httptrace.WithClientTrace(ctx, trace))
	if err != nil {
		return Reply{}, true, ErrUnfit
	}
	response, err := c.http.Do(request)
	if err != nil {
		return Reply{}, wrote.Load(), err
	}
	defer response.Body.Close()
	got = Reply{Status: response.StatusCode, Header: response.Header}
	got.Body, err = io.ReadAll(io.LimitReader(response.Body, MaxAnswer+1))
	if len(got.Body) > MaxAnswer {
		got.Body, err = nil, ErrTooLarge
	}
	return got, true, err
}

// request makes the HTTP request. net/http silently repeats a GET, or a POST with an idempotency key, when a kept
// connection breaks, unless the body cannot be rewound; this one cannot. It repeats other POSTs only when no byte of
// them was written.
func (out Call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader = bytes.NewReader(out.Body)
	if out.Method != http.MethodPost || out.Header.Get("Idempotency-Key") != "" || out.Header.Get("X-Idempotency-Key") != "" {
		body = io.NopCloser(body)
	}
	request, err := http.NewRequestWithContext(ctx, out.Method, out.URL.String(), body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = int64(len(out.Body))
	request.Header.Set("User-Agent", "whoseline")
	request.Header.Set("Accept", "application/json")
	for name, list := range out.Header {
		request.Header[name] = list
	}
	return request, nil
}

// Failure is an exchange without a reply. Its text names the host and never the URL.
type Failure struct {
	host string
	Sent bool // the vendor may have seen the request, and may bill it
	Err  error
}

func (f *Failure) Error() string { return fmt.Sprintf("providers: %s: %v", f.host, f.Err) }
func (f *Failure) Unwrap() error { return f.Err }

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
