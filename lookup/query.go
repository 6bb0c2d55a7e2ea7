package lookup

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"whoseline/billing"
	"whoseline/models"
	"whoseline/settings"
)

// Query is a caller's question after its dialect has understood it.
type Query struct {
	BusinessID string
	KeyID      string
	Sandbox    bool
	Requester  models.Requester
	Price      Price
	Routing    models.Routing
	Release    models.Disclosure    // how much of the answer is given and stored
	CrossCheck bool                 // a second source is to confirm who was found
	Cache      settings.CachePolicy // for how long the answer may be given again
	Messages   settings.Messages    // what holds for the one that carries a code
	Under      models.Under         // the caps that hold

	Phone    models.Phone
	Advanced bool
	Metadata json.RawMessage  // compact JSON object as the caller wrote it; nil when none was sent
	Expected *models.Expected // nil when no validation was asked
	Scores   bool             // how near the names are is to be told
	Consent  Consent
	Confirm  bool // no source is asked before the number itself has confirmed a code

	Body           []byte        // as received, to tell a repeated request from another one
	IdempotencyKey string        // "" = none
	KeyLife        time.Duration // how long the idempotency key is kept; 0 = as configured
	Window         time.Duration // equal bodies within it are one request when there is no key; 0 = off
	RequestID      string        // of the request, as its answer tells the caller
	Scope          string        // what idempotency keys of this kind of request are told apart by
	At             time.Time     // when the request arrived

	// Render gives the body that is sent for a record. It is kept for repeated requests.
	Render func(*Record) []byte
}

// Price is what each answer costs, in minor units.
type Price struct {
	Found    int64
	NotFound int64
	Recent   Recent // of a recent answer that is given again
}

// Recent is the price of a recent answer that is given again, in minor units.
type Recent struct {
	Found    int64
	NotFound int64
}

// most is what has to be held, since the answer is not known yet.
func (p Price) most() int64 { return max(p.Found, p.NotFound, p.Recent.Found, p.Recent.NotFound) }

// Consent is what the caller asserts about the subject's agreement.
type Consent struct {
	Refusal string // why it does not count, in the dialect's words; "" = it was given
	Purpose string
	Notice  *models.PrivacyNotice
}

// PhoneScope is the scope of idempotency keys of lookups by number.
const PhoneScope = "POST ng/phone"

// Result is the outcome of a query.
type Result struct {
	Body     []byte           // the answer as rendered, now or for the request that this one repeats
	Receipt  *billing.Receipt // nil when the wallet was not looked at
	Replayed bool             // the body and the receipt are those of an earlier request
}

// The bounds of learning the names of metadata members.
const (
	latestForNames = 50
	maxNames       = 20
)

// addNames adds the names of the top-level members of metadata that are not among them yet.
func addNames(names []string, metadata json.RawMessage) []string {
	gjson.ParseBytes(metadata).ForEach(func(name, _ gjson.Result) bool {
		if !slices.Contains(names, name.String()) && len(names) < maxNames {
			names = append(names, name.String())
		}
		return true
	})
	return names
}

// Member is a top-level member of a lookup's metadata.
type Member struct {
	Name  string
	Value json.RawMessage // compact
}

// Search narrows a reading of past lookups. A zero field does not.
type Search struct {
	BusinessID string
	Sandbox    bool
	Limit      int
	Before     string // id: only older ones
	After      string // id: only newer ones, the next of them
	Oldest     bool   // the oldest first
	Status     models.Status
	Erased     *bool     // only those whose person was erased, or only others; nil = both
	From       time.Time // inclusive, on the time of the request
	To         time.Time // exclusive
	Phone      models.Phone
	Metadata   map[string]json.RawMessage // top-level members that must be equal
	Check      models.Check
	Source     string
	KeyID      string
	Advanced   *bool
	Any        []Member // top-level members of which one must be equal

	leaving bool // erasures of the business are under way
}
