package vendor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/config"
	"whoseline/models"
	"whoseline/providers/gate"
)

// How long a token is used when its answer does not say, and how long before its end it is no longer used.
const (
	defaultTokenLife = 5 * time.Minute
	tokenMargin      = 30 * time.Second
	maxTokenLife     = 24 * time.Hour
)

// tokenAuth keeps an access token until it expires. One fetch serves all who wait for it.
type tokenAuth struct {
	plainAuth
	endpoint *Endpoint
	order    func() (gate.Call, error) // the token request
	turn     chan struct{}             // held while what follows is read or changed
	token    string
	until    time.Time
}

func newTokenAuth(e *Endpoint, order func() (gate.Call, error)) *tokenAuth {
	return &tokenAuth{endpoint: e, order: order, turn: make(chan struct{}, 1)}
}

// prepare gives the kept token, or fetches one. Waiting for another's fetch ends with ctx.
func (a *tokenAuth) prepare(ctx context.Context, v values) *Reading {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		refusal := unanswered(ctx, gate.Reply{}, fmt.Errorf("providers: waiting for an access token: %w", ctx.Err()))
		return &refusal
	}
	now := a.endpoint.now()
	if a.token == "" || !now.Before(a.until) {
		if refusal := a.fetch(ctx); refusal != nil {
			return refusal
		}
	}
	v["access_token"] = a.token
	return nil
}

// renew forgets a token that was refused, unless somebody has already fetched another one.
func (a *tokenAuth) renew(v values) bool {
	a.turn <- struct{}{}
	defer func() { <-a.turn }()
	if a.token == v["access_token"] {
		a.token = ""
	}
	return true
}

func (a *tokenAuth) fetch(ctx context.Context) *Reading {
	a.token = ""
	out, err := a.order()
	if err != nil {
		return &Reading{Outcome: models.OutcomeCredentials, Err: err}
	}
	got, err := a.endpoint.client.Send(ctx, out)
	if err != nil {
		refusal := unanswered(ctx, got, err)
		return &refusal
	}
	token, life := a.endpoint.accessToken(got)
	if token == "" {
		return a.endpoint.noToken(got)
	}
	a.token, a.until = token, a.endpoint.now().Add(life)
	return nil
}

// accessToken takes the token out of an answer, "" if it grants none, and tells how long it is valid.
func (e *Endpoint) accessToken(got gate.Reply) (string, time.Duration) {
	if got.Status != http.StatusOK && got.Status != http.StatusCreated || !isJSON(got.Body) {
		return "", 0
	}
	root, terms := gjson.ParseBytes(got.Body), e.def.Auth
	return tokenText(terms.Token.text(root)), tokenLife(terms.Expires.text(root))
}

// noToken is the meaning of an answer without a token. OAuth2 answers 400 to an unknown client.
func (e *Endpoint) noToken(got gate.Reply) *Reading {
	refusal := Reading{Outcome: fromTail(got.Status), RetryAfter: gate.RetryAfter(got.Header, e.now())}
	if got.Status == http.StatusBadRequest {
		refusal.Outcome = models.OutcomeCredentials
	}
	refusal.Err = fmt.Errorf("providers: %s: the token request was answered with HTTP %d", e.def.ID, got.Status)
	return &refusal
}

// tokenText refuses a token that cannot be in a header.
func tokenText(text string) string {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return ""
		}
	}
	return text
}

// tokenLife reads seconds as vendors write them (7200, "7200", "7200 secs") and gives how long the token is used: a
// margin less.
func tokenLife(text string) time.Duration {
	digits, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	life := defaultTokenLife
	if seconds, err := strconv.ParseFloat(digits, 64); err == nil && seconds > 0 {
		life = time.Duration(min(seconds, maxTokenLife.Seconds()) * float64(time.Second))
	}
	return life - min(tokenMargin, life/10)
}

// tokenURL is where tokens come from: the account's URL, or a path below the base.
func tokenURL(e *Endpoint, account config.Vendor) (*url.URL, error) {
	text := account.TokenURL
	if text == "" {
		path, err := e.def.Auth.Path.path(e.vars)
		if err != nil {
			return nil, err
		}
		if path == "" {
			return nil, missing(nil, "token_url")
		}
		text = strings.TrimSuffix(e.base, "/") + path
	}
	return url.Parse(text)
}

// newJSONToken fetches a token with a JSON body of the definition's shape.
func newJSONToken(e *Endpoint, account config.Vendor) (authoriser, error) {
	where, err := tokenURL(e, account)
	if err != nil {
		return nil, err
	}
	if err := missing(e.vars, e.def.Auth.JSON.names()...); err != nil {
		return nil, err
	}
	body, err := e.def.Auth.JSON.encode(e.vars)
	if err != nil {
		return nil, err
	}
	return newTokenAuth(e, func() (gate.Call, error) {
		header := http.Header{"Content-Type": {"application/json"}}
		return gate.Call{Method: http.MethodPost, URL: where, Header: header, Body: body}, nil
	}), nil
}
