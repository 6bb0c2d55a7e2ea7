package models

import (
	"encoding/json"
	"strings"
	"time"
)

// Status is how far a lookup has come.
type Status string

// The states of a lookup. StatusOpen is a lookup whose source is being asked: callers see it as pending.
const (
	StatusOpen     Status = "open"
	StatusPending  Status = "pending"
	StatusFound    Status = "found"
	StatusNotFound Status = "not_found"
	StatusFailed   Status = "failed"
)

// Settled tells whether the lookup has ended, with or without an owner.
func (s Status) Settled() bool { return s == StatusFound || s == StatusNotFound || s == StatusFailed }

// Shown is the status as callers know it: an open lookup is pending to them.
func (s Status) Shown() string {
	if s == StatusOpen {
		return string(StatusPending)
	}
	return string(s)
}

// Lookup is one question about one number: who asked, on which consent, what was held and charged, what came back. It
// is the row of the table lookups. Everything personal in it is sealed under DataKey, which is itself sealed under the
// keyring. Destroying DataKey erases the person. The row, its money and its digest stay.
type Lookup struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	KeyID      string // the API key that asked
	Sandbox    bool
	Advanced   bool // the caller asked for the full record
	Status     Status
	Reason     string // why it failed, in words for the caller
	Source     string // the source that answered
	Checked    Check  // what a second source made of the answer
	Held       int64  // minor units set aside when it was opened
	Charged    int64  // minor units captured when it ended
	Refunded   int64  // minor units of Charged that were given back later
	CapDay     string // the day on which it counts under caps; empty = it is under none

	NumberIndex []byte // keyed hash of the number
	Tags        []byte // eight bytes of keyed hash per top-level member of the metadata
	DataKey     []byte // this record's own key, wrapped; nil after erasure
	Request     []byte // sealed Request
	Answer      []byte // sealed Answer; nil until there is one

	Purpose  string // what the subject agreed to
	Notice   string // JSON of PrivacyNotice, or empty
	Attempts string // JSON of []Attempt

	RequestedAt time.Time
	AnsweredAt  time.Time // zero until a source answered or all failed
	ModifiedAt  time.Time
	ExpiresAt   time.Time // an open lookup older than this was left behind by a crash; a pending one is due for its next try
}

// Erased tells whether the person was erased: nothing that is sealed in it can be read any more.
func (l Lookup) Erased() bool { return l.DataKey == nil }

// Leaving is a condition of SQL on the table lookups: an erasure of the person is under way. The statement that reads the key
// must ask it: of two statements, the erasure could end between them.
const Leaving = `EXISTS (SELECT 1 FROM erasures x WHERE x.business_id = lookups.business_id
	AND x.number_index = lookups.number_index AND x.ended_at IS NULL AND lookups.id <= x.through)`

// TableName is the table of lookups.
func (Lookup) TableName() string { return "lookups" }

// Request is what the caller sent, as far as it is personal. It is stored sealed.
type Request struct {
	Phone       string          `json:"phone"` // E.164
	Metadata    json.RawMessage `json:"metadata,omitempty"`
	Validations *Expected       `json:"validations,omitempty"`
	Requester   Requester       `json:"requester"`
	Prices      [2]int64        `json:"prices"`               // minor units: of found and of not found, as they were when it was asked
	Routing     Routing         `json:"routing,omitzero"`     // as it was then
	Scores      bool            `json:"scores,omitempty"`     // the caller wants to see how near the names are
	Release     Disclosure      `json:"release,omitempty"`    // the business's settings, as they were when it was asked
	CrossCheck  bool            `json:"crossCheck,omitempty"` // likewise
	RequestID   string          `json:"requestId,omitempty"`  // as the answer's header told the caller
}

// Expected is what the caller believes about the owner, to be confirmed or denied. The values stand as they were
// sent; nil was not asked.
type Expected struct {
	FirstName   *string `json:"firstName,omitempty"`
	LastName    *string `json:"lastName,omitempty"`
	DateOfBirth *string `json:"dateOfBirth,omitempty"`
}

