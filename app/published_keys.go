package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"whoseline/webhooks"
)

// How the keys of identity providers are fetched and kept. A key that its issuer takes back is believed for as long as
// keys are kept. A token whose key is not known makes us look again, but not each time: anybody can write such tokens.
const (
	keysKept      = 15 * time.Minute
	keysAskedFor  = 10 * time.Second // at most once in that time, per URL
	keysWithin    = 5 * time.Second
	maxKeySets    = 500
	maxKeysAnswer = 1 << 20 // bytes
)

// publishedKeys are the keys of identity providers, fetched when a token first needs them.
type publishedKeys struct {
	now    func() time.Time
	log    *slog.Logger
	client *http.Client

	mu    sync.Mutex
	sets  map[string]keySet    // by URL
	asked map[string]time.Time // by URL
}

type keySet struct {
	*oidc.RemoteKeySet
	since time.Time
}

func newPublishedKeys(guard webhooks.Guard, now func() time.Time, log *slog.Logger) *publishedKeys {
	p := &publishedKeys{now: now, log: log, sets: map[string]keySet{}, asked: map[string]time.Time{}}
	p.client = &http.Client{
		Timeout: keysWithin,
		Transport: sparing{p, &http.Transport{
			DialContext:            guard.Dialer().DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    keysWithin,
			MaxResponseHeaderBytes: 16 << 10,
			MaxIdleConns:           16,
			IdleConnTimeout:        30 * time.Second,
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
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
		delete(p.asked, url)
	}
	made := keySet{oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), p.client), jwksURL), p.now()}
	p.sets[jwksURL] = made
	return made
}

// sparing asks each URL only now and then, and reads no more of an answer than keys can take.
type sparing struct {
	keys *publishedKeys
	next http.RoundTripper
}

var errAskedJustNow = errors.New("the keys were asked for just now")

// RoundTrip implements http.RoundTripper.
func (s sparing) RoundTrip(r *http.Request) (*http.Response, error) {
	if !s.keys.ask(r.URL.String()) {
		return nil, errAskedJustNow
	}
	answer, err := s.next.RoundTrip(r)
	if err != nil {
		s.keys.log.Warn("subjects: the keys of an issuer cannot be had", "host", r.URL.Hostname())
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		s.keys.log.Warn("subjects: the keys of an issuer cannot be had", "host", r.URL.Hostname(), "status", answer.StatusCode)
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxKeysAnswer)
	return answer, nil
}

// ask tells whether a URL may be asked now.
func (p *publishedKeys) ask(url string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if age := now.Sub(p.asked[url]); age >= 0 && age < keysAskedFor {
		return false
	}
	p.asked[url] = now
	return true
}
