package lookup

import (
	"context"
	"fmt"
	"time"

	"whoseline/models"
)

// Source is a place that may know in whose name a number is registered: the router, and every adapter behind it. It
// honours the deadline of ctx and does not panic whatever the far side sends.
type Source interface {
	Owners(ctx context.Context, q Question) Finding
}

// Question is what a source is asked.
type Question struct {
	BusinessID string
	LookupID   string // our reference, for sources that take one
	Phone      models.Phone
	Advanced   bool // the full record is wanted, not only names and dates of birth
	Expected   *models.Expected
	Price      Price          // what the business pays for the answer
	Routing    models.Routing // what the business has been promised about sources
	Consent    Assent
	Round      int // how many promised answers never came: a new round is another question to the source

	Again       bool     // nobody answered before, and the lookup has waited
	Exclude     []string // names of sources that were asked already: another opinion is wanted
	VerdictOnly bool     // no owner will be shown: a source that only compares is enough
}

// Assent is what the subject agreed to and when the caller said so, for sources that want to know.
type Assent struct {
	Purpose string
	At      time.Time
	Notice  models.PrivacyNotice
}

// Reference is ours for this question, the same however often a source is asked in one round.
func (q Question) Reference() string {
	if q.Round == 0 {
		return q.LookupID
	}
	return fmt.Sprintf("%s-%d", q.LookupID, q.Round)
}

// Finding is the result of asking. Outcome decides breaker, failover and charge. Only models.OutcomeFound has owners,
// and not when the source only compares.
type Finding struct {
	Outcome    models.Outcome
	Owners     []models.Owner
	Match      *models.Match // the source's verdict on what was expected; nil = it compared nothing
	Source     string        // the source that gave the outcome
	Reason     string        // for the caller, when the number itself is at fault
	Ref        string        // the source's own reference
	HTTP       int           // status of the far side, 0 when none
	RetryAfter time.Duration
	Billed     *bool            // what the source says of its charge; nil = nothing
	Cost       *models.Money    // of an answer that was owed, told by Promises and Callback; nil = nothing
	Err        error            // for the log: never holds personal data
	Attempts   []models.Attempt // every exchange, in order; filled by the router

	Together Together // filled by the service
}

// Together tells how an answer was made that is not just one source's word of now.
type Together struct {
	Origins  []models.Origin // nil = the finding's own source, now
	Check    models.Check
	Conflict *models.Disagreement
	Recent   bool // it was given to an earlier lookup
}
