package vendor

import (
	"time"

	"whoseline/models"
	"whoseline/providers/gate"
)

// definition is one endpoint of one vendor as a file describes it: how it is asked and what its answers mean.
// docs/providers.md explains every key to authors. The tag one lists the values that a text may have, the tag keys
// those that a table's keys may have.
type definition struct {
	ID   string `yaml:"-"`
	File string `yaml:"-"`
	Line int    `yaml:"-"`

	Vendor    string   `yaml:"vendor"`
	Mode      string   `yaml:"mode" one:"owner match signal"`
	Source    string   `yaml:"source"` // what the vendor itself asks: nimc, telco:mtn, reseller:unknown
	Serves    []string `yaml:"serves" one:"basic advanced"`
	Countries []string `yaml:"countries" one:"NG"`
	Prefixes  []string `yaml:"prefixes"` // of numbers in international form, such as 234803; none = all
	Returns   []string `yaml:"returns" one:"names dob gender nin photo address document match signal"`

	NumberFormat string       `yaml:"number_format" one:"national0 digits e164"`
	Needs        alternatives `yaml:"needs"`

	Base        bases           `yaml:"base"`
	Account     []string        `yaml:"account" one:"secret app_id client_id partner_id callback_url"`
	Optional    []string        `yaml:"optional" one:"secret app_id client_id partner_id callback_url"` // sent when they are set
	Auth        authTerms       `yaml:"auth"`
	Timeout     time.Duration   `yaml:"timeout"`
	MaxInflight int             `yaml:"max_inflight"`
	RPS         float64         `yaml:"rps"`
	Idempotency idempotency     `yaml:"idempotency"`
	Request     requestTemplate `yaml:"request"`
	Cost        cost            `yaml:"cost"`
	ChargesOn   []string        `yaml:"charges_on" one:"found not_found pending not_applicable invalid_input"`
	Async       string          `yaml:"async" one:"none pending_webhook accepted_webhook"`
	Balance     *balanceTerms   `yaml:"balance"`

	Classify []clause         `yaml:"classify"`
	Owners   paths            `yaml:"owners"`
	Fields   map[string]paths `yaml:"fields" keys:"full first middle last dob gender nin phone email id_type id_number photo town lga state line birth_state birth_lga birth_country religion"`
	Single   map[string]paths `yaml:"single" keys:"full first middle last dob gender nin phone email id_type id_number photo town lga state line birth_state birth_lga birth_country religion"`
	Match    map[string]paths `yaml:"match" keys:"full_name first_name middle_name last_name date_of_birth"`
	Scores   map[string]paths `yaml:"scores" keys:"full_name first_name middle_name last_name date_of_birth"`
	Verdict  *verdictTable    `yaml:"verdict"`
	Signals  map[string]paths `yaml:"signals" keys:"sim_swapped sim_changed_at sim_monitored_days tenure_since_date contract_type number_recycled device_number_verified"`
	Ref      paths            `yaml:"ref"`

	Promise string        `yaml:"promise" one:"theirs ours"` // whose reference names an answer that is owed; default theirs
	Poll    *pollTerms    `yaml:"poll"`
	Webhook *webhookTerms `yaml:"webhook"`

	Nulls      []string `yaml:"nulls"`        // texts that stand for nothing
	DOBLayouts []string `yaml:"dob_layouts"`  // as time.Parse takes them, tried before the common ones
	NINTypes   []string `yaml:"nin_id_types"` // the id_type under which id_number is a NIN
}

// limits are what the vendor bears, 0 where it does not say.
func (d *definition) limits() gate.Limits {
	return gate.Limits{Timeout: d.Timeout, MaxInflight: d.MaxInflight, Rate: d.RPS}
}

// bases are the URLs of a vendor. Some vendors have none: then the operator's account names it.
type bases struct {
	Line    int    `yaml:"-"`
	Live    string `yaml:"live"`
	Sandbox string `yaml:"sandbox"`
}

// cost is what one answer costs us, in minor units.
type cost struct {
	Currency string `yaml:"currency"`
	Minor    int64  `yaml:"minor"`
}

// requestTemplate is a call with places for values.
type requestTemplate struct {
	Line    int                 `yaml:"-"`
	Method  string              `yaml:"method" one:"GET POST"`
	Path    template            `yaml:"path"`
	Query   map[string]template `yaml:"query"`
	Headers map[string]template `yaml:"headers"`
	JSON    *shape              `yaml:"json"`
	Form    map[string]template `yaml:"form"`

	// Multipart is a body of parts: a text for each text, and JSON for a mapping or a list.
	Multipart *shape `yaml:"multipart"`
}

// authTerms say how the vendor identifies us. Constant values are in the request itself.
type authTerms struct {
	Line int    `yaml:"-"`
	Kind string `yaml:"kind" one:"none bearer basic oauth2_client_credentials ciba jwt_bearer json_token smile_hmac smile_token body_hmac"`

	Path   template `yaml:"path"`                                    // of the token request, below the base
	Client []string `yaml:"client" one:"private_key_jwt basic form"` // the first for which the account has what it takes
	Grant  string   `yaml:"grant" one:"form query"`                  // where grant_type stands; default form
	Scope  string   `yaml:"scope"`

	Authorize string `yaml:"authorize"` // ciba: where the subscriber is asked, from the token URL; default bc-authorize

	JSON    *shape `yaml:"json"`    // body of the token request of json_token
	Token   paths  `yaml:"token"`   // default access_token
	Expires paths  `yaml:"expires"` // seconds, default expires_in

	Header   string `yaml:"header"` // body_hmac: where the signature goes
	Hash     string `yaml:"hash" one:"sha256 sha512"`
	Encoding string `yaml:"encoding" one:"hex base64"`
}

// clause is one rule of classification: every condition that is given must hold.
type clause struct {
	Line    int      `yaml:"-"`
	HTTP    []int    `yaml:"http"`
	Path    paths    `yaml:"path"`
	In      []string `yaml:"in"`
	Match   *pattern `yaml:"match"`
	Exists  paths    `yaml:"exists"`  // one of them has a text that is not empty
	Present paths    `yaml:"present"` // one of them is there, be it null or false

	Outcome models.Outcome `yaml:"outcome" one:"found not_found not_applicable pending invalid_input wallet_empty credentials rate_limited source_down provider_down bad_payload"`
	Verdict string         `yaml:"verdict" one:"exact partial none"`
	Billed  *bool          `yaml:"billed"`
}

// verdictTable reads the vendor's word for how well the names fit.
type verdictTable struct {
	Path paths             `yaml:"path"`
	Map  map[string]string `yaml:"map" one:"exact partial none"`
}
