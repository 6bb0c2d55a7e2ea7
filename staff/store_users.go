package staff

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"whoseline/models"
	"whoseline/storage/rows"
)

// member is a user as it is stored.
type member struct {
	BusinessID string `gorm:"primaryKey"`
	ID         string `gorm:"primaryKey"`
	Sealed     []byte // profile
	Role       Role
	Password   string    // argon2id, in PHC form
	TOTP       []byte    `gorm:"column:totp"`       // sealed; nil = no second factor
	TOTPOffer  []byte    `gorm:"column:totp_offer"` // sealed; nil = none is offered
	TOTPStep   int64     `gorm:"column:totp_step"`  // the newest step of which a code was used
	CreatedAt  time.Time `gorm:"autoCreateTime:false"`
	DisabledAt time.Time
	LastSeenAt time.Time

	BusinessName string `gorm:"-"` // only of a named one
}

// TableName is the table of users.
func (member) TableName() string { return "staff" }

// named is a user as read together with the name of the business.
type named struct {
	Member       member `gorm:"embedded"`
	BusinessName string
}

// namedColumns are a named one's, of a user s and the business b.
const namedColumns = `s.business_id, s.id, s.sealed, s.role, s.password, s.totp, s.totp_offer, s.totp_step, s.created_at,
	s.disabled_at, s.last_seen_at, b.name AS business_name`

func (n named) member() member {
	n.Member.BusinessName = n.BusinessName
	return n.Member
}

func (m member) disabled() bool { return !m.DisabledAt.IsZero() }

// aad binds what is sealed to its column and its user.
func (m member) aad(column string) string { return m.BusinessID + "/staff/" + m.ID + "/" + column }

// emailRow says whose an e-mail is: one user's of each business.
type emailRow struct {
	EmailIndex []byte `gorm:"primaryKey"`
	BusinessID string `gorm:"primaryKey"`
	UserID     string
}

// TableName is the table of e-mails.
func (emailRow) TableName() string { return "staff_emails" }

func memberByID(db *gorm.DB, businessID, id string) (member, error) {
	if !models.IsVisible(id) || len(id) > models.MaxID { // no database takes every text
		return member{}, models.Fail(models.NotFound, "there is no such user")
	}
	return rows.First[member](db.Where("business_id = ? AND id = ?", businessID, id), "there is no such user")
}

func (u *Users) memberByID(ctx context.Context, businessID, id string) (member, error) {
	return memberByID(u.readOf(ctx, businessID), businessID, id)
}

func (u *Users) activeMember(ctx context.Context, v Visitor) (member, error) {
	return activeMember(u.readOf(ctx, v.BusinessID), v)
}

// activeMember gives the user of a session, who may have been disabled since the session was looked up.
func activeMember(tx *gorm.DB, v Visitor) (member, error) {
	m, err := memberByID(tx, v.BusinessID, v.ID)
	if errors.Is(err, &models.Error{Code: models.NotFound}) || err == nil && m.disabled() {
		return m, errSessionEnded
	}
	return m, err
}

// maxAccounts is how many accounts of one e-mail a sign-in looks at: those that were made first.
const maxAccounts = 100

// membersByEmail gives the users of an e-mail, one of each business, the oldest first, with the names of the businesses. It is one
// statement whether there is one or not.
func (u *Users) membersByEmail(ctx context.Context, index []byte) (found []member, err error) {
	var rows []named
	err = u.readAll(ctx).Raw(`SELECT `+namedColumns+` FROM staff_emails e
		JOIN staff s ON s.business_id = e.business_id AND s.id = e.user_id
		JOIN `+u.owners()+` b ON b.id = e.business_id WHERE e.email_index = ? ORDER BY s.created_at, s.id LIMIT ?`, index, maxAccounts).Scan(&rows).Error
	for _, row := range rows {
		found = append(found, row.member())
	}
	return found, err
}

func (u *Users) membersOf(ctx context.Context, businessID string) (list []member, err error) {
	return list, u.readOf(ctx, businessID).Where("business_id = ?", businessID).Order("id").Limit(maxUsers).Find(&list).Error
}

// everyMember gives a business's users, also those that nobody can have made.
func (u *Users) everyMember(ctx context.Context, businessID string) (list []member, err error) {
	return list, u.readOf(ctx, businessID).Where("business_id = ?", businessID).Order("id").Find(&list).Error
}

// mustBe refuses a business that there is not.
func (u *Users) mustBe(db *gorm.DB, businessID string) error {
	if u.house != "" && businessID == u.house {
		return nil
	}
	var n int64
	if err := db.Table("businesses").Where("id = ?", businessID).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		return models.Fail(models.NotFound, "there is no such business")
	}
	return nil
}

// insertMember keeps the number of users bounded: changes of a business's staff happen one after another.
func insertMember(tx *gorm.DB, m member, emailIndex []byte) error {
	var n int64
	if err := tx.Model(&member{}).Where("business_id = ?", m.BusinessID).Count(&n).Error; err != nil {
		return err
	}
	if n >= maxUsers {
		return models.Fail(models.Conflict, "the business has as many users as there may be")
	}
	err := tx.Create(&emailRow{EmailIndex: emailIndex, BusinessID: m.BusinessID, UserID: m.ID}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Fail(models.Conflict, "there is a user with this e-mail already")
	}
	if err != nil {
		return err
	}
	return tx.Create(&m).Error
}

func setMember(tx *gorm.DB, m member, columns map[string]any) error {
	return tx.Model(&member{}).Where("business_id = ? AND id = ?", m.BusinessID, m.ID).Updates(columns).Error
}

// otherOwners counts the owners who may sign in beside one.
func otherOwners(tx *gorm.DB, m member) (n int64, err error) {
	err = tx.Model(&member{}).Where("business_id = ? AND id <> ? AND role = ? AND disabled_at IS NULL", m.BusinessID, m.ID, Owner).
		Count(&n).Error
	return n, err
}

// recoveryCode stands in for a code of the second factor, once.
type recoveryCode struct {
	BusinessID string `gorm:"primaryKey"`
	UserID     string `gorm:"primaryKey"`
	Hash       []byte `gorm:"primaryKey"`
}

// TableName is the table of recovery codes.
func (recoveryCode) TableName() string { return "staff_recovery_codes" }

func insertRecoveryCodes(tx *gorm.DB, m member, hashes [][]byte) error {
	codes := make([]recoveryCode, len(hashes))
	for i, hash := range hashes {
		codes[i] = recoveryCode{m.BusinessID, m.ID, hash}
	}
	return tx.Create(&codes).Error
}

// deleteRecoveryCode uses a code up, or tells that it is not one.
func deleteRecoveryCode(tx *gorm.DB, m member, hash []byte) (bool, error) {
	gone := tx.Where("business_id = ? AND user_id = ? AND hash = ?", m.BusinessID, m.ID, hash).Delete(&recoveryCode{})
	return gone.RowsAffected == 1, gone.Error
}

// dropTOTP takes the second factor away. The newest step stays known: a code stays used.
func dropTOTP(tx *gorm.DB, m member) error {
	gone := tx.Where("business_id = ? AND user_id = ?", m.BusinessID, m.ID).Delete(&recoveryCode{})
	if gone.Error != nil {
		return gone.Error
	}
	return setMember(tx, m, map[string]any{"totp": nil, "totp_offer": nil})
}
