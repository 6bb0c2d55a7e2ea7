package lookup

import (
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"whoseline/storage"
)

// leaves makes that many claims that are over.
func (d *desk) leaves(n int) {
	d.t.Helper()
	err := d.DB.Transaction(func(tx *gorm.DB) error {
		for i := range n {
			if err := tx.Exec(takeClaim, "shop", fmt.Sprint(i), "dead", noon, noon).Error; err != nil {
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
	if err := d.DB.Raw(explain+statement, args...).Scan(&lines).Error; err != nil {
		d.t.Fatal(err)
	}
	for _, line := range lines {
		plan += fmt.Sprintln(line["detail"], line["QUERY PLAN"])
	}
	return plan
}

func TestClaimsThatAreOverAreForgottenAllAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		live := d.claimOn("shop", "live")
		if ours, err := live.take(d.DB); err != nil || !ours {
			t.Fatal(ours, err)
		}
		d.leaves(claimBatch + 1)
		for range 2 {
			if n, err := d.Resume(t.Context()); err != nil || n != 0 || d.claims() != 1 {
				t.Errorf("settled %d, %v, %d claims are left", n, err, d.claims())
			}
		}
		if err := live.renew(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAClaimIsReachedByItsKey(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, d *desk) {
		d.leaves(claimBatch)
		if err := d.DB.Exec("ANALYZE").Error; err != nil {
			t.Fatal(err)
		}
		claimed := d.plan(takeClaim, "shop", "l", "h", noon, noon)
		if d.db.Engine == storage.Postgres && !strings.Contains(claimed, "Conflict Arbiter Indexes: lookup_claims_pkey") {
			t.Error(claimed)
		}
		for _, statement := range []string{renewClaim, releaseClaim} {
			args := []any{noon, "shop", "l", "h"}
			plan := d.plan(statement, args[len(args)-strings.Count(statement, "?"):]...)
			if !strings.Contains(plan, "lookup_claims_pkey") && !strings.Contains(plan, "(business_id=? AND lookup_id=?)") {
				t.Error(plan)
			}
		}
	})
}
