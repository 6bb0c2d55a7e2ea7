package vendor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/config"
	"whoseline/models"
	"whoseline/providers/gate"
)

// The grants that give a token for one subscriber.
const (
	grantCIBA      = "urn:openid:params:grant-type:ciba"
	grantJWTBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// subjectAuth fetches a token for the number that is asked about: a three-legged one. No such token is kept: it would
// be a standing permission to ask about somebody.
type subjectAuth struct {
	plainAuth
	*oauth
}

func newSubjectAuth(e *Endpoint, account config.Vendor) (authoriser, error) {
	o, err := openOAuth(e, account)
	if err != nil {
		return nil, err
	}
	s := subjectAuth{oauth: o}
	if e.def.Auth.Kind == "jwt_bearer" {
		return jwtBearer{s}, nil
	}
	authorize := e.def.Auth.Authorize
	if authorize == "" {
		authorize = "bc-authorize"
	}
	where, err := o.where.Parse(authorize)
	if err != nil {
		return nil, errors.New("token_url is no place to look for " + authorize)
	}
	return ciba{s, where}, nil
}

// form posts what a grant needs, beside what says who we are.
func (s subjectAuth) form(ctx context.Context, where *url.URL, fields url.Values) (gate.Reply, *Reading) {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if err := s.addCredentials(fields, header); err != nil {
		return gate.Reply{}, &Reading{Outcome: models.OutcomeCredentials, Err: err}
	}
	out := gate.Call{Method: http.MethodPost, URL: where, Header: header, Body: []byte(fields.Encode())}
	got, err := s.endpoint.client.Send(ctx, out)
	if err != nil {
		refusal := unanswered(ctx, got, err)
		return gate.Reply{}, &refusal
	}
	return got, nil
}

// subjectRefusals are the errors of OAuth2 and CIBA about the subscriber; all other errors are about us.
var subjectRefusals = map[string]models.Outcome{
	"unknown_user_id": models.OutcomeNotFound,
	"access_denied":   models.OutcomeNotApplicable,
	"expired_token":   models.OutcomeNotApplicable,
}

// refusal says what an answer without a token means.
func (s subjectAuth) refusal(got gate.Reply) *Reading {
	if outcome, about := subjectRefusals[oauthError(got)]; about {
		return &Reading{Outcome: outcome, HTTP: got.Status}
	}
	return s.endpoint.noToken(got)
}

// oauthError is the code of a refusal, "" if the answer is none.
func oauthError(got gate.Reply) string {
	if got.Status < http.StatusBadRequest || !isJSON(got.Body) {
		return ""
	}
	return gjson.GetBytes(got.Body, "error").String()
}

// jwtBearer asks for the token with an assertion about the subscriber: RFC 7523, 2.1.
type jwtBearer struct{ subjectAuth }

func (a jwtBearer) prepare(ctx context.Context, v values) *Reading {
	assertion, err := a.signed(a.claims("tel:"+v["e164"], a.endpoint.def.Auth.Scope))
	if err != nil {
		return &Reading{Outcome: models.OutcomeCredentials, Err: err}
	}
	got, refusal := a.form(ctx, a.where, url.Values{"grant_type": {grantJWTBearer}, "assertion": {assertion}})
	if refusal != nil {
		return refusal
	}
	token, _ := a.endpoint.accessToken(got)
	if token == "" {
		return a.refusal(got)
	}
	v["access_token"] = token
	return nil
}

// ciba asks the subscriber over the back channel and polls for the answer: OpenID CIBA, poll mode.
type ciba struct {
	subjectAuth
	authorize *url.URL
}

// The pace of polling when the far side does not say, and by how much it slows down when told to.
const (
	cibaInterval = 5 * time.Second
	cibaSlower   = 5 * time.Second
	cibaPatience = 5 * time.Minute
)

func (a ciba) prepare(ctx context.Context, v values) *Reading {
	got, refusal := a.form(ctx, a.authorize, url.Values{
		"scope": {"openid " + a.endpoint.def.Auth.Scope}, "login_hint": {"tel:" + v["e164"]},
	})
	if refusal != nil {
		return refusal
	}
	asked := gjson.ParseBytes(got.Body)
	id := asked.Get("auth_req_id").String()
	if got.Status != http.StatusOK || !isJSON(got.Body) || id == "" {
		return a.refusal(got)
	}
	interval := seconds(asked.Get("interval"), cibaInterval)
	until := a.endpoint.now().Add(seconds(asked.Get("expires_in"), cibaPatience))
	token, refusal := a.await(ctx, id, interval, until)
	v["access_token"] = token
	return refusal
}

// await polls until the subscriber has answered.
func (a ciba) await(ctx context.Context, id string, interval time.Duration, until time.Time) (string, *Reading) {
	for a.endpoint.now().Before(until) {
		if err := a.endpoint.sleep(ctx, interval); err != nil {
			break
		}
		got, refusal := a.form(ctx, a.where, url.Values{"grant_type": {grantCIBA}, "auth_req_id": {id}})
		if refusal != nil {
			return "", refusal
		}
		if token, _ := a.endpoint.accessToken(got); token != "" {
			return token, nil
		}
		switch oauthError(got) {
		case "authorization_pending":
		case "slow_down":
			interval += cibaSlower
		default:
			return "", a.refusal(got)
		}
	}
	err := fmt.Errorf("providers: %s: the subscriber did not answer in time", a.endpoint.def.ID)
	return "", &Reading{Outcome: models.OutcomeNotApplicable, Err: err}
}

// seconds reads a sensible span, else gives the other one.
func seconds(value gjson.Result, otherwise time.Duration) time.Duration {
	n, err := strconv.Atoi(value.Raw)
	if err != nil || n < 1 || n > int(cibaPatience.Seconds()) {
		return otherwise
	}
	return time.Duration(n) * time.Second
}
