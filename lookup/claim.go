package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// When a pending lookup is tried next says its expires_at. Who may try it says its claim: whoever wants to ask a source
// about a pending lookup takes the claim first and reads the lookup then, since it may have been asked for and even have
// ended before the claim was free. Of any number of gateways one asks at a time, and each further question that costs
// something begins with the claim renewed.
//
// An open lookup needs no claim. It is asked for by the call that made its row, which nobody else can be in: an equal
// request under the same idempotency key is refused until it has ended, Resume and Confirm want it pending, a notice that
// comes early is to come again, and the sweeper asks nobody. Where asking outlasts the lease the sweeper ends the lookup,
// and the answer, paid for, is lost; the bounds of a lookup's waits (flights.go, check.go) keep it within the lease.

// claim is the right to ask sources about one pending lookup. One that its holder does not release is over with its lease.
type claim struct {
	*Service
	businessID string
	lookupID   string
	holder     string
}

// claimOn prepares a claim, which is not taken yet.
func (s *Service) claimOn(businessID, lookupID string) *claim {
	return &claim{s, businessID, lookupID, s.World.NewID()}
}

// The statements of a claim. Each says by the number of its rows, 1 or 0, whether the claim is, or was, the holder's.
const (
	takeClaim = `INSERT INTO lookup_claims AS c (business_id, lookup_id, holder, until) VALUES (?, ?, ?, ?)
		ON CONFLICT (business_id, lookup_id) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE c.until <= ?`
	renewClaim   = "UPDATE lookup_claims SET until = ? WHERE business_id = ? AND lookup_id = ? AND holder = ?"
	releaseClaim = "DELETE FROM lookup_claims WHERE business_id = ? AND lookup_id = ? AND holder = ?"
)

// take tells whether the claim is ours now.
func (c *claim) take(tx *gorm.DB) (bool, error) {
	now := c.World.Now()
	taken := tx.Exec(takeClaim, c.businessID, c.lookupID, c.holder, now.Add(c.Lease), now)
	if taken.Error != nil {
		return false, fmt.Errorf("claim a lookup: %w", taken.Error)
	}
	return taken.RowsAffected == 1, nil
}

// takeSoon is take outside a transaction.
func (c *claim) takeSoon(ctx context.Context) (bool, error) {
	own, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	return c.take(c.DB.WithContext(own))
}

// Bounds of the wait for a claim. Most are held for a moment; of one that is held for longer the source is told to come
// again.
const (
	claimTries = 10
	claimPause = 50 * time.Millisecond
)

// await takes the claim, if it is free within a moment. Errors: models.Busy.
func (c *claim) await(ctx context.Context) error {
	for range claimTries {
		ours, err := c.takeSoon(ctx)
		if err != nil || ours {
			return fault(err)
		}
		pause := time.NewTimer(c.claimPause)
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

// errClaimLost is of a pursuit that outlasted its lease: somebody else has taken over, or will.
var errClaimLost = errors.New("the claim was lost")

// renew gives the claim another lease. Without it nothing may be asked. Errors: errClaimLost.
func (c *claim) renew(ctx context.Context) error {
	kept := c.DB.WithContext(ctx).Exec(renewClaim, c.World.Now().Add(c.Lease), c.businessID, c.lookupID, c.holder)
	switch {
	case kept.Error != nil:
		return fmt.Errorf("renew the claim: %w", kept.Error)
	case kept.RowsAffected == 0:
		return errClaimLost
	}
	return nil
}

// release lets others have the claim. It may fail: the claim is over with its lease then.
func (c *claim) release(ctx context.Context) {
	err := c.DB.WithContext(ctx).Exec(releaseClaim, c.businessID, c.lookupID, c.holder).Error
	if err != nil {
		c.Log.Warn("lookup: a claim could not be released", "lookup", c.lookupID, "err", err)
	}
}

// look reads the lookup as it stands under the claim.
func (c *claim) look(ctx context.Context) (l models.Lookup, err error) {
	err = c.DB.WithContext(ctx).Where("business_id = ? AND id = ?", c.businessID, c.lookupID).Take(&l).Error
	if err != nil {
		return l, fmt.Errorf("read a claimed lookup: %w", err)
	}
	return l, nil
}

// record is look, laid open. Nothing of it is there when the person was erased.
func (c *claim) record(ctx context.Context) (*Record, error) {
	l, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	return c.unseal(l)
}

// consult is Service.consult for a pending lookup. Errors: errClaimLost, and nobody was asked then.
func (c *claim) consult(ctx context.Context, r *Record, q Question) (Finding, error) {
	if err := c.renew(ctx); err != nil {
		return Finding{}, err
	}
	return c.seconded(ctx, r, q, c.first(ctx, r, q))
}

// seconded is Service.seconded for a pending lookup. Errors: errClaimLost, and no second source was asked then.
func (c *claim) seconded(ctx context.Context, r *Record, q Question, first Finding) (Finding, error) {
	if !r.doubts(first) {
		return first, nil
	}
	if err := c.renew(ctx); err != nil {
		return Finding{}, err
	}
	return c.Service.seconded(ctx, r, q, first), nil
}

// claimBatch bounds how many claims that are over one statement forgets.
const claimBatch = 1000

// forgetClaims drops claims that crashes have left.
func (s *Service) forgetClaims(ctx context.Context) error {
	for now, gone := s.World.Now(), int64(claimBatch); gone == claimBatch; {
		var err error
		if gone, err = s.forgetSomeClaims(ctx, now); err != nil {
			return fmt.Errorf("forget claims that are over: %w", err)
		}
	}
	return nil
}

// forgetSomeClaims looks at until a second time to spare a claim that was taken anew meanwhile.
func (s *Service) forgetSomeClaims(ctx context.Context, now time.Time) (gone int64, err error) {
	own, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	done := s.DB.WithContext(own).Exec(`DELETE FROM lookup_claims WHERE until <= ? AND (business_id, lookup_id) IN
		(SELECT business_id, lookup_id FROM lookup_claims WHERE until <= ? LIMIT ?)`, now, now, claimBatch)
	return done.RowsAffected, done.Error
}
