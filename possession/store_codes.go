package possession

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
	"whoseline/storage/rows"
)

// codes gives the code of a number and a channel, as a query of at most one row.
func codes(db *gorm.DB, b bond) *gorm.DB {
	return db.Model(&models.SentCode{}).Where("business_id = ? AND subject = ? AND number_id = ? AND channel = ?",
		b.BusinessID, b.key(), b.number, b.channel)
}

// code reads a code; nil when none was ever made.
func (s *Service) code(ctx context.Context, b bond) (*models.SentCode, error) {
	return codeOf(s.of(ctx, b.BusinessID), b)
}

func (d *lockedSubject) code(b bond) (*models.SentCode, error) { return codeOf(d.tx, b) }

func codeOf(db *gorm.DB, b bond) (*models.SentCode, error) {
	return rows.Maybe[models.SentCode](codes(db, b))
}

// counted is a code after a try was counted against it.
type counted struct {
	ID    string
	KeyID string
	MAC   []byte `gorm:"column:mac"`
	Tries int
}

// count counts one try against a living code, before anything is compared; false when there is none. The last try drops
// the code that could be sent again.
func (s *Service) count(ctx context.Context, b bond) (c counted, alive bool, err error) {
	var found []counted
	err = s.of(ctx, b.BusinessID).Raw(`UPDATE possession_codes
		SET tries = tries + 1, sealed = CASE WHEN tries + 1 >= ? THEN NULL ELSE sealed END
		WHERE business_id = ? AND subject = ? AND number_id = ? AND channel = ?
			AND used_at IS NULL AND tries < ? AND expires_at > ?
		RETURNING id, key_id, mac, tries`,
		models.MaxTries, b.BusinessID, b.key(), b.number, b.channel, models.MaxTries, s.world.Now()).Scan(&found).Error
	if err != nil || len(found) == 0 {
		return c, false, err
	}
	return found[0], true, nil
}

// spend uses up a code. It succeeds once.
func (d *lockedSubject) spend(b bond) (bool, error) {
	spent := codes(d.tx, b).Where("id = ? AND used_at IS NULL AND expires_at > ?", b.code, d.now).
		Updates(map[string]any{"used_at": d.now, "sealed": nil})
	return spent.RowsAffected == 1, spent.Error
}

// markHandedBack notes that a caller knows a code: it proves only that caller's word from now on.
func (d *lockedSubject) markHandedBack(b bond) error {
	return codes(d.tx, b).Where("id = ?", b.code).Update("destination", toCaller).Error
}

// keep replaces the code before.
func (d *lockedSubject) keep(c models.SentCode) error {
	return d.tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "subject"}, {Name: "number_id"}, {Name: "channel"}},
		DoUpdates: clause.AssignmentColumns([]string{"id", "key_id", "mac", "sealed", "destination", "tries", "made_at", "expires_at", "used_at"}),
	}).Create(&c).Error
}

// lastText gives the newest code of a subject that went out as a text message; nil when there is none.
func (s *Service) lastText(ctx context.Context, who Who) (*models.SentCode, error) {
	return rows.Maybe[models.SentCode](s.readOf(ctx, who.BusinessID).
		Where("business_id = ? AND subject = ? AND channel = ?", who.BusinessID, who.key(), models.ChannelSMS).Order("made_at DESC"))
}
