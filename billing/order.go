package billing

import (
	"time"

	"whoseline/models"
)

// Reservation takes an idempotency key for a lookup, in the transaction of its hold.
type Reservation struct {
	Key       string
	BodyHash  []byte
	ExpiresAt time.Time
}

// Kept is what a repeated request will be answered with. A nil Response frees the key instead.
type Kept struct {
	Key      string
	Response []byte
	Entry    int64 // the transfer that the receipt names when nothing was captured; 0 = none
}

// Passage tells when an operation queued, when its transaction began and when it was durable. It stays zero for a caller that
// went before the answer.
type Passage struct{ Queued, Begun, Durable time.Time }

// HoldOrder sets Lookup.Held aside and writes the lookup's row. Nothing is written when it is refused.
type HoldOrder struct {
	Lookup *models.Lookup
	Key    *Reservation    // nil: the caller sent none
	Zone   *time.Location  // of Lookup.CapDay, to tell when a cap ends
	Gone   <-chan struct{} // is closed when nobody waits for the answer any more; nil: after callerWithin
	Late   func()          // is called when the hold was made though its caller had been told models.Unknown; nil: it waits for the sweeper
	Note   *Passage        // is filled in before the answer; nil: nobody wants to know
}

// SettleOrder ends a lookup: Lookup.Charged is captured from what was held, the rest released, the row updated. A
// lookup whose Status is models.StatusPending keeps its hold.
type SettleOrder struct {
	Lookup *models.Lookup
	Keep   *Kept
	Event  *models.WebhookEvent // what the business is to be told; nil = nothing
	Gone   <-chan struct{}      // is closed when nobody waits for the answer any more; nil: after callerWithin
	Note   *Passage             // is filled in before the answer; nil: nobody wants to know
	Swept  bool                 // its gateway is believed dead: a lookup that has become pending meanwhile is left alone
}

// Receipt tells what an operation did to the wallet, in minor units.
type Receipt struct {
	Charged int64
	Balance int64 // available afterwards
	Entry   int64 // number of the hold, or of the capture, in the business's books; 0 when there is none
}
