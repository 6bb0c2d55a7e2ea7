package lookup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tidwall/gjson"
	"gorm.io/gorm"

	"whoseline/models"
)

// of is where the rows of a business are read and written. Every database call about one business asks here, so that
// one place decides where the rows lie.
func (s *Service) of(ctx context.Context, _ string) *gorm.DB { return s.primary.WithContext(ctx) }

// readOf is of for reading alone. It may be a moment behind.
func (s *Service) readOf(ctx context.Context, _ string) *gorm.DB { return s.replica.WithContext(ctx) }

const (
	// asRead are the columns of a lookup whose sealed parts may be laid open. One whose person is being erased is read as erased.
	asRead = `business_id, id, key_id, sandbox, advanced, status, reason, source, checked, held, charged, refunded, cap_day,
		number_index, tags, CASE WHEN ` + models.Leaving + ` THEN NULL ELSE data_key END AS data_key, request, answer, purpose, notice,
		attempts, requested_at, answered_at, modified_at, expires_at`
	// readable is a condition: the person of a lookup is neither erased nor being erased.
	readable = "(data_key IS NOT NULL AND NOT " + models.Leaving + ")"
)

// rowWithin bounds the reads and writes beside a lookup while its caller waits.
const rowWithin = 5 * time.Second

// all is where the rows of every business are written.
func (s *Service) all(ctx context.Context) *gorm.DB { return s.primary.WithContext(ctx) }

// readAll is all for reading alone. It may be a moment behind.
func (s *Service) readAll(ctx context.Context) *gorm.DB { return s.replica.WithContext(ctx) }

func fault(err error) error {
	if err == nil {
		return nil
	}
	return models.Fault(err)
}

func faultUnless(err error, doing string) error {
	if err == nil {
		return nil
	}
	return models.Fault(fmt.Errorf("%s: %w", doing, err))
}

// Get reads one lookup again. A lookup of another business, or of the other environment, is not found.
func (s *Service) Get(ctx context.Context, businessID string, sandbox bool, id string) (*Record, error) {
	var l models.Lookup
	err := s.readOf(ctx, businessID).Select(asRead).Where("business_id = ? AND id = ? AND sandbox = ?", businessID, id, sandbox).Take(&l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, models.Fail(models.NotFound, "lookup not found")
	}
	if err != nil {
		return nil, models.Fault(fmt.Errorf("read the lookup: %w", err))
	}
	r, err := s.unseal(l)
	if err != nil {
		return nil, models.Fault(err)
	}
	return r, nil
}

// List reads past lookups, newest first or, if asked, oldest first. more: there are more in the direction in which it read, which
// is towards newer ones after an id and from the oldest on, else towards older ones.
func (s *Service) List(ctx context.Context, f Search) (records []*Record, more bool, err error) {
	var rows []models.Lookup
	order, rising := "id DESC", f.After != "" || f.Oldest && f.Before == ""
	if rising {
		order = "id"
	}
	if f.Erased != nil {
		if f.leaving, err = s.anyLeaving(ctx, f.BusinessID); err != nil {
			return nil, false, err
		}
	}
	err = s.walk(ctx, f, rising, func(part stretch) (enough bool, err error) {
		var some []models.Lookup
		q := part.narrow(s.narrow(s.readOf(ctx, f.BusinessID).Select(asRead), f))
		err = s.members(q, f, part.tagged).Order(order).Limit(f.Limit + 1 - len(rows)).Find(&some).Error
		rows = append(rows, some...)
		return len(rows) > f.Limit, err
	})
	if err != nil {
		return nil, false, models.Fault(fmt.Errorf("list lookups: %w", err))
	}
	if len(rows) > f.Limit {
		rows, more = rows[:f.Limit], true
	}
	if rising != f.Oldest {
		slices.Reverse(rows)
	}
	for _, row := range rows {
		r, err := s.unseal(row)
		if err != nil {
			return nil, false, models.Fault(err)
		}
		records = append(records, r)
	}
	return records, more, nil
}

