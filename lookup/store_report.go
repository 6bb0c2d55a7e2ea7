package lookup

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

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
	return sum.sorted(), nil
}

// Day is how a business's lookups of one day (in UTC) came out.
type Day struct {
	At       time.Time // its first moment
	Found    int64
	NotFound int64
	Pending  int64
	Failed   int64
	Erased   int64 // of whatever outcome: nobody can tell any more whom it was about
	More     bool  // there may be more than were counted
}

// Count asks how a business's lookups of the last days came out.
type Count struct {
	BusinessID string
	Sandbox    bool
	Days       int // the day of now included
	Most       int // at most so many lookups of a day are counted
}

// Daily counts, oldest day first. A day's lookups are those whose ids were made in it.
func (s *Service) Daily(ctx context.Context, c Count) ([]Day, error) {
	today := s.world.Now().UTC().Truncate(24 * time.Hour)
	all := make([]Day, 0, c.Days)
	for ago := c.Days - 1; ago >= 0; ago-- {
		day := Day{At: today.AddDate(0, 0, -ago)}
		if err := c.count(s.readOf(ctx, c.BusinessID), &day); err != nil {
			return nil, models.Fault(fmt.Errorf("count the lookups of a day: %w", err))
		}
		all = append(all, day)
	}
	return all, nil
}

func (c Count) count(db *gorm.DB, day *Day) error {
	counted := db.Model(&models.Lookup{}).Select("status, data_key IS NULL AS erased").
		Where("business_id = ? AND id >= ? AND id < ?", c.BusinessID, models.IDAt(day.At), models.IDAt(day.At.AddDate(0, 0, 1))).
		Where("sandbox = ?", c.Sandbox).Limit(c.Most)
	var rows []struct {
		Status models.Status
		Erased bool
		N      int64
	}
	err := db.Table("(?) AS counted", counted).Select("status, erased, count(*) AS n").Group("status, erased").Scan(&rows).Error
	if err != nil {
		return err
	}
	total := int64(0)
	for _, r := range rows {
		total += r.N
		switch {
		case r.Erased && r.Status.Settled():
			day.Erased += r.N
		case r.Status == models.StatusFound:
			day.Found = r.N
		case r.Status == models.StatusNotFound:
			day.NotFound = r.N
		case r.Status == models.StatusFailed:
			day.Failed = r.N
		default: // open and pending
			day.Pending += r.N
		}
	}
	day.More = total >= int64(c.Most)
	return nil
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
