package simulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Grants beside client credentials.
const (
	grantClient = "client_credentials"
	grantBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantCIBA   = "urn:openid:params:grant-type:ciba"
)

// consent is a request that was sent to a subscriber over the back channel, who agrees after some polls.
type consent struct {
	scope   string
	number  string
	polls   int
	spent   bool
	expires time.Time

	interval time.Duration // that polls must leave between them
	next     time.Time     // before which a poll is too early
}

// The pace of polls over the back channel, and by how much it slows down for a client that cannot wait.
const (
	pollInterval = 2 * time.Second
	pollSlower   = 5 * time.Second
)

// consentLife is how long a subscriber may think.
const consentLife = 2 * time.Minute

func camaraToken(c *call, _ string, _ answer) reply {
	form, who := c.form(), c.client()
	if form.Get("grant_type") == grantBearer && !form.Has("client_assertion") {
		return c.sim.tokens.bearer(c, who) // the assertion is signed by the client, which proves it
	}
	if no := c.sim.tokens.authenticate(c, who); no != nil {
		return *no
	}
	switch form.Get("grant_type") {
	case grantClient:
		return c.sim.tokens.granted(c, form.Get("scope"), "")
	case grantBearer:
		return c.sim.tokens.bearer(c, who)
	case grantCIBA:
		return camaraAnswered(c, form.Get("auth_req_id"))
	default:
		return *oauthError(http.StatusBadRequest, "unsupported_grant_type", "see the discovery document")
	}
}

// granted gives a token for what a scope text asks: at least one scope, and one purpose at most.
func (t *tokens) granted(c *call, scope, number string) reply {
	asked, purposes := strings.Fields(scope), 0
	scopes := slices.DeleteFunc(asked, func(s string) bool {
		if strings.HasPrefix(s, "dpv:") {
			purposes++
			return true
		}
		return s == "openid"
	})
	if len(scopes) == 0 || purposes > 1 {
		return *oauthError(http.StatusBadRequest, "invalid_scope", "name the scopes and no more than one purpose")
	}
	return t.grant(c, scopes, number)
}

// camaraAsk sends a subscriber a question over the back channel.
func camaraAsk(c *call, _ string, a answer) reply {
	if no := c.sim.tokens.authenticate(c, c.client()); no != nil {
		return *no
	}
	form := c.form()
	number, ok := telephone(form.Get("login_hint"))
	if !ok {
		return *oauthError(http.StatusBadRequest, "invalid_request", "login_hint is not tel: and a number")
	}
	if lastDigit(number) == notFound {
		return *oauthError(http.StatusBadRequest, "unknown_user_id", "no subscriber has that number")
	}
	if scopes := strings.Fields(form.Get("scope")); !slices.Contains(scopes, "openid") {
		return *oauthError(http.StatusBadRequest, "invalid_scope", "openid is missing")
	}
	c.number = number
	id := c.id(32)
	c.sim.consents.add(id, consent{
		scope: form.Get("scope"), number: number, expires: c.now().Add(consentLife), interval: pollInterval, next: c.now().Add(pollInterval),
	})
	c.note("request", id)
	return c.plain(a)
}

// camaraAnswered polls for the subscriber's answer, which is yes.
func camaraAnswered(c *call, id string) reply {
	spent, early := true, false
	asked, _ := c.sim.consents.change(id, func(asked *consent) {
		if early = c.now().Before(asked.next); early {
			spent, asked.interval = asked.spent, asked.interval+pollSlower
		} else {
			asked.polls++
			spent, asked.spent = asked.spent, asked.spent || asked.polls >= c.sim.options.PendingPolls
		}
		asked.next = c.now().Add(asked.interval)
	})
	switch {
	case spent:
		return *oauthError(http.StatusBadRequest, "invalid_grant", "unknown or used auth_req_id")
	case !c.now().Before(asked.expires):
		return *oauthError(http.StatusBadRequest, "expired_token", "the subscriber took too long")
	case early:
		return *oauthError(http.StatusBadRequest, "slow_down", "polls must leave more time between them")
	case asked.polls < c.sim.options.PendingPolls:
		return *oauthError(http.StatusBadRequest, "authorization_pending", "the subscriber has not answered yet")
	}
	return c.sim.tokens.granted(c, asked.scope, asked.number)
}

// telephone reads a number out of tel:+….
func telephone(text string) (string, bool) {
	number, tel := strings.CutPrefix(text, "tel:")
	return number, tel && e164.MatchString(number)
}
