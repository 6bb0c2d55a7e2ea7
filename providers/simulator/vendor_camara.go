package simulator

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// camaraCorrelator is the form of an x-correlator, which is sent back.
var camaraCorrelator = regexp.MustCompile(`^[a-zA-Z0-9-_:;./<>{}]{0,256}$`)

const correlator = "x-correlator"

// camaraHome begins the numbers of the only country that this operator serves.
const camaraHome = "+234"

// camaraAPI is one operation: who may ask it, with which fields, and what is answered.
type camaraAPI struct {
	path, scope string
	fields      []string           // beside phoneNumber
	check       func(*call) *reply // what the fields must be, beyond their names
	usual, full func(*call) reply  // digits 0 and 4
	unknown     string             // the code of digit 1
	subject     subjectRule
}

// subjectRule is how an operation learns which number it is about.
type subjectRule int

const (
	inEither subjectRule = iota // in the body of a two-legged call, in the token of a three-legged one
	inBody                      // in the body, always
	inBoth                      // in the token, to be compared with the body
)

// camara is a mobile operator's open gateway.
func (s *Simulator) camara() vendor {
	const id, secret = "sim-camara-client", "sim-camara-secret"
	who := client{id: id, secret: secret, key: s.options.Key.Public()}
	routes := camaraDoors(who)
	for _, api := range camaraAPIs() {
		routes = append(routes, api.route())
	}
	routes = append(routes, camaraValidate(), camaraShare())
	return vendor{
		name: "camara", source: telcoOwn, routes: routes,
		credentials: Credentials{ClientID: id, Secret: secret, TokenURL: "/token", PrivateKey: s.keyPEM()},
		finish: func(c *call, said reply) reply {
			if given := c.Header.Get(correlator); given != "" && camaraCorrelator.MatchString(given) {
				header := map[string]string{correlator: given}
				for name, value := range said.header {
					header[name] = value
				}
				said.header = header
			}
			return said
		},
	}
}

func (api camaraAPI) route() route {
	return route{
		pattern: "POST " + api.path,
		read: func(c *call) {
			c.number, c.reference = c.text("phoneNumber"), c.Header.Get(correlator)
			if granted, ok := c.sim.tokens.of(c); ok && c.number == "" {
				c.number = granted.subject
			}
		},
		admit:   camaraScope(api.scope),
		check:   api.judge,
		answers: api.answers(),
	}
}

func camaraScope(scope string) func(*call) *reply {
	return func(c *call) *reply {
		granted, ok := c.sim.tokens.of(c)
		if !ok {
			return camaraError(http.StatusUnauthorized, "UNAUTHENTICATED", "The token is missing, unknown or expired.")
		}
		if !granted.allows(scope) {
			return camaraError(http.StatusForbidden, "PERMISSION_DENIED", "The token lacks the scope.")
		}
		return nil
	}
}

func camaraError(status int, code, message string) *reply {
	return refuse(status, obj{"status": status, "code": code, "message": message})
}

func camaraBad(message string) *reply {
	return camaraError(http.StatusBadRequest, "INVALID_ARGUMENT", message)
}

// judge refuses what the specification refuses.
func (api camaraAPI) judge(c *call) *reply {
	if !camaraCorrelator.MatchString(c.Header.Get(correlator)) {
		return camaraBad("x-correlator has the wrong form.")
	}
	if no := onlyFields(c, append([]string{"phoneNumber"}, api.fields...)); no != nil {
		return no
	}
	if no := api.judgeSubject(c); no != nil {
		return no
	}
	if api.check != nil {
		return api.check(c)
	}
	return nil
}

func (api camaraAPI) judgeSubject(c *call) *reply {
	granted, _ := c.sim.tokens.of(c)
	inTheBody := c.value("phoneNumber").Exists()
	switch {
	case api.subject == inBody && !inTheBody:
		return camaraBad("phoneNumber is required.")
	case api.subject == inBoth && granted.subject == "":
		return camaraError(http.StatusForbidden, "NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK",
			"The token is not one of a device in the mobile network.")
	case api.subject == inEither && granted.subject != "" && inTheBody:
		return camaraError(http.StatusUnprocessableEntity, "UNNECESSARY_IDENTIFIER", "The token already names the number.")
	case c.number == "":
		return camaraError(http.StatusUnprocessableEntity, "MISSING_IDENTIFIER", "No number was given.")
	case !e164.MatchString(c.number):
		return camaraBad("phoneNumber has the wrong form.")
	case !strings.HasPrefix(c.number, camaraHome):
		return camaraError(http.StatusUnprocessableEntity, "SERVICE_NOT_APPLICABLE", "The number belongs to another network.")
	}
	return nil
}

// onlyFields refuses what is no object, has a field that the operation does not declare, or a text that is none.
func onlyFields(c *call, declared []string) *reply {
	body := c.value("@this")
	if !body.IsObject() {
		return camaraBad("The body is not a JSON object.")
	}
	var no *reply
	body.ForEach(func(name, value gjson.Result) bool {
		if !slices.Contains(declared, name.Str) {
			no = camaraBad("The body has a field that is not declared.")
		}
		if value.Type != gjson.String && name.Str != "maxAge" {
			no = camaraBad("A field has the wrong type.")
		}
		return no == nil
	})
	return no
}

func (api camaraAPI) answers() table {
	unknown := api.unknown
	if unknown == "" {
		unknown = "IDENTIFIER_NOT_FOUND"
	}
	return table{
		found:    api.usual,
		notFound: func(*call) reply { return *camaraError(http.StatusNotFound, unknown, "The number is not known.") },
		invalid:  func(*call) reply { return *camaraBad("phoneNumber is invalid.") },
		sourceDown: func(*call) reply {
			return *camaraError(http.StatusServiceUnavailable, "UNAVAILABLE", "Service unavailable.")
		},
		full: api.full,
		walletEmpty: func(*call) reply {
			return *camaraError(http.StatusTooManyRequests, "QUOTA_EXCEEDED", "Out of resource quota.")
		},
		rateLimited: tooMany(obj{"status": 429, "code": "TOO_MANY_REQUESTS", "message": "Too many requests."}),
		malformed:   says(http.StatusOK, obj{}),
	}
}
