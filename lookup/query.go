package lookup

import (
	"encoding/json"
	"time"

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

	Phone    models.Phone
	Advanced bool
	Metadata json.RawMessage  // compact JSON object as the caller wrote it; nil when none was sent
	Expected *models.Expected // nil when no validation was asked
	Scores   bool             // how near the names are is to be told
	Consent  Consent
	Confirm  bool // no source is asked before the number itself has confirmed a code

	Body           []byte        // as received, to tell a repeated request from another one
	IdempotencyKey string        // "" = none
	Window         time.Duration // equal bodies within it are one request when there is no key; 0 = off
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

// Result is the outcome of a query.
type Result struct {
	Body     []byte           // the answer as rendered, now or for the request that this one repeats
	Receipt  *billing.Receipt // nil when the wallet was not looked at
	Replayed bool             // the body and the receipt are those of an earlier request
}

// Search narrows a reading of past lookups. A zero field does not.
type Search struct {
	BusinessID string
	Sandbox    bool
	Limit      int
	Before     string // id: only older ones
	Status     models.Status
	Erased     *bool     // only those whose person was erased, or only others; nil = both
	From       time.Time // inclusive, on the time of the request
	To         time.Time // exclusive
	Phone      models.Phone
	Metadata   map[string]json.RawMessage // top-level members that must be equal
}
