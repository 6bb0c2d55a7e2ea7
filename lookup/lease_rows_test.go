package lookup

import (
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"whoseline/storage"
)

// leaves makes that many leases that are over.
func (d *desk) leaves(n int) {
	d.t.Helper()
	err := d.db.Gorm.Transaction(func(tx *gorm.DB) error {
		for i := range n {
			if err := tx.Exec(takeLease, "shop", fmt.Sprint(i), "dead", noon, noon).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// plan is how the engine goes about a statement.
func (d *desk) plan(statement string, args ...any) (plan string) {
	d.t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	if d.db.Engine == storage.Postgres {
		explain = "EXPLAIN "
	}
	var lines []map[string]any
	if err := d.db.Gorm.Raw(explain+statement, args...).Scan(&lines).Error; err != nil {
		d.t.Fatal(err)
	}
	for _, line := range lines {
		plan += fmt.Sprintln(line["detail"], line["QUERY PLAN"])
	}
	return plan
}

func TestLeasesThatAreOverAreForgottenAllAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		live := d.leaseOn("shop", "live")
		if ours, err := live.take(t.Context()); err != nil || !ours {
			t.Fatal(ours, err)
		}
		d.leaves(leaseBatch + 1)
		for range 2 {
			if n, err := d.RetryDue(t.Context()); err != nil || n != 0 || d.leases() != 1 {
				t.Errorf("settled %d, %v, %d leases are left", n, err, d.leases())
			}
		}
		if err := live.renew(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestALeaseIsReachedByItsKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.leaves(leaseBatch)
		if err := d.db.Gorm.Exec("ANALYZE").Error; err != nil {
			t.Fatal(err)
		}
		taken := d.plan(takeLease, "shop", "l", "h", noon, noon)
		if d.db.Engine == storage.Postgres && !strings.Contains(taken, "Conflict Arbiter Indexes: lookup_claims_pkey") {
			t.Error(taken)
		}
		for _, statement := range []string{renewLease, releaseLease} {
			args := []any{noon, "shop", "l", "h"}
			plan := d.plan(statement, args[len(args)-strings.Count(statement, "?"):]...)
			if !strings.Contains(plan, "lookup_claims_pkey") && !strings.Contains(plan, "(business_id=? AND lookup_id=?)") {
				t.Error(plan)
			}
		}
	})
}
