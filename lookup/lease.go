package lookup

import (
	"context"
	"errors"
	"time"

	"whoseline/models"
)

// A pending lookup's expires_at says when it is tried next. Its lease says who may try it. Whoever wants to ask a source
// about a pending lookup takes the lease first and reads the lookup then: it may have been asked for, and even have ended,
// before the lease was free. Of any number of gateways one asks at a time. Each further question that costs something
// begins with a renewal of the lease.
//
// An open lookup needs no lease. The call that made its row asks for it, and nobody else can: an equal request under the
// same idempotency key is refused until the lookup has ended, retries and codes want it pending, an answer that is brought
// early is to come again, and the sweeper asks nobody. Where asking takes longer than the lease the sweeper ends the lookup,
// and the answer, paid for, is lost. The bounds of a lookup's waits (flights.go, check.go) keep it within the lease.

// lease is the right to ask sources about one pending lookup. One that its holder does not release ends by itself.
type lease struct {
	*Service
	businessID string
	lookupID   string
	holder     string
}

// leaseOn prepares a lease, which is not taken yet.
func (s *Service) leaseOn(businessID, lookupID string) *lease {
	return &lease{s, businessID, lookupID, s.world.NewID()}
}

// Bounds of the wait for a lease. Most are held for a moment. If one is held for longer the source is told to come again.
const (
	leaseTries = 10
	leasePause = 50 * time.Millisecond
)

// await takes the lease, if it is free within a moment. Errors: models.Busy.
func (l *lease) await(ctx context.Context) error {
	for range leaseTries {
		ours, err := l.take(ctx)
		if err != nil || ours {
			return fault(err)
		}
		pause := time.NewTimer(l.leasePause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return errAskedElsewhere
		}
	}
	return errAskedElsewhere
}

// errAskedElsewhere refuses what comes while somebody asks about its lookup.
var errAskedElsewhere = &models.Error{Code: models.Busy, Message: "the lookup is being asked for", RetryAfter: 10 * time.Second}

// errLeaseLost is of a try that outlasted its lease: somebody else has taken over, or will.
var errLeaseLost = errors.New("the lease was lost")

// record is look, laid open. Nothing of it is there when the person was erased.
func (l *lease) record(ctx context.Context) (*Record, error) {
	stored, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	return l.unseal(stored)
}

// consult is Service.consult for a pending lookup. Errors: errLeaseLost, and nobody was asked then.
func (l *lease) consult(ctx context.Context, r *Record, q Question) (Finding, error) {
	if err := l.renew(ctx); err != nil {
		return Finding{}, err
	}
	return l.seconded(ctx, r, q, l.first(ctx, r, q))
}

// seconded is Service.seconded for a pending lookup. Errors: errLeaseLost, and no second source was asked then.
func (l *lease) seconded(ctx context.Context, r *Record, q Question, first Finding) (Finding, error) {
	if !r.doubts(first) {
		return first, nil
	}
	if err := l.renew(ctx); err != nil {
		return Finding{}, err
	}
	return l.Service.seconded(ctx, r, q, first), nil
}
