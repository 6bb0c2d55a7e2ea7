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

// resume continues the history of a subject that was erased and is created again. It looks after the subject was
// written: an erasure in between has committed by then.
func (s *Service) resume(tx *gorm.DB, w Who) error {
	var buried []models.Subject
	err := tx.Where("business_id = ? AND id = ?", w.BusinessID, s.grave(w)).Limit(1).Find(&buried).Error
	if err != nil || len(buried) == 0 {
		return err
	}
	return tx.Model(&models.Subject{}).Select("Seq", "FirstAt", "ChangedAt").
		Where("business_id = ? AND id = ? AND seq = 0", w.BusinessID, w.key()).
		Updates(models.Subject{Seq: buried[0].Seq, FirstAt: buried[0].FirstAt, ChangedAt: buried[0].ChangedAt}).Error
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
