package possession

import (
	"context"
	"slices"
	"time"

	"whoseline/models"
)

// DeliveryReport is what a provider reports later about a message that it took. It holds nothing of the message.
type DeliveryReport struct {
	Provider  string // as in Delivery
	Reference string // the provider's own, as in Delivery
	State     models.DeliveryState
}

const (
	keepEarlyReports = 10 * time.Minute // far longer than a sender may take
	maxReference     = 200              // bytes
)

// onTheWay are the states before the final ones, in their order.
var onTheWay = []models.DeliveryState{"", models.DeliveryUnknown, models.DeliveryQueued, models.DeliverySent}

// finalStates are those that nothing follows.
var finalStates = []models.DeliveryState{
	models.DeliveryDelivered, models.DeliveryFailed, models.DeliveryExpired, models.DeliveryRejected,
}

// before gives the states that a state may replace. A final state replaces every state that is not final; any other
// state replaces the earlier ones. Reports arrive late, twice and out of order.
func before(s models.DeliveryState) []models.DeliveryState {
	if slices.Contains(finalStates, s) {
		return onTheWay
	}
	return onTheWay[:max(0, slices.Index(onTheWay, s))]
}

// Delivered takes in a report and tells whether its message is known. Reports may come twice, late and in any order: a
// final state stays. A report that comes before its message's reference is known waits for it. Errors: models.Invalid.
func (s *Service) Delivered(ctx context.Context, r DeliveryReport) (known bool, err error) {
	if len(before(r.State)) == 0 || r.Provider == "" || r.Reference == "" || len(r.Reference) > maxReference {
		return false, models.Fail(models.Invalid, "the receipt names no message or no state")
	}
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	if known, err = s.advance(ctx, r); known || err != nil {
		return known, models.FaultIn("take in a receipt", err)
	}
	if err := s.await(ctx, r); err != nil {
		return false, models.FaultIn("keep a receipt", err)
	}
	if known, err = s.advance(ctx, r); !known || err != nil {
		return known, models.FaultIn("take in a receipt", err)
	}
	return true, models.FaultIn("drop a receipt", s.drop(ctx, r.Provider, r.Reference))
}
