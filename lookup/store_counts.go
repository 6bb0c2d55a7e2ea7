package lookup

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// The bounds of counting.
const (
	countBatch = 2000             // lookups of one transaction
	countLag   = 30 * time.Second // within which a lookup's row is there once its id was made
	countTail  = 20_000           // lookups that are counted while somebody waits
)

// countedRow is how far a business's lookups are counted.
type countedRow struct {
	BusinessID string `gorm:"primaryKey"`
	Through    string // the last id
}

// TableName is the table of how far counting has come.
func (countedRow) TableName() string { return "lookup_counted" }

// uncountedRow is a lookup that was counted before it had ended.
type uncountedRow struct {
	BusinessID string `gorm:"primaryKey"`
	LookupID   string `gorm:"primaryKey"`
}

// TableName is the table of those.
func (uncountedRow) TableName() string { return "lookup_uncounted" }

// countable are the columns that counters are made from.
var countable = []string{
	"business_id", "id", "key_id", "sandbox", "advanced", "status", "reason", "source", "checked", "charged", "requested_at", "answered_at",
}

// CountNew counts the lookups that came or ended since the last round, of every business. Several gateways may do it at once.
func (s *Service) CountNew(ctx context.Context) error {
	until := models.IDAt(s.world.Now().Add(-countLag))
	var ids []string
	err := s.readAll(ctx).Raw(`SELECT b.business_id FROM wallets b LEFT JOIN lookup_counted c ON c.business_id = b.business_id
		WHERE EXISTS (SELECT 1 FROM lookups l WHERE l.business_id = b.business_id AND l.id > coalesce(c.through, '') AND l.id < ?)
			OR EXISTS (SELECT 1 FROM lookup_uncounted u WHERE u.business_id = b.business_id) ORDER BY b.business_id`, until).Scan(&ids).Error
	if err != nil {
		return faultUnless(err, "look for what is to be counted")
	}
	for _, id := range ids {
		for more := true; more; {
			if more, err = s.countBatch(ctx, id, until); err != nil {
				return faultUnless(err, "count lookups")
			}
		}
	}
	return nil
}

// countBatch counts some lookups of a business, and tells whether there may be more.
func (s *Service) countBatch(ctx context.Context, businessID, until string) (more bool, err error) {
	err = s.of(ctx, businessID).Transaction(func(tx *gorm.DB) error {
		at, err := lockCounted(tx, businessID)
		if err != nil {
			return err
		}
		sum := newSums()
		came, err := countCame(tx, sum, at, until)
		if err != nil {
			return err
		}
		ended, err := countEnded(tx, sum, businessID)
		more = came == countBatch || ended == countBatch
		if err != nil {
			return err
		}
		return writeSums(tx, sum)
	})
	return more, err
}

// lockCounted locks a business's counters. The update that changes nothing is what takes the lock.
func lockCounted(tx *gorm.DB, businessID string) (at countedRow, err error) {
	return at, tx.Raw(`INSERT INTO lookup_counted (business_id, through) VALUES (?, '')
		ON CONFLICT (business_id) DO UPDATE SET through = lookup_counted.through RETURNING business_id, through`, businessID).Scan(&at).Error
}

// countCame counts lookups behind the last one that was.
func countCame(tx *gorm.DB, sum sums, at countedRow, until string) (n int, err error) {
	var rows []models.Lookup
	err = tx.Select(countable).Where("business_id = ? AND id > ? AND id < ?", at.BusinessID, at.Through, until).
		Order("id").Limit(countBatch).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var pending []uncountedRow
	for i := range rows {
		open := !rows[i].Status.Settled()
		sum.add(&rows[i], open)
		if open {
			pending = append(pending, uncountedRow{at.BusinessID, rows[i].ID})
		}
	}
	if len(pending) > 0 {
		if err := tx.Create(&pending).Error; err != nil {
			return 0, err
		}
	}
	if err := writeDisputes(tx, rows); err != nil {
		return 0, err
	}
	through := tx.Model(&countedRow{}).Where("business_id = ?", at.BusinessID).Update("through", rows[len(rows)-1].ID)
	return len(rows), through.Error
}

// countEnded moves what was counted before it had ended, and has by now.
func countEnded(tx *gorm.DB, sum sums, businessID string) (n int, err error) {
	var rows []models.Lookup
	err = tx.Select(countable).Where(`business_id = ? AND id IN (SELECT lookup_id FROM lookup_uncounted WHERE business_id = ?)
		AND status NOT IN ('open', 'pending')`, businessID, businessID).Order("id").Limit(countBatch).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	if err := writeDisputes(tx, rows); err != nil {
		return 0, err
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
		sum.settle(&rows[i])
	}
	return len(rows), tx.Where("business_id = ? AND lookup_id IN ?", businessID, ids).Delete(&uncountedRow{}).Error
}

