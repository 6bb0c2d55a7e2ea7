package lookup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
)

// A filter that few lookups pass would have a list read a whole history. So a list reads stretches of ids in which there is
// something: for metadata what the table of tags names, for the rest the hours in which the counters have such lookups. What
// these do not know of yet is a stretch of its own, and short.

// stretch is a part of a business's lookups.
type stretch struct {
	after, upTo string // ids: more than the one, at most the other; "" = no bound
	tagged      bool   // the table of tags knows all of them
}

func (part stretch) narrow(q *gorm.DB) *gorm.DB {
	if part.after != "" {
		q = q.Where("id > ?", part.after)
	}
	if part.upTo != "" {
		q = q.Where("id <= ?", part.upTo)
	}
	return q
}

// hoursAtOnce is how many hours with such lookups are looked for at a time.
const hoursAtOnce = 64

// clockAhead covers the time between a request's arrival and the id of its lookup.
const clockAhead = requestWithin + clockSlack

// walk calls read for each stretch of a search, in the order of the list, until it is enough.
func (s *Service) walk(ctx context.Context, f Search, rising bool, read func(stretch) (enough bool, err error)) error {
	var edge string
	var err error
	switch {
	case len(f.Metadata)+len(f.Any) > 0:
		edge, err = s.taggedThrough(ctx, f.BusinessID)
	case f.rare():
		return s.walkHours(ctx, f, rising, read)
	}
	if err != nil {
		return err
	}
	parts := []stretch{{after: edge}}
	if edge != "" {
		parts = append(parts, stretch{upTo: edge, tagged: true})
	}
	if rising {
		slices.Reverse(parts)
	}
	for _, part := range parts {
		if enough, err := read(part); enough || err != nil {
			return err
		}
	}
	return nil
}

// rare tells whether few lookups may pass the filter, and counters know which. Pending ones and conflicts have an index.
func (f *Search) rare() bool {
	if !f.Phone.IsZero() || f.Status == models.StatusPending || f.Check == models.CheckConflict {
		return false
	}
	return f.Status != "" || f.Source != "" || f.KeyID != "" || f.Check != "" || f.Advanced != nil
}

// walkHours is walk over the hours in which counters have such lookups, and what was not counted yet.
func (s *Service) walkHours(ctx context.Context, f Search, rising bool, read func(stretch) (bool, error)) error {
	var at countedRow
	if err := s.readOf(ctx, f.BusinessID).Where("business_id = ?", f.BusinessID).Limit(1).Find(&at).Error; err != nil {
		return err
	}
	if !rising || at.Through == "" {
		if enough, err := read(stretch{after: at.Through}); enough || err != nil || at.Through == "" {
			return err
		}
	}
	done := "" // the edge of what was read
	for more, last := true, int64(0); more; {
		hours, err := s.hoursWith(ctx, f, rising, last)
		if err != nil {
			return err
		}
		for _, hour := range hours {
			part := stretchOf(hour, at.Through, done, rising)
			if done = part.after; rising {
				done = part.upTo
			}
			if enough, err := read(part); enough || err != nil {
				return err
			}
		}
		if more = len(hours) == hoursAtOnce; more {
			last = hours[len(hours)-1]
		}
	}
	if rising {
		_, err := read(stretch{after: at.Through})
		return err
	}
	return nil
}

// stretchOf gives the ids of an hour that were counted, without what was read before.
func stretchOf(hour int64, through, done string, rising bool) stretch {
	begin := time.Unix(hour*3600, 0)
	part := stretch{after: models.IDAt(begin.Add(-clockSlack)), upTo: min(models.IDAt(begin.Add(time.Hour+clockAhead)), through)}
	switch {
	case done == "":
	case rising:
		part.after = max(part.after, done)
	default:
		part.upTo = min(part.upTo, done)
	}
	return part
}

// hoursWith gives hours in which the counters have lookups that pass the filter, or that had not ended when they were counted.
// last is the hour behind which they begin, in the direction of the list; 0 for the first ones.
func (s *Service) hoursWith(ctx context.Context, f Search, rising bool, last int64) (hours []int64, err error) {
	q := s.readOf(ctx, f.BusinessID).Model(&countRow{}).Distinct("hour").Where("business_id = ? AND sandbox = ? AND n > 0", f.BusinessID, f.Sandbox)
	one := q.Session(&gorm.Session{NewDB: true})
	q = q.Where(one.Where("outcome = ?", models.StatusPending).Or(f.counted(q.Session(&gorm.Session{NewDB: true}))))
	if f.KeyID != "" {
		q = q.Where("key_id = ?", f.KeyID)
	}
	if f.Advanced != nil {
		q = q.Where("advanced = ?", *f.Advanced)
	}
	if from, to := f.hours(); from > 0 || to > 0 {
		q = q.Where("hour >= ? AND (? = 0 OR hour <= ?)", from, to, to)
	}
	if order := "hour DESC"; !rising {
		q = q.Order(order)
		if last != 0 {
			q = q.Where("hour < ?", last)
		}
	} else {
		q = q.Order("hour").Where("hour > ?", last)
	}
	if err := q.Limit(hoursAtOnce).Pluck("hour", &hours).Error; err != nil {
		return nil, fmt.Errorf("look where such lookups are: %w", err)
	}
	return hours, nil
}

// counted are the filter's conditions on what a lookup came to.
func (f *Search) counted(q *gorm.DB) *gorm.DB {
	q = q.Where("outcome <> ?", models.StatusPending)
	switch f.Status {
	case "":
	case models.StatusFailed:
		q = q.Where("outcome IN ?", []string{string(models.StatusFailed), outcomeErased})
	default:
		q = q.Where("outcome = ?", f.Status)
	}
	if f.Source != "" {
		q = q.Where("source = ?", f.Source)
	}
	if f.Check != "" {
		q = q.Where("checked = ?", f.Check)
	}
	return q
}

// hours gives the first and the last hour that a search may have lookups of; 0 for no bound.
func (f *Search) hours() (from, to int64) {
	if !f.From.IsZero() {
		from = hourOf(f.From)
	}
	if at, ok := models.TimeOf(f.After); ok {
		from = max(from, hourOf(at.Add(-clockAhead)))
	}
	if !f.To.IsZero() {
		to = hourOf(f.To)
	}
	if at, ok := models.TimeOf(f.Before); ok {
		if end := hourOf(at.Add(clockSlack)); to == 0 || end < to {
			to = end
		}
	}
	return from, to
}
