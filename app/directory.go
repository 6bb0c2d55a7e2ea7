package app

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"whoseline/providers/directory"
	"whoseline/storage"
)

// directoryStore keeps the rows of the directory source: the source itself knows no database.
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

// Add writes owners, all or none; those that are there already stay.
func (d directoryStore) Add(ctx context.Context, rows []directory.Row) error {
	owners := make([]directoryOwner, len(rows))
	now := d.db.Gorm.NowFunc()
	for i, r := range rows {
		owners[i] = directoryOwner{r.NumberIndex, r.OwnerIndex, r.Sealed, now}
	}
	err := d.db.Gorm.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&owners).Error
	if err != nil {
		return fmt.Errorf("write the directory: %w", err)
	}
	return nil
}
