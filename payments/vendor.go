package payments

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"crypto/subtle"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"go.yaml.in/yaml/v3"

	"whoseline/models"
	"whoseline/providers/gate"
)

//go:embed definitions/*.yaml
var files embed.FS

// definition is how a vendor is spoken with.
type definition struct {
	Name  string `yaml:"name"`
	Base  string `yaml:"base"`
	Unit  string `yaml:"unit"` // kobo or naira
	Login *struct {
		Path, Token, Seconds string
	} `yaml:"login"`
	Start struct {
		Path string         `yaml:"path"`
		Body map[string]any `yaml:"body"`
		Good sign           `yaml:"good"`
		URL  string         `yaml:"url"`
	} `yaml:"start"`
	Verify struct {
		Path      string `yaml:"path"`
		Unknown   []int  `yaml:"unknown"` // statuses by which it says that it knows of no such payment
		Good      sign   `yaml:"good"`
		State     string `yaml:"state"`
		Amount    string `yaml:"amount"`
		Currency  string `yaml:"currency"`
		Reference string `yaml:"reference"`
	} `yaml:"verify"`
	States  map[string]State `yaml:"states"` // any other one: it is open
	Webhook struct {
		Header    string   `yaml:"header"`
		Scheme    string   `yaml:"scheme"` // hmac-sha512 of the body under the secret, in hex; word: the agreed word itself
		Reference []string `yaml:"reference"`
	} `yaml:"webhook"`
}

// sign is a member by which an answer says that it is one.
type sign struct{ Path, Is string }

func (s sign) in(body []byte) bool { return gjson.GetBytes(body, s.Path).String() == s.Is }

// Account is an account with a vendor.
type Account struct {
	Base     string // empty = the vendor's live system
	Key      string // Monnify's API key
	Secret   string
	Word     string // Flutterwave's secret hash
	Contract string // Monnify's contract code
}

