package access

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
	"whoseline/storage/rows"
)

func (s store) issuersOf(ctx context.Context, businessID string) (list []Issuer, err error) {
	return list, s.readOf(ctx, businessID).Where("business_id = ?", businessID).Order("issuer, audience").
		Limit(maxIssuers).Find(&list).Error
}

// issuersNamed gives the identity providers of all businesses that use a name.
func (s store) issuersNamed(ctx context.Context, issuer string) (list []Issuer, err error) {
	return list, s.readAll(ctx).Where("issuer = ?", issuer).Order("audience").Limit(maxPerIssuer).Find(&list).Error
}

// upsertIssuer keeps an issuer and audience with the business that had them first: changes happen one after another.
func upsertIssuer(tx *gorm.DB, made Issuer) error {
	same, err := rows.First[Issuer](tx.Where("issuer = ? AND audience = ?", made.Issuer, made.Audience), "")
	switch {
	case errors.Is(err, &models.Error{Code: models.NotFound}):
		if err := roomFor(tx, made); err != nil {
			return err
		}
	case err != nil:
		return err
	case same.BusinessID != made.BusinessID:
		return models.Fail(models.Conflict, "another business has this issuer and audience")
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "issuer"}, {Name: "audience"}},
		DoUpdates: clause.AssignmentColumns([]string{"sandbox", "jwks_url", "secret", "subject_claim"}),
	}).Create(&made).Error
}

func roomFor(tx *gorm.DB, made Issuer) error {
	var own, sharing int64
	if err := tx.Model(&Issuer{}).Where("business_id = ?", made.BusinessID).Count(&own).Error; err != nil {
		return err
	}
	if err := tx.Model(&Issuer{}).Where("issuer = ?", made.Issuer).Count(&sharing).Error; err != nil {
		return err
	}
	if own >= maxIssuers || sharing >= maxPerIssuer {
		return models.Fail(models.Conflict, "there are as many issuers as there may be")
	}
	return nil
}

// deleteIssuers takes away an issuer of a business, for one audience or with "" for all.
func deleteIssuers(tx *gorm.DB, which Issuer) error {
	query := tx.Where("business_id = ? AND issuer = ?", which.BusinessID, which.Issuer)
	if which.Audience != "" {
		query = query.Where("audience = ?", which.Audience)
	}
	gone := query.Delete(&Issuer{})
	if gone.Error == nil && gone.RowsAffected == 0 {
		return models.Fail(models.NotFound, "there is no such issuer")
	}
	return gone.Error
}
