package lookup

import (
	"context"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
	"whoseline/storage/rows"
)

func (r *Record) reviewAAD(seq int64) []byte { return r.aad("review/" + strconv.FormatInt(seq, 10)) }

// Disputes asks for a part of a business's disputes.
type Disputes struct {
	BusinessID string
	Sandbox    bool
	Decided    bool   // those that are decided, instead of those that are not
	Assignee   string // only those of this user; "" = everybody's
	Before     string // id: only older lookups
	Limit      int
}

// Disputes lists disputes, those of the newest lookups first. A lookup is there about a minute after it has ended.
func (s *Service) Disputes(ctx context.Context, f Disputes) (list []Dispute, more bool, err error) {
	q := s.readOf(ctx, f.BusinessID).Where("business_id = ? AND sandbox = ?", f.BusinessID, f.Sandbox).Order("lookup_id DESC")
	if f.Decided {
		q = q.Where("decided_at IS NOT NULL")
	} else {
		q = q.Where("decided_at IS NULL")
	}
	if f.Assignee != "" {
		q = q.Where("assignee = ?", f.Assignee)
	}
	if f.Before != "" {
		q = q.Where("lookup_id < ?", f.Before)
	}
	list, more, err = rows.Page[Dispute](q, f.Limit)
	return list, more, faultUnless(err, "list disputes")
}

// writeDisputes notes those lookups about which there is something to decide.
func writeDisputes(tx *gorm.DB, of []models.Lookup) error {
	var made []Dispute
	for i := range of {
		if l := &of[i]; disputable(l.Checked) && l.Status.Settled() {
			made = append(made, Dispute{BusinessID: l.BusinessID, LookupID: l.ID, Sandbox: l.Sandbox, Checked: l.Checked})
		}
	}
	if len(made) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&made, 500).Error
}

// writeReview stores a review and what follows from it. The dispute's row gives it its place.
func (s *Service) writeReview(ctx context.Context, l models.Lookup, v Review, seal func(seq int64) []byte, told func(tx *gorm.DB) error) error {
	return s.of(ctx, v.BusinessID).Transaction(func(tx *gorm.DB) error {
		if err := writeDisputes(tx, []models.Lookup{l}); err != nil {
			return err
		}
		var d Dispute
		err := tx.Raw("UPDATE lookup_disputes SET seq = seq + 1 WHERE business_id = ? AND lookup_id = ? RETURNING business_id, lookup_id, seq", v.BusinessID, v.LookupID).Scan(&d).Error
		if err != nil {
			return err
		}
		changed := map[string]any{}
		if v.Assignee != "" {
			changed["assignee"] = v.Assignee
		}
		if v.Stands != "" {
			changed["stands"], changed["decided_at"] = v.Stands, v.At
		}
		if len(changed) > 0 {
			if err := tx.Model(&Dispute{}).Where("business_id = ? AND lookup_id = ?", v.BusinessID, v.LookupID).Updates(changed).Error; err != nil {
				return err
			}
		}
		v.Seq, v.Note = d.Seq, seal(d.Seq)
		if err := tx.Create(&v).Error; err != nil {
			return err
		}
		return told(tx)
	})
}

// maxReviews is how many reviews of one lookup are shown.
const maxReviews = 200

func (s *Service) reviewsOf(ctx context.Context, businessID, id string) (d *Dispute, list []Review, err error) {
	db := s.readOf(ctx, businessID)
	if d, err = rows.Maybe[Dispute](db.Where("business_id = ? AND lookup_id = ?", businessID, id)); err != nil || d == nil {
		return nil, nil, err
	}
	err = db.Where("business_id = ? AND lookup_id = ?", businessID, id).Order("seq").Limit(maxReviews).Find(&list).Error
	return d, list, err
}
