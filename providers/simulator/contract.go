package simulator

import (
	"bytes"
	"crypto/x509"
	"embed"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// contracts has a file for each vendor. Its name is the vendor's.
//
//go:embed vendors/*.yaml
var contracts embed.FS

// vendor is one contract: a name that is also its prefix, the credentials it accepts, its routes, and what it says.
type vendor struct {
	name        string
	Source      string            `json:"source"` // what it rests on
	Credentials Credentials       `json:"credentials"`
	Echo        string            `json:"echo"` // a header of the request that stands on every answer
	Routes      []route           `json:"routes"`
	Says        map[string]answer `json:"says"` // by name; for the digits also where a route says nothing of its own
	Report      *report           `json:"report"`
	Shared      any               `json:"shared"` // for YAML's anchors
}

// route is one thing that can be asked of a vendor.
type route struct {
	Ask       string            `json:"ask"`       // method and path below the vendor's prefix, as net/http has it
	Source    string            `json:"source"`    // what it rests on, if not what its vendor rests on
	Number    []string          `json:"number"`    // where the number stands: the first place that holds something
	Reference string            `json:"reference"` // where the client's own stands
	Refuse    rules             `json:"refuse"`    // who may not ask and what cannot be asked; the first rule that fits is said
	Says      *answer           `json:"says"`      // what is said whatever the digit …
	Answers   map[string]answer `json:"answers"`   // … or by the digit
	Tests     []string          `json:"tests"`     // documented test numbers, which are found
	Again     bool              `json:"again"`     // asking again is what it is for: not a replay
	Subject   string            `json:"subject"`   // CAMARA: where the number comes from; see subject
	Fields    []string          `json:"fields"`    // CAMARA: what the body may hold beside phoneNumber
}

// rules may hold lists of rules, so that routes can share some.
type rules []rule

// UnmarshalJSON splices in the lists inside the list.
func (r *rules) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	for _, part := range parts {
		var several rules
		if part[0] != '[' {
			several = make(rules, 1)
			if err := strictly(part, &several[0]); err != nil {
				return err
			}
		} else if err := several.UnmarshalJSON(part); err != nil {
			return err
		}
		*r = append(*r, several...)
	}
	return nil
}

// rule is a reason to refuse. If all of If holds and not all of Unless, the answer of that name is given. A check gives the
// name itself.
type rule struct {
	If     conditions `json:"if"`
	Unless conditions `json:"unless"`
	Check  string     `json:"check"`
	Say    string     `json:"say"`
}

// answer is what is said. Texts in it are templates, see fill.
type answer struct {
	Recorded string            `json:"recorded"` // the exchange that it is taken from
	Like     string            `json:"like"`     // the answer that it is taken from
	With     any               `json:"with"`     // laid over what it is taken from
	Status   int               `json:"status"`
	Header   map[string]string `json:"header"`
	Body     any               `json:"body"`
	Page     string            `json:"page"`
	Billed   bool              `json:"billed"`
	Choose   []choice          `json:"choose"`   // the first one that fits is said instead
	Do       string            `json:"do"`       // an action, which may change the call or the answer
	Compare  *comparison       `json:"compare"`  // is done first
	Facts    map[string]string `json:"facts"`    // for an action that compares
	Accept   map[string]string `json:"accept"`   // a text that is kept
	Announce map[string]string `json:"announce"` // a webhook that is to be sent
}

type choice struct {
	If  conditions `json:"if"`
	Say string     `json:"say"`
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
		with := v.Credentials
		with.Base, with.Source = base+"/"+v.name, v.Source
		if with.TokenURL != "" {
			with.TokenURL = with.Base + with.TokenURL
		}
		if v.name == "camara" {
			with.PrivateKey = s.keyPEM()
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
	_, path, _ := strings.Cut(r.Ask, " ")
	return path
}

// parsed are the contracts, read once. Nobody changes them.
var parsed = sync.OnceValue(readContracts)

// readContracts reads every vendor's file. They are built in, and every test reads them: what is wrong with one is a fault of the
// program.
func readContracts() []vendor {
	files, err := contracts.ReadDir("vendors")
	if err != nil {
		panic(err)
	}
	all := make([]vendor, len(files))
	for i, file := range files {
		if all[i], err = readContract(file.Name()); err != nil {
			panic(fmt.Sprintf("vendors/%s: %v", file.Name(), err))
		}
	}
	return all
}

// readContract goes from YAML to JSON first, so that answers are made of the same types as recorded ones.
func readContract(name string) (vendor, error) {
	v := vendor{name: strings.TrimSuffix(name, ".yaml")}
	text, err := contracts.ReadFile(path.Join("vendors", name))
	if err != nil {
		return v, err
	}
	var any any
	if err := yaml.Unmarshal(text, &any); err != nil {
		return v, err
	}
	if text, err = json.Marshal(any); err != nil {
		return v, err
	}
	if err := strictly(text, &v); err != nil {
		return v, err
	}
	return v, errors.Join(v.settle(), v.lacks())
}

// strictly reads JSON that holds nothing unknown, and leaves its numbers as they are written.
func strictly(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	return dec.Decode(into)
}