// Vendors are the names of those that are known.
func Vendors() (names []string) {
	entries, err := files.ReadDir("definitions")
	if err != nil {
		panic("payments: " + err.Error()) // the files are part of the binary
	}
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Desk speaks with a vendor as its definition says.
type Desk struct {
	definition
	account Account
	client  *gate.Client
	gate    gate.Gate
	now     func() time.Time

	turn  chan struct{} // holds one token: whoever has it may look at the login
	login struct {
		token string
		until time.Time
	}
}

// maxConnections bounds those to the vendor, and the calls that are under way.
const maxConnections = 8

// NewDesk opens an account with a vendor that is known.
func NewDesk(vendor string, a Account, far http.RoundTripper, o gate.Options) (*Desk, error) {
	text, err := files.ReadFile("definitions/" + vendor + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no payment vendor %q: known are %s", vendor, strings.Join(Vendors(), ", "))
	}
	o = o.WithMachine()
	d := &Desk{account: a, now: o.Now, turn: make(chan struct{}, 1)}
	d.turn <- struct{}{}
	in := yaml.NewDecoder(strings.NewReader(string(text)))
	in.KnownFields(true)
	if err := in.Decode(&d.definition); err != nil {
		return nil, fmt.Errorf("the definition of %s: %w", vendor, err)
	}
	if a.Base != "" {
		d.Base = a.Base
	}
	d.client = gate.NewClient(maxConnections, d.Base).Over(far)
	d.gate = gate.New(vendor, gate.Limits{MaxInflight: maxConnections}, o)
	return d, nil
}

// Close lets go of the connections that are kept.
func (d *Desk) Close() { d.client.Close() }

// Name is the vendor's.
func (d *Desk) Name() string { return d.definition.Name }

// Start begins a payment.
func (d *Desk) Start(ctx context.Context, t TopUp, email, returnURL string) (string, error) {
	body, err := json.Marshal(d.fill(d.definition.Start.Body, map[string]any{
		"$email": email, "$amount": d.amount(t.Amount), "$reference": t.Reference, "$return": returnURL, "$contract": d.account.Contract,
	}))
	if err != nil {
		return "", err
	}
	got, err := d.send(ctx, http.MethodPost, d.definition.Start.Path, body)
	if err != nil {
		return "", err
	}
	page := gjson.GetBytes(got.Body, d.definition.Start.URL).String()
	if got.Status/100 != 2 || !d.definition.Start.Good.in(got.Body) || !payable(page) {
		return "", fmt.Errorf("%s answered %d without a page to pay on", d.Name(), got.Status)
	}
	return page, nil
}

// payable tells whether people may be led to a page: over https, or to this machine for trying things out.
func payable(page string) bool {
	at, err := url.Parse(page)
	return err == nil && (at.Scheme == "https" && at.Host != "" || at.Scheme == "http" && at.Hostname() == "127.0.0.1")
}

// fill puts values into a body. What is empty is left out.
func (d *Desk) fill(body map[string]any, values map[string]any) map[string]any {
	filled := make(map[string]any, len(body))
	for name, v := range body {
		switch v := v.(type) {
		case map[string]any:
			filled[name] = d.fill(v, values)
		case string:
			value, named := values[v]
			if !named {
				filled[name] = v
			} else if value != "" {
				filled[name] = value
			}
		default:
			filled[name] = v
		}
	}
	return filled
}

// amount writes kobo in the vendor's unit.
func (d *Desk) amount(kobo int64) any {
	if d.Unit == "kobo" {
		return kobo
	}
	return json.Number(fmt.Sprintf("%d.%02d", kobo/100, kobo%100))
}

// kobo reads an amount of the vendor's. What is no number, or a part of a kobo, is 0.
func (d *Desk) kobo(v gjson.Result) int64 {
	n := v.Float()
	if d.Unit == "naira" {
		n *= 100
	}
	whole := math.Round(n)
	if math.Abs(n-whole) > 1e-6 || math.Abs(whole) > 1<<53 {
		return 0
	}
	return int64(whole)
}

// Verify asks what became of a payment.
func (d *Desk) Verify(ctx context.Context, reference string) (Seen, error) {
	v := d.definition.Verify
	got, err := d.send(ctx, http.MethodGet, strings.ReplaceAll(v.Path, "$reference", url.QueryEscape(reference)), nil)
	switch {
	case err != nil:
		return Seen{}, err
	case slices.Contains(v.Unknown, got.Status):
		return Seen{Unknown: true}, nil
	case got.Status/100 != 2 || !v.Good.in(got.Body):
		return Seen{}, fmt.Errorf("%s answered %d", d.Name(), got.Status)
	}
	seen := Seen{
		State: Open, Amount: d.kobo(gjson.GetBytes(got.Body, v.Amount)), Currency: gjson.GetBytes(got.Body, v.Currency).String(),
		Reference: gjson.GetBytes(got.Body, v.Reference).String(),
	}
	word := gjson.GetBytes(got.Body, v.State).String()
	if known, ok := d.States[word]; ok {
		seen.State = known
	} else {
		seen.Word = word
	}
	return seen, nil
}

// Told gives the reference of a message that provably is the vendor's.
func (d *Desk) Told(header func(name string) string, body []byte) (string, error) {
	shown := header(d.Webhook.Header)
	want := d.account.Word
	if d.Webhook.Scheme == "hmac-sha512" {
		shown = strings.ToLower(shown)
		mac := hmac.New(sha512.New, []byte(d.account.Secret))
		mac.Write(body)
		want = hex.EncodeToString(mac.Sum(nil))
	}
	if want == "" || subtle.ConstantTimeCompare([]byte(shown), []byte(want)) != 1 {
		return "", models.Fail(models.Unauthorized, "the message is not the vendor's")
	}
	for _, path := range d.Webhook.Reference {
		if reference := gjson.GetBytes(body, path).String(); reference != "" {
			return reference, nil
		}
	}
	return "", nil // about something else
}
