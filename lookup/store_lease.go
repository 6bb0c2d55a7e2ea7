package lookup

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// The statements of a lease. The number of rows, 1 or 0, says whether the lease is, or was, the holder's.
const (
	takeLease = `INSERT INTO lookup_claims AS c (business_id, lookup_id, holder, until) VALUES (?, ?, ?, ?)
		ON CONFLICT (business_id, lookup_id) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE c.until <= ?`
	renewLease   = "UPDATE lookup_claims SET until = ? WHERE business_id = ? AND lookup_id = ? AND holder = ?"
	releaseLease = "DELETE FROM lookup_claims WHERE business_id = ? AND lookup_id = ? AND holder = ?"
)

// take tells whether the lease is ours now.
func (l *lease) take(ctx context.Context) (bool, error) {
	own, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	return l.takeIn(l.of(own, l.businessID))
}

// takeIn is take in a transaction that does more.
func (l *lease) takeIn(tx *gorm.DB) (bool, error) {
	now := l.world.Now()
	taken := tx.Exec(takeLease, l.businessID, l.lookupID, l.holder, now.Add(l.leaseTime), now)
	if taken.Error != nil {
		return false, fmt.Errorf("lease a lookup: %w", taken.Error)
	}
	return taken.RowsAffected == 1, nil
}

// renew extends the lease. Without it no source may be asked. Errors: errLeaseLost.
func (l *lease) renew(ctx context.Context) error {
	kept := l.of(ctx, l.businessID).Exec(renewLease, l.world.Now().Add(l.leaseTime), l.businessID, l.lookupID, l.holder)
	switch {
	case kept.Error != nil:
		return fmt.Errorf("renew the lease: %w", kept.Error)
	case kept.RowsAffected == 0:
		return errLeaseLost
	}
	return nil
}

// release lets others have the lease. It may fail: the lease ends by itself then.
func (l *lease) release(ctx context.Context) {
	err := l.of(ctx, l.businessID).Exec(releaseLease, l.businessID, l.lookupID, l.holder).Error
	if err != nil {
		l.log.Warn("lookup: a lease could not be released", "lookup", l.lookupID, "err", err)
	}
}

// look reads the lookup as it stands under the lease.
func (l *lease) look(ctx context.Context) (stored models.Lookup, err error) {
	err = l.of(ctx, l.businessID).Select(asRead).Where("business_id = ? AND id = ?", l.businessID, l.lookupID).Take(&stored).Error
	if err != nil {
		return stored, fmt.Errorf("read a leased lookup: %w", err)
	}
	return stored, nil
}

// leaseBatch bounds how many leases that are over one statement forgets.
const leaseBatch = 1000

// forgetLeases drops leases that crashes have left.
func (s *Service) forgetLeases(ctx context.Context) error {
	for now, gone := s.world.Now(), int64(leaseBatch); gone == leaseBatch; {
		var err error
		if gone, err = s.forgetSomeLeases(ctx, now); err != nil {
			return fmt.Errorf("forget leases that are over: %w", err)
		}
	}
	return nil
}

// forgetSomeLeases compares until a second time, to spare a lease that was taken again meanwhile.
func (s *Service) forgetSomeLeases(ctx context.Context, now time.Time) (gone int64, err error) {
	own, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	done := s.all(own).Exec(`DELETE FROM lookup_claims WHERE until <= ? AND (business_id, lookup_id) IN
		(SELECT business_id, lookup_id FROM lookup_claims WHERE until <= ? LIMIT ?)`, now, now, leaseBatch)
	return done.RowsAffected, done.Error
}
