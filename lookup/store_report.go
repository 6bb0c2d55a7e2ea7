package lookup

import (
	"context"
	"fmt"
	"time"

	"whoseline/models"
)

// Margins sums up what the stored lookups of live keys cost and brought in, by source. It reads every lookup of the span,
// one after the other.
func (s *Service) Margins(ctx context.Context, in Span) ([]Margin, error) {
	all := s.readAll(ctx)
	q := all.Model(&models.Lookup{}).Select("source", "status", "charged", "refunded", "attempts").
		Where("sandbox = ?", false)
	if !in.From.IsZero() {
		q = q.Where("id >= ? AND requested_at >= ?", models.IDAt(in.From.Add(-clockSlack)), in.From)
	}
	if !in.To.IsZero() {
		q = q.Where("id < ? AND requested_at < ?", models.IDAt(in.To.Add(clockSlack)), in.To)
	}
	rows, err := q.Rows()
	if err != nil {
		return nil, fmt.Errorf("read the lookups: %w", err)
	}
	defer rows.Close()
	sum := margins{}
	for rows.Next() {
		var l models.Lookup
		if err := all.ScanRows(rows, &l); err != nil {
			return nil, fmt.Errorf("read a lookup: %w", err)
		}
		sum.add(l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the lookups: %w", err)
	}
	if err := s.correct(ctx, in, sum); err != nil {
		return nil, err
	}
	return sum.sorted(), nil
}

// Among gives those of some ids that are a business's lookups.
func (s *Service) Among(ctx context.Context, businessID string, ids []string) (map[string]bool, error) {
	var found []string
	err := s.readOf(ctx, businessID).Model(&models.Lookup{}).Where("business_id = ? AND id IN ?", businessID, ids).Pluck("id", &found).Error
	if err != nil {
		return nil, models.Fault(fmt.Errorf("look for lookups: %w", err))
	}
	set := map[string]bool{}
	for _, id := range found {
		set[id] = true
	}
	return set, nil
}

// Outcome is what became of a lookup.
type Outcome struct {
	Status        models.Status
	Held, Charged int64 // minor units
}

// Outcomes gives what became of some of a business's lookups, by their ids.
func (s *Service) Outcomes(ctx context.Context, businessID string, ids []string) (map[string]Outcome, error) {
	var some []models.Lookup
	err := s.of(ctx, businessID).Select("id", "status", "held", "charged").Where("business_id = ? AND id IN ?", businessID, ids).Find(&some).Error
	if err != nil {
		return nil, models.Fault(fmt.Errorf("look for lookups: %w", err))
	}
	all := make(map[string]Outcome, len(some))
	for _, l := range some {
		all[l.ID] = Outcome{l.Status, l.Held, l.Charged}
	}
	return all, nil
}

// Records reads some of a business's lookups, by their ids.
func (s *Service) Records(ctx context.Context, businessID string, ids []string) (map[string]*Record, error) {
	var some []models.Lookup
	if err := s.readOf(ctx, businessID).Select(asRead).Where("business_id = ? AND id IN ?", businessID, ids).Find(&some).Error; err != nil {
		return nil, models.Fault(fmt.Errorf("read lookups: %w", err))
	}
	all := make(map[string]*Record, len(some))
	for _, l := range some {
		r, err := s.unseal(l)
		if err != nil {
			return nil, models.Fault(err)
		}
		all[l.ID] = r
	}
	return all, nil
}

// NumberIndex is the blind index of a number, by which what is known of it is found.
func (s *Service) NumberIndex(p models.Phone, sandbox bool) []byte { return s.numberIndex(p, sandbox) }

// Waiting is how many of a business's lookups wait for something.
type Waiting struct {
	ForCode bool // of the number itself; else for a source
	N       int64
	Since   time.Time // when the oldest of them was asked for
}

// Waiting tells what a business's lookups wait for that have not ended.
func (s *Service) Waiting(ctx context.Context, businessID string, sandbox bool) (all []Waiting, err error) {
	var rows []struct {
		ForCode bool
		N       int64
		Oldest  string
	}
	err = s.readOf(ctx, businessID).Raw(`SELECT c.lookup_id IS NOT NULL AS for_code, count(*) AS n, min(l.id) AS oldest
		FROM lookups l LEFT JOIN lookup_confirmations c ON c.business_id = l.business_id AND c.lookup_id = l.id AND c.confirmed_at IS NULL
		WHERE l.business_id = ? AND l.sandbox = ? AND l.status IN ('open', 'pending')
		GROUP BY c.lookup_id IS NOT NULL ORDER BY 1 DESC`, businessID, sandbox).Scan(&rows).Error
	for _, r := range rows {
		at, _ := models.TimeOf(r.Oldest) // an id of ours
		all = append(all, Waiting{r.ForCode, r.N, at})
	}
	return all, faultUnless(err, "count what waits")
}
