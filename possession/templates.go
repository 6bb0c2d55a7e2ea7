package possession

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// Template is a business's own words for the messages in one language.
type Template struct {
	BusinessID string `gorm:"primaryKey"`
	Language   string `gorm:"primaryKey"`
	Text       string // see CheckTemplate
}

// TableName is the table of templates.
func (Template) TableName() string { return "possession_templates" }

// maxTemplates is in how many languages a business may have its own words.
const maxTemplates = 100

// SetTemplate replaces a business's words in a language; an empty text gives those of the product back. Errors:
// models.Invalid, Conflict when the business has as many as it may.
func (s *Service) SetTemplate(ctx context.Context, t Template) error {
	if err := CheckLanguage(t.Language); err != nil {
		return err
	}
	db := s.DB.WithContext(ctx)
	if t.Text == "" {
		return fault("delete the template", db.Delete(&Template{BusinessID: t.BusinessID, Language: t.Language}).Error)
	}
	if err := CheckTemplate(t.Text); err != nil {
		return err
	}
	var others int64
	if err := db.Model(&t).Where("business_id = ? AND language <> ?", t.BusinessID, t.Language).Count(&others).Error; err != nil {
		return fault("count the templates", err)
	}
	if others >= maxTemplates {
		return models.Fail(models.Conflict, fmt.Sprintf("a business has words of its own in at most %d languages", maxTemplates))
	}
	return fault("store the template", db.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "language"}},
		DoUpdates: clause.AssignmentColumns([]string{"text"}),
	}).Create(&t).Error)
}

// Templates lists a business's own words.
func (s *Service) Templates(ctx context.Context, businessID string) (list []Template, err error) {
	return list, fault("list templates", s.Read.WithContext(ctx).Where("business_id = ?", businessID).
		Order("language").Limit(maxTemplates).Find(&list).Error)
}

// Template gives a business's own words in exactly one language. Errors: models.NotFound.
func (s *Service) Template(ctx context.Context, businessID, language string) (t Template, err error) {
	none := models.Fail(models.NotFound, "there is no template for this language")
	if CheckLanguage(language) != nil {
		return t, none
	}
	err = s.Read.WithContext(ctx).Where("business_id = ? AND language = ?", businessID, language).Take(&t).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return t, none
	}
	return t, fault("read a template", err)
}

// template gives the words for a message, if there will be one.
func (s *Service) template(ctx context.Context, c SendCode) (string, error) {
	if c.HandBack {
		return "", nil
	}
	tags := languages(c.Language)
	var own []Template
	err := s.Read.WithContext(ctx).Where("business_id = ? AND language IN ?", c.BusinessID, tags).Limit(len(tags)).Find(&own).Error
	if err != nil {
		return "", fault("read the template", err)
	}
	return choose(own, tags), nil
}

// choose gives the text of the best language that there is.
func choose(own []Template, tags []string) string {
	for _, tag := range tags {
		for _, t := range own {
			if t.Language == tag {
				return t.Text
			}
		}
	}
	return defaultText
}
