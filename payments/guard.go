package payments

import (
	"context"
	"errors"
	"net/http"
	"time"

	"whoseline/models"
	"whoseline/providers/gate"
)

// errNotAsked is the cause where the vendor was not asked at all: it rests after failures, or every place is taken.
var errNotAsked = errors.New("the vendor was not asked")

// placeWithin is how long a call waits for one of maxConnections places.
const placeWithin = time.Second

// vendorWithin bounds a question to the vendor, its login included.
const vendorWithin = 10 * time.Second

// send asks the vendor if it may be asked now. Errors: models.Unavailable with the cause errNotAsked.
func (d *Desk) send(ctx context.Context, method, path string, body []byte) (gate.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, vendorWithin)
	defer cancel()
	_, refusal := d.gate.Enter(ctx, placeWithin)
	switch refusal {
	case "":
	case models.OutcomeCanceled:
		return gate.Reply{}, ctx.Err()
	default:
		return gate.Reply{}, unasked(placeWithin)
	}
	defer d.gate.Leave()
	report, ok := d.gate.Breaker.Allow()
	if !ok {
		return gate.Reply{}, unasked(d.gate.Breaker.ShutUntil().Sub(d.now()))
	}
	effect := gate.Ignored
	defer func() { d.gate.Breaker.Report(report, effect) }()
	got, err := d.exchange(ctx, method, path, body)
	effect = effectOf(ctx, got, err)
	return got, err
}

// unasked refuses a call; in so long another one may pass.
func unasked(wait time.Duration) error {
	wait = max(wait.Truncate(time.Second)+time.Second, time.Second)
	return &models.Error{Code: models.Unavailable, Message: noVendor, RetryAfter: wait, Err: errNotAsked}
}

// noVendor is what whoever wants to pay is told.
const noVendor = "the payment vendor does not answer right now"

// effectOf is what an exchange says about the vendor. Whoever left before its end says nothing.
func effectOf(ctx context.Context, got gate.Reply, err error) gate.Effect {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return gate.Ignored
	case err != nil, got.Status >= http.StatusInternalServerError, got.Status == http.StatusTooManyRequests:
		return gate.Hurts
	}
	return gate.Helps
}
