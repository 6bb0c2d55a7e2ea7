package possession

import (
	"context"
	"fmt"

	"whoseline/models"
)

// Template is a business's own text for the messages in one language.
type Template struct {
	BusinessID string `gorm:"primaryKey"`
	Language   string `gorm:"primaryKey"`
	Text       string // see CheckTemplate
}

// maxTemplates is the number of languages in which a business may have templates.
const maxTemplates = 100

// SetTemplate replaces a business's template in a language. An empty text brings back the product's own. Errors:
// models.Invalid, Conflict when the business has the most that it may.
func (s *Service) SetTemplate(ctx context.Context, t Template) error {
	if err := CheckLanguage(t.Language); err != nil {
		return err
	}
	if t.Text == "" {
		return models.FaultIn("delete the template", s.deleteTemplate(ctx, t))
	}
	if err := CheckTemplate(t.Text); err != nil {
		return err
	}
	others, err := s.otherTemplates(ctx, t)
	if err != nil {
		return models.FaultIn("count the templates", err)
	}
	if others >= maxTemplates {
		return models.Fail(models.Conflict, fmt.Sprintf("a business has words of its own in at most %d languages", maxTemplates))
	}
	return models.FaultIn("store the template", s.keepTemplate(ctx, t))
}

// Template gives a business's template in exactly one language. Errors: models.NotFound.
func (s *Service) Template(ctx context.Context, businessID, language string) (t Template, err error) {
	if CheckLanguage(language) == nil {
		found, err := s.templatesIn(ctx, businessID, []string{language})
		if err != nil {
			return t, models.FaultIn("read a template", err)
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	return t, models.Fail(models.NotFound, "there is no template for this language")
}

// choose gives the text in the best language that there is.
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