// Owner is a person in whose name a number is registered. An empty field is unknown.
type Owner struct {
	FullName    string   `json:"fullName,omitempty"`
	FirstName   string   `json:"firstName,omitempty"`
	MiddleName  string   `json:"middleName,omitempty"`
	LastName    string   `json:"lastName,omitempty"`
	DateOfBirth string   `json:"dateOfBirth,omitempty"` // YYYY-MM-DD
	Gender      string   `json:"gender,omitempty"`      // male or female
	NIN         string   `json:"nin,omitempty"`         // 11 digits
	Email       string   `json:"email,omitempty"`
	Image       string   `json:"image,omitempty"` // a data: URI
	BirthState  string   `json:"birthState,omitempty"`
	BirthLGA    string   `json:"birthLga,omitempty"`
	Birthplace  string   `json:"birthCountry,omitempty"`
	Religion    string   `json:"religion,omitempty"`
	Address     *Address `json:"address,omitempty"`
}

// Printed is the name that the source itself printed, or else the last, first and middle name in capitals.
func (o Owner) Printed() string {
	if o.FullName != "" {
		return o.FullName
	}
	return strings.ToUpper(strings.Join(strings.Fields(o.LastName+" "+o.FirstName+" "+o.MiddleName), " "))
}

// Address is where an owner lives. An empty field is unknown.
type Address struct {
	Town  string `json:"town,omitempty"`
	LGA   string `json:"lga,omitempty"`
	State string `json:"state,omitempty"`
	Line  string `json:"line,omitempty"`
}

// PrivacyNotice is the privacy notice that the subject saw. Callers give it if they have it.
type PrivacyNotice struct {
	URL      string `json:"url,omitempty"`
	Version  string `json:"version,omitempty"`
	Language string `json:"language,omitempty"`
}

// Outcome is how one exchange with one source ended.
type Outcome string

// The outcomes that a source may report. Only they decide about charging, failover and breakers.
const (
	OutcomeFound         Outcome = "found"
	OutcomeNotFound      Outcome = "not_found"
	OutcomeNotApplicable Outcome = "not_applicable" // this source cannot answer for this number
	OutcomePending       Outcome = "pending"        // the source will say later
	OutcomeInvalid       Outcome = "invalid_input"  // the number cannot exist: every source would say so
	OutcomeWalletEmpty   Outcome = "wallet_empty"   // our account with the source is empty
	OutcomeCredentials   Outcome = "credentials"    // the source does not know us
	OutcomeRateLimited   Outcome = "rate_limited"
	OutcomeSourceDown    Outcome = "source_down"   // what the provider itself asks is away
	OutcomeProviderDown  Outcome = "provider_down" // the provider is away
	OutcomeTimeout       Outcome = "timeout"       // no answer in time: it may have been billed
	OutcomeCanceled      Outcome = "canceled"
	OutcomeBadPayload    Outcome = "bad_payload"   // an answer that makes no sense
	OutcomeBreakerOpen   Outcome = "breaker_open"  // not asked: it failed too often lately
	OutcomeBulkheadFull  Outcome = "bulkhead_full" // not asked: too many calls are in flight
	OutcomePaused        Outcome = "paused"        // not asked: it told us to slow down
	OutcomeDisabled      Outcome = "disabled"      // not asked: our account with it is out of order
	OutcomeTooDear       Outcome = "too_dear"      // not asked: it costs more than the business pays
	OutcomeConfirmed     Outcome = "confirmed"     // of no source: the number itself confirmed a code
)

// Asked tells whether a source got the question. It is false when something kept us from asking, or had to come first.
func (o Outcome) Asked() bool {
	switch o {
	case OutcomeBreakerOpen, OutcomeBulkheadFull, OutcomePaused, OutcomeDisabled, OutcomeTooDear, OutcomeConfirmed:
		return false
	default:
		return true
	}
}

// Attempt is one exchange with one source, for the record. It holds nothing personal.
type Attempt struct {
	Source  string    `json:"source"`
	Outcome Outcome   `json:"outcome"`
	At      time.Time `json:"at"`
	Millis  int64     `json:"ms"`
	HTTP    int       `json:"http,omitempty"`
	Ref     string    `json:"ref,omitempty"`

	Approach  Approach `json:"approach,omitempty"`  // why it was this source's turn
	Score     int      `json:"score,omitempty"`     // in thousandths, when candidates were ranked
	Billed    Billed   `json:"billed,omitempty"`    // by the source; empty for one that costs nothing
	CostMinor int64    `json:"costMinor,omitempty"` // what we owe for it, or may owe when Billed is unknown
	Currency  string   `json:"currency,omitempty"`  // of CostMinor
}
