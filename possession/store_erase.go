package possession

import (
	"context"
	"sync"

	"gorm.io/gorm"

	"whoseline/models"
)

// grave is the name under which the rest of an erased subject is kept: a keyed hash of the business's reference, which
// may have been an e-mail address. Subjects of ours have ids that name nobody and stay where they are.
func (s *Service) grave(w Who) string {
	if w.Realm != "" {
		return w.key()
	}
	return s.graveOf(w.BusinessID, w.key())
}

func (s *Service) graveOf(businessID, key string) string {
	return key[:len(environment(true))] + "\x02" + hexText(s.vault.Index("erased subject", businessID+"\x00"+key))
}

// names are the names under which a subject's history may be kept; its newer part is under its own.
func (s *Service) names(w Who) []string { return []string{w.key(), s.grave(w)} }

// forget takes away what could point to a person: from the decisions about messages, and by the name of the subject.
func forget(tx *gorm.DB, e erasure) error {
	err := tx.Model(&models.Sending{}).Where("business_id = ? AND subject = ?", e.businessID, e.key).
		Updates(map[string]any{"number_index": nil, "ip_index": nil}).Error
	if err != nil {
		return err
	}
	return bury(tx, e.businessID, e.key, e.grave)
}

// bury moves the rest of an erased subject to its grave, to that of earlier erasures.
func bury(tx *gorm.DB, businessID, key, grave string) error {
	if key == grave {
		return nil
	}
	if err := tx.Where("business_id = ? AND id = ?", businessID, grave).Delete(&models.Subject{}).Error; err != nil {
		return err
	}
	err := tx.Model(&models.Subject{}).Where("business_id = ? AND id = ?", businessID, key).Update("id", grave).Error
	if err != nil {
		return err
	}
	for _, table := range []any{&models.SubjectEvent{}, &models.Sending{}} {
		err := tx.Model(table).Where("business_id = ? AND subject = ?", businessID, key).Update("subject", grave).Error
		if err != nil {
			return err
		}
	}
	return tx.Where("business_id = ? AND scope = ? AND name = ?", businessID, scopeSubject, key).Delete(&counter{}).Error
}

// resume continues the history of subjects that were erased and are created again. It looks after the subjects were
// written: an erasure in between has committed by then. Own gives the names of the subjects by those of their graves.
func resume(tx *gorm.DB, graves [][]any, own map[[2]string]string) (resumed int, err error) {
	var buried []models.Subject
	if err := tx.Where("(business_id, id) IN ?", graves).Limit(len(graves)).Find(&buried).Error; err != nil {
		return 0, err
	}
	for _, b := range buried {
		err := tx.Model(&models.Subject{}).Select("Seq", "FirstAt", "ChangedAt").
			Where("business_id = ? AND id = ? AND seq = 0", b.BusinessID, own[[2]string{b.BusinessID, b.ID}]).
			Updates(models.Subject{Seq: b.Seq, FirstAt: b.FirstAt, ChangedAt: b.ChangedAt}).Error
		if err != nil {
			return 0, err
		}
	}
	return len(buried), nil
}

// burying goes through all subjects once, a page at each sweep, for those that were erased before graves existed.
type burying struct {
	mu           sync.Mutex
	business, id string // the last one that was looked at
	done         bool
}

const buriedAtOnce = 1000

func (s *Service) buryOld(ctx context.Context) error {
	b := &s.burying
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return nil
	}
	var page []models.Subject
	err := s.all(ctx).Where("(business_id, id) > (?, ?)", b.business, b.id).Order("business_id, id").
		Limit(buriedAtOnce).Find(&page).Error
	if err != nil {
		return err
	}
	for _, subject := range page {
		if named(subject) {
			err := s.of(ctx, subject.BusinessID).Transaction(func(tx *gorm.DB) error { return s.buryOne(tx, subject) })
			if err != nil {
				return err
			}
		}
		b.business, b.id = subject.BusinessID, subject.ID
	}
	b.done = len(page) < buriedAtOnce
	return nil
}

// named tells whether an erased subject is still kept under its reference.
func named(s models.Subject) bool {
	mark := len(environment(true))
	return s.DataKey == nil && len(s.ID) > mark && s.ID[mark] != '\x01' && s.ID[mark] != '\x02'
}

// buryOne buries a subject unless it was created again.
func (s *Service) buryOne(tx *gorm.DB, old models.Subject) error {
	var held []models.Subject
	err := tx.Clauses(forUpdate).Where("business_id = ? AND id = ? AND data_key IS NULL", old.BusinessID, old.ID).Find(&held).Error
	if err != nil || len(held) == 0 {
		return err
	}
	return bury(tx, old.BusinessID, old.ID, s.graveOf(old.BusinessID, old.ID))
}
