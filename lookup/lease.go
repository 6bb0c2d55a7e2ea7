package lookup

import (
	"context"
	"errors"
	"time"

	"whoseline/models"
)

// A pending lookup's expires_at says when it is tried next. Its lease says who may try it. A gateway takes the lease
// before it asks a source, and reads the lookup afterwards: another one may have asked, and even ended the lookup,
// before the lease was free. So one gateway asks at a time. Each further question that costs something begins with a
// renewal of the lease.
//
// An open lookup needs no lease, because only the call that made its row asks for it. An equal request under the same
// idempotency key is refused until the lookup has ended. Retries and codes need it pending. An answer that is brought
// early has to come again. The sweeper asks nobody. If asking takes longer than the lease, the sweeper ends the lookup
// and the answer is lost, though paid for. The bounds of a lookup's waits (flights.go, check.go) keep it within the
// lease.

// lease is the right to ask sources about one pending lookup. It ends by itself if its holder does not release it.
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

// Bounds of the wait for a lease. Most leases are held for a moment. After a longer wait the source is told to come
// again.
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

// errAskedElsewhere refuses an answer or a code while somebody else asks about its lookup.
var errAskedElsewhere = &models.Error{Code: models.Busy, Message: "the lookup is being asked for", RetryAfter: 10 * time.Second}

// errLeaseLost is the error of a try that took longer than its lease: another gateway has taken over, or will.
var errLeaseLost = errors.New("the lease was lost")

// record is look with everything unsealed, nil when the person was erased.
func (l *lease) record(ctx context.Context) (*Record, error) {
	stored, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	return l.unseal(stored)
}

// consult is Service.consult for a pending lookup. Errors: errLeaseLost; then nobody was asked.
func (l *lease) consult(ctx context.Context, r *Record, q Question) (Finding, error) {
	if err := l.renew(ctx); err != nil {
		return Finding{}, err
	}
	return l.seconded(ctx, r, q, l.first(ctx, r, q))
}

// seconded is Service.seconded for a pending lookup. Errors: errLeaseLost; then no second source was asked.
func (l *lease) seconded(ctx context.Context, r *Record, q Question, first Finding) (Finding, error) {
	if !r.doubts(first) {
		return first, nil
	}
	if err := l.renew(ctx); err != nil {
		return Finding{}, err
	}
	return l.Service.seconded(ctx, r, q, first), nil
}