// narrow turns a search into conditions. Ids grow with time, so a span of time is first a span of the primary key.
func (s *Service) narrow(q *gorm.DB, f Search) *gorm.DB {
	q = q.Where("business_id = ? AND sandbox = ?", f.BusinessID, f.Sandbox)
	if f.Before != "" {
		q = q.Where("id < ?", f.Before)
	}
	if f.After != "" {
		q = q.Where("id > ?", f.After)
	}
	q = f.equal(q)
	switch f.Status {
	case "":
	case models.StatusPending:
		q = q.Where("status IN ?", []models.Status{models.StatusOpen, models.StatusPending})
	default:
		q = q.Where("status = ?", f.Status)
	}
	if f.Erased != nil {
		q = f.erased(q)
	}
	if !f.From.IsZero() {
		q = q.Where("id >= ? AND requested_at >= ?", models.IDAt(f.From.Add(-clockSlack)), f.From)
	}
	if !f.To.IsZero() {
		q = q.Where("id < ? AND requested_at < ?", models.IDAt(f.To.Add(clockSlack)), f.To)
	}
	if !f.Phone.IsZero() || len(f.Metadata)+len(f.Any) > 0 { // nothing is known of an erased lookup
		q = q.Where(readable)
	}
	if !f.Phone.IsZero() {
		q = q.Where("number_index = ?", s.numberIndex(f.Phone, f.Sandbox))
	}
	return q
}

// erased adds the condition that a person is, or is not, erased. In the words of the first there is an index.
func (f Search) erased(q *gorm.DB) *gorm.DB {
	if *f.Erased && !f.leaving {
		return q.Where("data_key IS NULL AND status NOT IN ('open', 'pending')")
	}
	return q.Where("(NOT "+readable+" AND status NOT IN ('open', 'pending')) = ?", *f.Erased)
}

// members adds the conditions on the metadata. tagged: the table of tags knows all lookups that are looked at.
func (s *Service) members(q *gorm.DB, f Search, tagged bool) *gorm.DB {
	if tagged {
		return s.taggedMembers(q, f)
	}
	contains := "position( ? in tags) > 0" // the space is needed: GORM takes bytes right behind a bracket for a list
	if q.Name() == "sqlite" {
		contains = "instr(tags, ?) > 0"
	}
	for name, value := range f.Metadata {
		q = q.Where(contains, s.tag(f.BusinessID, name, gjson.ParseBytes(value)))
	}
	if len(f.Any) == 0 {
		return q
	}
	one := q.Session(&gorm.Session{NewDB: true})
	for _, m := range f.Any {
		one = one.Or(contains, s.tag(f.BusinessID, m.Name, gjson.ParseBytes(m.Value)))
	}
	return q.Where(one)
}

// equal adds the conditions on what a lookup's row has as it is asked for.
func (f Search) equal(q *gorm.DB) *gorm.DB {
	if f.Check == models.CheckConflict {
		q = q.Where("checked = 'conflict'") // in these words there is an index
	} else if f.Check != "" {
		q = q.Where("checked = ?", f.Check)
	}
	if f.Source != "" {
		q = q.Where("source = ?", f.Source)
	}
	if f.KeyID != "" {
		q = q.Where("key_id = ?", f.KeyID)
	}
	if f.Advanced != nil {
		q = q.Where("advanced = ?", *f.Advanced)
	}
	return q
}

// clockSlack covers the time between a request's arrival and the making of its id.
const clockSlack = 5 * time.Second

// dueUnleased is what a round looks for. The missing lease is a guess, which keeps lookups out of the round that
// somebody asks about already.
const dueUnleased = `status = 'pending' AND expires_at < @now AND NOT EXISTS (SELECT 1 FROM lookup_claims c
	WHERE c.business_id = lookups.business_id AND c.lookup_id = lookups.id AND c.until > @now)`

// due gives the pending lookups that are due at a time, the longest waiting first.
func (s *Service) due(ctx context.Context, at time.Time) (due []models.Lookup, err error) {
	ctx, cancel := context.WithTimeout(ctx, rowWithin)
	defer cancel()
	err = s.readAll(ctx).Where(dueUnleased, sql.Named("now", at)).
		Order("expires_at").Limit(retryBatch).Find(&due).Error
	if err != nil {
		return nil, fmt.Errorf("look for pending lookups: %w", err)
	}
	return due, nil
}

// putOff lets a lookup that could not be tried or settled wait as long as one whose gateway died. Otherwise such
// lookups would fill every round and keep others out of it.
func (s *Service) putOff(ctx context.Context, l *models.Lookup, now time.Time) error {
	return s.of(ctx, l.BusinessID).Model(&models.Lookup{}).
		Where("business_id = ? AND id = ? AND status = 'pending' AND expires_at = ?", l.BusinessID, l.ID, l.ExpiresAt).
		Update("expires_at", now.Add(s.leaseTime)).Error
}
