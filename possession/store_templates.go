package possession

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// TableName is the table of templates.
func (Template) TableName() string { return "possession_templates" }

// Templates lists a business's own templates.
func (s *Service) Templates(ctx context.Context, businessID string) (list []Template, err error) {
	return list, models.FaultIn("list templates", s.readOf(ctx, businessID).Where("business_id = ?", businessID).
		Order("language").Limit(maxTemplates).Find(&list).Error)
}

// templatesIn gives a business's templates in some languages.
func (s *Service) templatesIn(ctx context.Context, businessID string, tags []string) (own []Template, err error) {
	return own, s.readOf(ctx, businessID).Where("business_id = ? AND language IN ?", businessID, tags).
		Limit(len(tags)).Find(&own).Error
}

// readTemplates reads what the messages of some steps may need of their businesses' templates.
func readTemplates(tx *gorm.DB, asking []*lockedSubject) error {
	var businesses, tags []string
	for _, d := range asking {
		if len(d.languages) > 0 {
			businesses, tags = append(businesses, d.who.BusinessID), append(tags, d.languages...)
		}
	}
	if len(businesses) == 0 {
		return nil
	}
	slices.Sort(businesses)
	slices.Sort(tags)
	businesses, tags = slices.Compact(businesses), slices.Compact(tags)
	var own []Template
	err := tx.Where("business_id IN ? AND language IN ?", businesses, tags).Limit(len(businesses) * len(tags)).Find(&own).Error
	for _, d := range asking {
		for _, t := range own {
			if t.BusinessID == d.who.BusinessID {
				d.templates = append(d.templates, t)
			}
		}
	}
	return err
}

// otherTemplates tells in how many other languages a business has templates.
func (s *Service) otherTemplates(ctx context.Context, t Template) (others int64, err error) {
	return others, s.of(ctx, t.BusinessID).Model(&t).
		Where("business_id = ? AND language <> ?", t.BusinessID, t.Language).Count(&others).Error
}

// keepTemplate stores a template in place of the one before.
func (s *Service) keepTemplate(ctx context.Context, t Template) error {
	return s.of(ctx, t.BusinessID).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "language"}},
		DoUpdates: clause.AssignmentColumns([]string{"text"}),
	}).Create(&t).Error
}

func (s *Service) deleteTemplate(ctx context.Context, t Template) error {
	return s.of(ctx, t.BusinessID).Delete(&Template{BusinessID: t.BusinessID, Language: t.Language}).Error
}
