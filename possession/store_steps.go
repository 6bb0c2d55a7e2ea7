package possession

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// runTogether gives an error when nothing was done; what a step itself refuses stands in the step.
func (s *Service) runTogether(all []*step) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(all[0].ctx), s.within)
	defer cancel()
	return s.all(ctx).Transaction(func(tx *gorm.DB) error {
		present, err := s.lockSubjects(tx, all)
		if err != nil {
			return err
		}
		each(present, func(d *lockedSubject) error { return d.step.plan(d) })
		if err := readUsage(tx, present); err != nil {
			return fmt.Errorf("read the limits: %w", err)
		}
		var w writes
		each(present, func(d *lockedSubject) error {
			if d.step.do == nil {
				return nil
			}
			return d.step.do(d)
		})
		each(present, func(d *lockedSubject) (err error) {
			if d.step.holder, err = d.finish(); err == nil {
				w.join(d.writes)
			}
			return err
		})
		return s.write(tx, w)
	})
}

// lockSubjects locks the subjects of some steps, in an order that is everybody's, and reads all that is theirs. Steps whose
// subject there is not are told so.
func (s *Service) lockSubjects(tx *gorm.DB, all []*step) (present []*lockedSubject, err error) {
	found, err := lockedRows(tx, all)
	if err != nil {
		return nil, fmt.Errorf("lock the subjects: %w", err)
	}
	var made []models.Subject // which have nothing yet
	if fresh := missing(all, found); len(fresh) > 0 {
		if made, err = s.create(tx, fresh); err != nil {
			return nil, fmt.Errorf("create the subjects: %w", err)
		}
		if made == nil {
			if made, err = lockedRows(tx, fresh); err != nil {
				return nil, fmt.Errorf("lock the new subjects: %w", err)
			}
			found, made = append(found, made...), nil
		}
	}
	known := len(found)
	found = append(found, made...)
	var old []*lockedSubject // those that may have numbers and codes
	now := s.world.Now().UTC().Truncate(time.Microsecond)
	for _, st := range all {
		i := slices.IndexFunc(found, st.about)
		if i < 0 {
			st.err = errNotFound
			continue
		}
		d := &lockedSubject{step: st, who: st.Who, tx: tx, now: now, subject: found[i], grave: s.grave(st.Who)}
		if d.key, err = s.vault.OpenKey(d.subject.DataKey, st.aad()); err != nil {
			st.err = err
			continue
		}
		if present = append(present, d); i < known {
			old = append(old, d)
		}
	}
	if err := readSubjects(tx, old); err != nil {
		return nil, err
	}
	each(present, (*lockedSubject).open)
	return present, nil
}

// about tells whether a row is that of the step's subject.
func (st *step) about(row models.Subject) bool {
	return row.BusinessID == st.BusinessID && row.ID == st.key()
}

// missing gives the steps that make their subjects, whose subjects there are not.
func missing(all []*step, found []models.Subject) (fresh []*step) {
	for _, st := range all {
		if st.fresh != nil && !slices.ContainsFunc(found, st.about) {
			fresh = append(fresh, st)
		}
	}
	return fresh
}

// lockedRows locks and reads the rows of subjects that were not erased.
func lockedRows(tx *gorm.DB, all []*step) (found []models.Subject, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	names, pairs := make([]any, 0, 2*len(all)), strings.TrimSuffix(strings.Repeat("(?,?),", len(all)), ",")
	for _, st := range all {
		names = append(names, st.BusinessID, st.key())
	}
	err = tx.Clauses(clause.Locking{Strength: "UPDATE", Table: clause.Table{Name: clause.CurrentTable}}).
		Joins("JOIN (VALUES "+pairs+") AS asked ON asked.column1 = business_id AND asked.column2 = id", names...).
		Where("data_key IS NOT NULL").Order("business_id, id").Limit(len(all)).Find(&found).Error
	return found, err
}

// readSubjects reads the numbers and codes of locked subjects.
func readSubjects(tx *gorm.DB, present []*lockedSubject) error {
	if len(present) == 0 {
		return nil
	}
	of := map[[2]string]*lockedSubject{}
	names, pairs := make([]any, 0, 2*len(present)), strings.TrimSuffix(strings.Repeat("(?,?),", len(present)), ",")
	for _, d := range present {
		of[[2]string{d.who.BusinessID, d.who.key()}] = d
		names = append(names, d.who.BusinessID, d.who.key())
	}
	theirs := func() *gorm.DB {
		return tx.Joins("JOIN (VALUES "+pairs+") AS asked ON asked.column1 = business_id AND asked.column2 = subject", names...)
	}
	var numbers []models.SubjectNumber
	if err := theirs().Order("added_at, id").Limit(models.MaxNumbers * len(present)).Find(&numbers).Error; err != nil {
		return fmt.Errorf("read the numbers: %w", err)
	}
	var codes []models.SentCode
	if err := theirs().Limit(models.MaxNumbers * maxChannels * len(present)).Find(&codes).Error; err != nil {
		return fmt.Errorf("read the codes: %w", err)
	}
	for _, n := range numbers {
		d := of[[2]string{n.BusinessID, n.Subject}]
		d.numbers = append(d.numbers, n)
	}
	for _, c := range codes {
		d := of[[2]string{c.BusinessID, c.Subject}]
		d.codes = append(d.codes, c)
	}
	return nil
}

// returning names the columns that come back: a newer schema may have more.
func returning(names ...string) clause.Returning {
	columns := make([]clause.Column, len(names))
	for i, name := range names {
		columns[i].Name = name
	}
	return clause.Returning{Columns: columns}
}

var subjectColumns = []string{
	"business_id", "id", "machine", "data_key", "seq", "selected", "preferred", "created_at", "first_at", "changed_at", "finalised_at",
}

// create makes subjects, or new ones in place of those that were erased, and gives them. It gives nil where they have to be
// read: another gateway was faster with one, which stays as that one made it, or one goes on with its history.
func (s *Service) create(tx *gorm.DB, fresh []*step) (made []models.Subject, err error) {
	graves, own := make([][]any, 0, len(fresh)), map[[2]string]string{}
	for _, st := range fresh {
		made = append(made, *st.fresh)
		if st.Realm == "" {
			graves = append(graves, []any{st.BusinessID, s.grave(st.Who)})
			own[[2]string{st.BusinessID, s.grave(st.Who)}] = st.key()
		}
	}
	slices.SortFunc(made, func(a, b models.Subject) int {
		return cmp.Or(cmp.Compare(a.BusinessID, b.BusinessID), cmp.Compare(a.ID, b.ID))
	})
	written := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"data_key", "machine"}),
		Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "possession_subjects.data_key IS NULL"}}},
	}, returning(subjectColumns...)).Create(&made)
	if written.Error != nil {
		return nil, written.Error
	}
	resumed := 0
	if len(graves) > 0 {
		if resumed, err = resume(tx, graves, own); err != nil {
			return nil, err
		}
	}
	if resumed > 0 || written.RowsAffected < int64(len(fresh)) {
		return nil, nil
	}
	return made, nil
}
