package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"whoseline/webhooks"
)

// How the keys of identity providers are fetched and kept. A key that its issuer takes back is believed for as long as
// keys are kept. A token whose key is not known makes us look again, but not each time: anybody can write such tokens.
const (
	keysKept      = 15 * time.Minute
	keysAskedFor  = 10 * time.Second // at most once in that time, per set
	keysWithin    = 5 * time.Second
	maxKeySets    = 500
	maxKeysAnswer = 1 << 20 // bytes
)

// publishedKeys are the keys of identity providers, fetched when a token first needs them.
type publishedKeys struct {
	now  func() time.Time
	log  *slog.Logger
	over *http.Transport

	mu   sync.Mutex
	sets map[string]keySet // by URL
}

type keySet struct {
	*oidc.RemoteKeySet
	since time.Time
}

func newPublishedKeys(guard webhooks.AddressGuard, now func() time.Time, log *slog.Logger) *publishedKeys {
	return &publishedKeys{now: now, log: log, sets: map[string]keySet{}, over: &http.Transport{
		DialContext:            guard.Dialer().DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    keysWithin,
		MaxResponseHeaderBytes: 16 << 10,
		MaxIdleConns:           16,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
	}}
}

// Verify implements access.PublishedKeys.
func (p *publishedKeys) Verify(ctx context.Context, jwksURL, token string) ([]byte, error) {
	own, cancel := context.WithTimeout(ctx, keysWithin)
	defer cancel()
	return p.set(jwksURL).VerifySignature(own, token)
}

// set gives the keys of a URL, anew when they are old. When there are too many, an arbitrary other set goes.
func (p *publishedKeys) set(jwksURL string) keySet {
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept, there := p.sets[jwksURL]; there && p.now().Sub(kept.since) < keysKept {
		return kept
	}
	for url := range p.sets {
		if len(p.sets) < maxKeySets {
			break
		}
		delete(p.sets, url)
	}
	made := keySet{oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), p.client()), jwksURL), p.now()}
	p.sets[jwksURL] = made
	return made
}

// client is one that a single set asks with: a new set may ask at once, whenever the old one last did.
func (p *publishedKeys) client() *http.Client {
	return &http.Client{
		Timeout:       keysWithin,
		Transport:     &sparing{publishedKeys: p},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// sparing asks only now and then, and reads no more of an answer than keys can take.
type sparing struct {
	*publishedKeys
	asked atomic.Pointer[time.Time]
}

var errAskedJustNow = errors.New("the keys were asked for just now")

// RoundTrip implements http.RoundTripper.
func (s *sparing) RoundTrip(r *http.Request) (*http.Response, error) {
	if !s.may(s.now()) {
		return nil, errAskedJustNow
	}
	answer, err := s.over.RoundTrip(r)
	if err != nil {
		s.log.Warn("subjects: the keys of an issuer cannot be had", "host", r.URL.Hostname())
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		s.log.Warn("subjects: the keys of an issuer cannot be had", "host", r.URL.Hostname(), "status", answer.StatusCode)
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxKeysAnswer)
	return verifying(answer)
}

// verifying leaves out of a key set what its issuer publishes for other purposes than signatures (RFC 7517, 4.2 and
// 4.3): whoever can only be sent secrets under a key must not be able to name people with it.
func verifying(answer *http.Response) (*http.Response, error) {
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(text, &set) == nil {
		set.Keys = slices.DeleteFunc(set.Keys, func(key json.RawMessage) bool { return !verifies(key) })
		if text, err = json.Marshal(set); err != nil {
			return nil, err
		}
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	answer.Header.Del("Content-Length")
	return answer, nil
}

// verifies tells whether a key is meant for signatures, as far as it says.
func verifies(key json.RawMessage) bool {
	var purpose struct {
		Use *string   `json:"use"`
		Ops *[]string `json:"key_ops"`
	}
	if json.Unmarshal(key, &purpose) != nil {
		return false
	}
	return (purpose.Use == nil || *purpose.Use == "sig") && (purpose.Ops == nil || slices.Contains(*purpose.Ops, "verify"))
}

// may tells whether the keys may be asked for now.
func (s *sparing) may(now time.Time) bool {
	last := s.asked.Load()
	if last != nil {
		if age := now.Sub(*last); age >= 0 && age < keysAskedFor {
			return false
		}
	}
	return s.asked.CompareAndSwap(last, &now)
}
