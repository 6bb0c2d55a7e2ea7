package lookup

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"whoseline/billing"
	"whoseline/models"
)

// Recount makes a business's counters and the index of its metadata anew, from the first lookup on. A process that ends
// meanwhile leaves the rest to the jobs of the gateways.
func (s *Service) Recount(ctx context.Context, businessID string) error {
	err := s.of(ctx, businessID).Transaction(func(tx *gorm.DB) error {
		if _, err := lockCounted(tx, businessID); err != nil {
			return err
		}
		for _, table := range []any{&countRow{}, &spanRow{}, &uncountedRow{}, &tagRow{}, &taggedRow{}} {
			if err := tx.Where("business_id = ?", businessID).Delete(table).Error; err != nil {
				return err
			}
		}
		return tx.Model(&countedRow{}).Where("business_id = ?", businessID).Update("through", "").Error
	})
	if err != nil {
		return faultUnless(err, "begin counting anew")
	}
	until := models.IDAt(s.world.Now().Add(-countLag))
	for _, batch := range []func(context.Context, string, string) (bool, error){s.countBatch, s.writeTags} {
		for more := true; more; {
			if more, err = batch(ctx, businessID, until); err != nil {
				return faultUnless(err, "count anew")
			}
		}
	}
	return nil
}

// VerifyCounts counts a business's lookups again and compares. What the counters say is read in one moment, for which counting waits;
// the lookups that they are about change no more, but for those that had not ended then, which are known.
func (s *Service) VerifyCounts(ctx context.Context, businessID string) (*billing.Lie, error) {
	var at countedRow
	var told map[countRow][2]int64
	var open []string
	err := s.of(ctx, businessID).Transaction(func(tx *gorm.DB) (err error) {
		if at, err = lockCounted(tx, businessID); err != nil {
			return err
		}
		if told, err = countsTold(tx, businessID); err != nil {
			return err
		}
		return tx.Model(&uncountedRow{}).Where("business_id = ?", businessID).Pluck("lookup_id", &open).Error
	})
	if err != nil {
		return nil, faultUnless(err, "read the counters")
	}
	counted, err := s.recount(ctx, at, open)
	if err != nil {
		return nil, faultUnless(err, "count lookups again")
	}
	if what := unequal(told, counted); what != "" {
		return &billing.Lie{BusinessID: businessID, Row: "lookup_counts " + businessID, What: what + ": `whoseline lookup recount` counts them anew"}, nil
	}
	return nil, nil
}

// countsTold gives what the counters of a business say.
func countsTold(tx *gorm.DB, businessID string) (map[countRow][2]int64, error) {
	var rows []countRow
	if err := tx.Where("business_id = ?", businessID).Find(&rows).Error; err != nil {
		return nil, err
	}
	told := map[countRow][2]int64{}
	for _, r := range rows {
		sum := [2]int64{r.N, r.Charged}
		if r.N, r.Charged = 0, 0; sum != [2]int64{} {
			told[r] = sum
		}
	}
	return told, nil
}

// recount counts the lookups that the counters are about, one after the other. open are those that had not ended.
func (s *Service) recount(ctx context.Context, at countedRow, open []string) (map[countRow][2]int64, error) {
	pending := map[string]bool{}
	for _, id := range open {
		pending[id] = true
	}
	db := s.of(ctx, at.BusinessID)
	rows, err := db.Model(&models.Lookup{}).Select(countable).Where("business_id = ? AND id <= ?", at.BusinessID, at.Through).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sum := newSums()
	for rows.Next() {
		var l models.Lookup
		if err := db.ScanRows(rows, &l); err != nil {
			return nil, err
		}
		sum.add(&l, pending[l.ID])
	}
	return sum.counts, rows.Err()
}

// unequal tells how counters unequal from a count, "" where they do not.
func unequal(told, counted map[countRow][2]int64) string {
	for key, n := range counted {
		if told[key] != n {
			return fmt.Sprintf("%d are counted as %s in hour %d, and charged %d; there are %d, charged %d", told[key][0], key.Outcome, key.Hour, told[key][1], n[0], n[1])
		}
	}
	for key, n := range told {
		if _, there := counted[key]; !there {
			return fmt.Sprintf("%d are counted as %s in hour %d; there are none", n[0], key.Outcome, key.Hour)
		}
	}
	return ""
}
