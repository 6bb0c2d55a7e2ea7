package app

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/providers/directory"
	"whoseline/storage"
)

// directoryStore keeps the rows of the directory source. It stands here, because sources know no database and storage
// knows no source.
type directoryStore struct{ db *storage.DB }

// maxOwners bounds what is read for one number.
const maxOwners = 100

// directoryOwner is a row of the operator's own owners.
type directoryOwner struct {
	NumberIndex []byte `gorm:"primaryKey"`
	OwnerIndex  []byte `gorm:"primaryKey"`
	Sealed      []byte
	ImportedAt  time.Time
}

// TableName is the table of the operator's own owners.
func (directoryOwner) TableName() string { return "directory_owners" }

// Find gives the sealed owners of a number.
func (d directoryStore) Find(ctx context.Context, numberIndex []byte) (sealed [][]byte, err error) {
	err = d.db.Read.WithContext(ctx).Model(&directoryOwner{}).Where("number_index = ?", numberIndex).
		Limit(maxOwners).Pluck("sealed", &sealed).Error
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return sealed, nil
}

// Add writes owners, all or none; those that are there already stay. The counts are what it found: of two imports of one
// number at once, both may say that they brought it.
func (d directoryStore) Add(ctx context.Context, rows []directory.Row) (added, changed int, err error) {
	owners, numbers := make([]directoryOwner, len(rows)), make([][]byte, len(rows))
	now := d.db.Gorm.NowFunc()
	for i, r := range rows {
		owners[i], numbers[i] = directoryOwner{r.NumberIndex, r.OwnerIndex, r.Sealed, now}, r.NumberIndex
	}
	err = d.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var there []directoryOwner
		err := tx.Select("number_index", "owner_index").Where("number_index IN ?", numbers).Find(&there).Error
		if err != nil {
			return err
		}
		added, changed = news(there, owners)
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&owners).Error
	})
	if err != nil {
		return 0, 0, fmt.Errorf("write the directory: %w", err)
	}
	return added, changed, nil
}

// news counts the rows that bring a number, and those that bring a further owner of one.
func news(there, rows []directoryOwner) (added, changed int) {
	numbers, known := map[string]bool{}, map[string]bool{}
	for _, o := range there {
		numbers[string(o.NumberIndex)], known[string(o.NumberIndex)+string(o.OwnerIndex)] = true, true
	}
	for _, o := range rows {
		number := string(o.NumberIndex)
		switch {
		case known[number+string(o.OwnerIndex)]:
		case numbers[number]:
			changed++
		default:
			numbers[number] = true
			added++
		}
	}
	return added, changed
}
