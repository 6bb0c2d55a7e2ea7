package simulator

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// vendor is one contract: a name that is also its prefix, the credentials it accepts and its routes.
type vendor struct {
	name        string
	source      string // what it rests on
	credentials Credentials
	routes      []route
	finish      func(*call, reply) reply // what stands on every answer; nil = nothing
}

// route is one thing that can be asked of a vendor.
type route struct {
	pattern string             // method and path below the vendor's prefix, as net/http has it
	source  string             // what it rests on, if not what its vendor rests on
	read    func(*call)        // notes the number and the client's reference; judges nothing
	admit   func(*call) *reply // the refusal of who may not ask; nil = open to all
	check   func(*call) *reply // the refusal of what cannot be asked
	answers table              // what is said, by digit …
	plain   func(*call) reply  // … or whatever the digit
	tests   map[string]int     // documented test numbers and the digit that they are answered as
	again   bool               // asking again is what it is for: not a replay
}

// table is what a vendor says about a number, by its last digit. Slow and closed are not in it, being the same
// everywhere; malformed holds the empty entity, the third of its three ways.
type table [10]func(*call) reply

// The digits.
const (
	found = iota
	notFound
	invalid
	sourceDown
	full
	walletEmpty
	rateLimited
	slow
	malformed
	closed
)

// Sources behind the vendors. Several rest on the same one, so that going from one to the other does not help when it
// is away.
const (
	nimc       = "nimc"
	telcoOwn   = "telco:own"
	telcoMTN   = "telco:mtn"
	telcoOther = "telco:unknown"
	reseller   = "reseller:unknown"
)

// contracts lists the vendors; the last ones carry texts. A new one is a file with its routes, and a line.
func (s *Simulator) contracts() []vendor {
	return []vendor{
		s.youverify(),
		prembly(),
		dojah(),
		s.smile(),
		s.camara(),
		s.mtn(),
		s.qoreid(),
		korapay(),
		sourceid(),
		termii(),
		africasTalking(),
		twilio(),
		whatsapp(),
	}
}

// Credentials are what a client of one vendor is to be configured with. They open nothing but the simulator.
type Credentials struct {
	Base          string `json:"base"`
	Source        string `json:"source"`
	Secret        string `json:"secret,omitempty"`
	AppID         string `json:"app_id,omitempty"`
	PartnerID     string `json:"partner_id,omitempty"`
	ClientID      string `json:"client_id,omitempty"`
	Username      string `json:"username,omitempty"`
	Sender        string `json:"sender,omitempty"`
	Template      string `json:"template,omitempty"`
	TokenURL      string `json:"token_url,omitempty"` // also the audience of an assertion
	PrivateKey    string `json:"private_key,omitempty"`
	WebhookSecret string `json:"webhook_secret,omitempty"`
}

// Credentials gives each vendor's credentials by its name, for a simulator that is reached at base, such as
// http://127.0.0.1:9000.
func (s *Simulator) Credentials(base string) map[string]Credentials {
	all := make(map[string]Credentials, len(s.vendors))
	for _, v := range s.vendors {
		with := v.credentials
		with.Base, with.Source = base+"/"+v.name, v.source
		if with.TokenURL != "" {
			with.TokenURL = with.Base + with.TokenURL
		}
		all[v.name] = with
	}
	return all
}

// keyPEM is the client's private key in the form in which a vendor's portal would hand it out.
func (s *Simulator) keyPEM() string {
	der, err := x509.MarshalPKCS8PrivateKey(s.options.Key)
	if err != nil {
		return "" // a key that cannot be written, such as one in hardware: who gave it has it
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (r *route) path() string {
	_, path, _ := strings.Cut(r.pattern, " ")
	return path
}