// writeSums adds to the counters.
func writeSums(tx *gorm.DB, sum sums) error {
	counts, spans := sum.rows()
	if len(counts) > 0 {
		columns := []string{"business_id", "hour", "sandbox", "advanced", "source", "key_id", "outcome", "checked"}
		err := tx.Clauses(adding("lookup_counts", columns, "n", "charged")).CreateInBatches(&counts, 500).Error
		if err != nil {
			return err
		}
	}
	if len(spans) == 0 {
		return nil
	}
	return tx.Clauses(adding("lookup_spans", []string{"business_id", "hour", "sandbox", "bucket"}, "n")).CreateInBatches(&spans, 500).Error
}

// adding has rows that are there already grow by those that are written.
func adding(table string, key []string, sums ...string) clause.OnConflict {
	c := clause.OnConflict{}
	for _, name := range key {
		c.Columns = append(c.Columns, clause.Column{Name: name})
	}
	grow := map[string]any{}
	for _, name := range sums {
		grow[name] = gorm.Expr(table + "." + name + " + excluded." + name)
	}
	c.DoUpdates = clause.Assignments(grow)
	return c
}

// Counted gives how a business's lookups of a time came out: from the counters, and from the rows of what came since. It is bounded by
// the hours of that time, not by their lookups. Both ends are taken to the hour.
func (s *Service) Counted(ctx context.Context, businessID string, sandbox bool, in Span) (c Counted, err error) {
	db := s.readOf(ctx, businessID)
	from, to := hourOf(in.From), hourOf(in.To.Add(time.Hour-time.Second))
	var at countedRow
	if err := db.Where("business_id = ?", businessID).Limit(1).Find(&at).Error; err != nil {
		return c, faultUnless(err, "read the counters")
	}
	var counts []countRow
	err = db.Model(&countRow{}).Select("hour, outcome, checked, sum(n) AS n, sum(charged) AS charged").
		Where("business_id = ? AND hour >= ? AND hour < ? AND sandbox = ?", businessID, from, to, sandbox).
		Group("hour, outcome, checked").Scan(&counts).Error
	if err != nil {
		return c, faultUnless(err, "read the counters")
	}
	sum := newSums()
	first := max(at.Through, models.IDAt(in.From.Add(-time.Minute)))
	if c.Partly, err = s.countTail(ctx, sum, Search{BusinessID: businessID, Sandbox: sandbox, After: first, From: in.From, To: in.To}); err != nil {
		return c, err
	}
	latest, spans := sum.rows()
	c.take(append(counts, latest...))
	c.spans = make([]int64, len(spanBounds)+1)
	for _, row := range spans {
		c.spans[row.Bucket] += row.N
	}
	return c, s.countSpans(ctx, &c, countRow{BusinessID: businessID, Sandbox: sandbox}, [2]int64{from, to})
}

// countTail counts the lookups that the counters know nothing of yet.
func (s *Service) countTail(ctx context.Context, sum sums, f Search) (partly bool, err error) {
	var rows []models.Lookup
	err = s.narrow(s.readOf(ctx, f.BusinessID), f).Select(countable).Order("id").Limit(countTail).Find(&rows).Error
	for i := range rows {
		sum.add(&rows[i], !rows[i].Status.Settled())
	}
	return len(rows) == countTail, faultUnless(err, "count the latest lookups")
}

func (s *Service) countSpans(ctx context.Context, c *Counted, of countRow, hours [2]int64) error {
	var rows []spanRow
	err := s.readOf(ctx, of.BusinessID).Model(&spanRow{}).Select("bucket, sum(n) AS n").
		Where("business_id = ? AND hour >= ? AND hour < ? AND sandbox = ?", of.BusinessID, hours[0], hours[1], of.Sandbox).
		Group("bucket").Scan(&rows).Error
	for _, row := range rows {
		if row.Bucket >= 0 && row.Bucket < len(c.spans) {
			c.spans[row.Bucket] += row.N
		}
	}
	return faultUnless(err, "read how long answers took")
}

// Spent gives what a business's live lookups of a time have cost, as far as they are counted: all but those of the last minute.
func (s *Service) Spent(ctx context.Context, businessID string, from, to time.Time) (kobo int64, err error) {
	err = s.readOf(ctx, businessID).Model(&countRow{}).Select("coalesce(sum(charged), 0)").
		Where("business_id = ? AND hour >= ? AND hour <= ? AND NOT sandbox", businessID, hourOf(from), hourOf(to)).Scan(&kobo).Error
	return kobo, faultUnless(err, "read the counters")
}
