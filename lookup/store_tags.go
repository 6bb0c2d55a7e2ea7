package lookup

import (
	"context"
	"slices"

	"github.com/tidwall/gjson"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// A lookup's row has the keyed hashes of its metadata's members side by side, where no index finds them. A job writes them
// into a table of their own, a moment behind: a lookup itself costs no statement more.

// tagBatch is how many lookups one transaction writes the tags of.
const tagBatch = 1000

// taggedRow is how far a business's tags are written.
type taggedRow struct {
	BusinessID string `gorm:"primaryKey"`
	Through    string // the last lookup's id
}

// TableName is the table of how far tags are written.
func (taggedRow) TableName() string { return "lookup_tagged" }

// tagRow is one member of one lookup's metadata.
type tagRow struct {
	BusinessID string `gorm:"primaryKey"`
	Tag        []byte `gorm:"primaryKey"`
	LookupID   string `gorm:"primaryKey"`
}

// TableName is the table of tags.
func (tagRow) TableName() string { return "lookup_tags" }

// TagNew writes the tags of the lookups that came since the last round, of every business. Several gateways may do it at
// once.
func (s *Service) TagNew(ctx context.Context) error {
	until := models.IDAt(s.world.Now().Add(-countLag))
	var ids []string
	err := s.readAll(ctx).Raw(`SELECT b.business_id FROM wallets b LEFT JOIN lookup_tagged c ON c.business_id = b.business_id
		WHERE EXISTS (SELECT 1 FROM lookups l WHERE l.business_id = b.business_id AND l.id > coalesce(c.through, '') AND l.id < ?)
		ORDER BY b.business_id`, until).Scan(&ids).Error
	if err != nil {
		return faultUnless(err, "look for metadata to index")
	}
	for _, id := range ids {
		for more := true; more; {
			if more, err = s.writeTags(ctx, id, until); err != nil {
				return faultUnless(err, "index metadata")
			}
		}
	}
	return nil
}

// writeTags writes the tags of some lookups of a business, and tells whether there may be more.
func (s *Service) writeTags(ctx context.Context, businessID, until string) (more bool, err error) {
	err = s.of(ctx, businessID).Transaction(func(tx *gorm.DB) error {
		var at taggedRow
		err := tx.Raw(`INSERT INTO lookup_tagged (business_id, through) VALUES (?, '')
			ON CONFLICT (business_id) DO UPDATE SET through = lookup_tagged.through RETURNING business_id, through`, businessID).Scan(&at).Error
		if err != nil {
			return err
		}
		var rows []models.Lookup
		err = tx.Select("id", "tags").Where("business_id = ? AND id > ? AND id < ?", businessID, at.Through, until).
			Order("id").Limit(tagBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		if made := tagsOf(businessID, rows); len(made) > 0 {
			if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&made, 1000).Error; err != nil {
				return err
			}
		}
		more = len(rows) == tagBatch
		return tx.Model(&taggedRow{}).Where("business_id = ?", businessID).Update("through", rows[len(rows)-1].ID).Error
	})
	return more, err
}

func tagsOf(businessID string, rows []models.Lookup) (made []tagRow) {
	for i := range rows {
		for tag := range slices.Chunk(rows[i].Tags, tagSize) {
			made = append(made, tagRow{businessID, tag, rows[i].ID})
		}
	}
	return made
}

// taggedMembers adds the conditions on the metadata of lookups that the table of tags knows.
func (s *Service) taggedMembers(q *gorm.DB, f Search) *gorm.DB {
	const among = "id IN (SELECT lookup_id FROM lookup_tags WHERE business_id = ? AND tag IN ?)"
	for name, value := range f.Metadata {
		q = q.Where(among, f.BusinessID, [][]byte{s.tag(f.BusinessID, name, gjson.ParseBytes(value))})
	}
	if len(f.Any) == 0 {
		return q
	}
	var tags [][]byte
	for _, m := range f.Any {
		tags = append(tags, s.tag(f.BusinessID, m.Name, gjson.ParseBytes(m.Value)))
	}
	return q.Where(among, f.BusinessID, tags)
}

// taggedThrough gives the last id whose tags are written; "" for none.
func (s *Service) taggedThrough(ctx context.Context, businessID string) (string, error) {
	var at taggedRow
	err := s.readOf(ctx, businessID).Where("business_id = ?", businessID).Limit(1).Find(&at).Error
	return at.Through, err
}
