package simulator

import (
	"fmt"
	"strings"
	"time"
)

// checks are reasons to refuse that are no comparison of texts. They give the name of the answer, or nothing. The word behind
// a name is the argument.
var checks = map[string]func(c *call, arg string) string{
	"smile.job":           smileJob,
	"smile.consent":       smileConsent,
	"camara.form":         camaraForm,
	"camara.number":       camaraNumber,
	"camara.nothing":      camaraNothing,
	"camara.max_age":      camaraMaxAge,
	"camara.past":         camaraPast,
	"camara.one_number":   camaraOneNumber,
	"camara.message":      camaraMessage,
	"camara.fields":       camaraFields,
	"camara.code_typable": camaraCodeTypable,
}

// action is what an answer needs beyond a template: state, tokens or a comparison.
type action func(c *call, arg string, a answer) reply

func actions() map[string]action {
	return map[string]action{
		"token":            giveToken,
		"oauth.client":     oauthClient,
		"camara.token":     camaraToken,
		"camara.authorize": camaraAsk,
		"camara.bought":    camaraBought,
		"camara.match":     camaraMatch,
		"camara.verify":    camaraVerify,
		"camara.send":      camaraSend,
		"camara.typed":     camaraTyped,
		"smile.keep":       smileKeep,
		"smile.status":     smileStatus,
		"smile.v3_status":  smileV3Status,
		"youverify.keep":   youverifyKeep,
		"youverify.poll":   youverifyPoll,
	}
}

func (c *call) check(named string) string {
	name, arg, _ := strings.Cut(named, " ")
	return checks[name](c, arg)
}

func (c *call) act(a answer) reply {
	name, arg, _ := strings.Cut(a.Do, " ")
	return c.sim.actions[name](c, arg, a)
}

// giveToken notes a new token of the vendor's that lives for so long, and says the answer.
func giveToken(c *call, life string, a answer) reply {
	d, err := time.ParseDuration(life)
	if err != nil {
		panic(fmt.Sprintf("vendors/%s.yaml: %v", c.vendor.name, err)) // the files are built in and tested
	}
	c.note("token", c.sim.tokens.issue(token{vendor: c.vendor.name, expires: c.now().Add(d)}))
	return c.plain(a)
}

// oauthClient grants a token without scopes to the vendor's client.
func oauthClient(c *call, _ string, _ answer) reply {
	if no := c.sim.tokens.authenticate(c, c.client()); no != nil {
		return *no
	}
	return c.sim.tokens.grant(c, nil, "")
}

// client is who may ask this vendor for tokens.
func (c *call) client() client {
	who := client{id: c.vendor.Credentials.ClientID, secret: c.vendor.Credentials.Secret}
	if c.vendor.name == "camara" {
		who.key = c.sim.options.Key.Public()
	}
	return who
}
