package access

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
	"whoseline/settings"
	"whoseline/storage/rows"
)

// store holds the room's only database calls. Reads go to read; a change runs in one transaction on db that also
// moves the epoch.
type store struct {
	db   *gorm.DB
	read *gorm.DB
}

// readOf is where the rows of a business are read. What it shows may be a moment old.
func (s store) readOf(ctx context.Context, _ string) *gorm.DB { return s.read.WithContext(ctx) }

// readAll is where the small tables are read that all businesses share: the businesses, their keys and clients.
func (s store) readAll(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

// all is where those are written.
func (s store) all(ctx context.Context) *gorm.DB { return s.db.WithContext(ctx) }

// change runs f in a transaction that moves the epoch. It writes the epoch's row first. Changes therefore happen one
// after another, and what f has read cannot change before it commits.
func (s store) change(ctx context.Context, doing string, f func(tx *gorm.DB) error) error {
	err := s.all(ctx).Transaction(func(tx *gorm.DB) error {
		bumped := tx.Exec("UPDATE access_epoch SET epoch = epoch + 1 WHERE one = 1")
		if bumped.Error != nil {
			return bumped.Error
		}
		if bumped.RowsAffected != 1 {
			return errors.New("the table access_epoch has lost its row")
		}
		return f(tx)
	})
	if err != nil {
		return models.FaultIn(doing, err)
	}
	return nil
}

func (s store) epoch(ctx context.Context) (int64, error) {
	var epochs []int64
	err := s.readAll(ctx).Table("access_epoch").Where("one = 1").Pluck("epoch", &epochs).Error
	if err == nil && len(epochs) != 1 {
		err = errors.New("the table access_epoch has lost its row")
	}
	if err != nil {
		return 0, err
	}
	return epochs[0], nil
}

func (s store) business(ctx context.Context, id string) (Business, error) {
	return businessByID(s.readAll(ctx), id)
}

// businesses gives a page of all businesses, and whether more follow.
func (s store) businesses(ctx context.Context, p models.Page) ([]Business, bool, error) {
	return rows.Page[Business](s.readAll(ctx).Where("id > ?", p.After).Order("id"), p.Size())
}

// businessesLike is businesses, of those whose name or id has a text in it, whatever the case.
func (s store) businessesLike(ctx context.Context, text string, p models.Page) ([]Business, bool, error) {
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(text)) + "%"
	query := s.readAll(ctx).Where(`id > ? AND (lower(name) LIKE ? ESCAPE '\' OR lower(id) LIKE ? ESCAPE '\')`, p.After, like, like)
	return rows.Page[Business](query.Order("id"), p.Size())
}

// key gives one key of a business.
func (s store) key(ctx context.Context, businessID, id string) (models.Key, error) {
	return keyByID(s.readAll(ctx).Where("business_id = ?", businessID), id)
}

// keysOf gives a page of a business's keys, and whether more follow.
func (s store) keysOf(ctx context.Context, businessID string, p models.Page) ([]models.Key, bool, error) {
	return rows.Page[models.Key](s.readAll(ctx).Where("business_id = ? AND id > ?", businessID, p.After).Order("id"), p.Size())
}

// keyByHash gives the key of a token; nil when there is none.
func (s store) keyByHash(ctx context.Context, hash digest) (*models.Key, error) {
	return rows.Maybe[models.Key](s.readAll(ctx).Where("hash = ?", hash[:]))
}

func parentByID(tx *gorm.DB, id string) (Business, error) {
	return rows.First[Business](tx.Where("id = ?", id), "there is no such parent")
}

// lockKey gives a key that nobody else changes until the transaction ends.
func lockKey(tx *gorm.DB, id string) (models.Key, error) {
	return keyByID(tx.Clauses(clause.Locking{Strength: "UPDATE"}), id)
}

func businessByID(db *gorm.DB, id string) (Business, error) {
	return rows.First[Business](db.Where("id = ?", id), "there is no such business")
}

func keyByID(db *gorm.DB, id string) (models.Key, error) {
	return rows.First[models.Key](db.Where("id = ?", id), "there is no such key")
}

// ownKey gives a key of a business.
func ownKey(tx *gorm.DB, businessID, id string) (models.Key, error) {
	return keyByID(tx.Where("business_id = ?", businessID), id)
}

func insertKey(tx *gorm.DB, k models.Key) error {
	err := tx.Create(&k).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Fail(models.Conflict, "there is a key with this token already")
	}
	return err
}

func insertBusiness(tx *gorm.DB, b Business) error {
	if err := tx.Create(&b).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Fail(models.Conflict, "there is a business with this id already")
	} else if err != nil {
		return err
	}
	return nil
}

func updateSettings(tx *gorm.DB, id string, s settings.Choices) error {
	return tx.Model(&Business{}).Where("id = ?", id).Select("Settings").
		Updates(Business{Settings: s}).Error
}

func updateSuspended(tx *gorm.DB, b Business) error {
	set := map[string]any{"suspended_at": nil, "suspended_for": b.SuspendedFor}
	if b.Suspended() {
		set["suspended_at"] = b.SuspendedAt
	}
	return tx.Model(&Business{}).Where("id = ?", b.ID).Updates(set).Error
}

// keyUsed notes when a key was used. It tells nobody of it: nothing that is remembered changes.
func (s store) keyUsed(ctx context.Context, id string, at time.Time) error {
	return s.all(ctx).Model(&models.Key{}).Where("id = ? AND (used_at IS NULL OR used_at < ?)", id, at).Update("used_at", at).Error
}

func setKeyTime(tx *gorm.DB, id, column string, at time.Time) error {
	return tx.Model(&models.Key{}).Where("id = ?", id).Update(column, at).Error
}
