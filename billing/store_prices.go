package billing

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// priceRow is a business's own price.
type priceRow struct {
	BusinessID string `gorm:"primaryKey"`
	Product    Product
	Outcome    models.Outcome
	Amount     int64
}

// TableName is the table of prices.
func (priceRow) TableName() string { return "prices" }

// ReadPrices reads a business's own prices.
func ReadPrices(db *gorm.DB, businessID string) (own OwnPrices, err error) {
	err = db.Where("business_id = ?", businessID).Limit(len(tariff)).Find(&own).Error
	return own, err
}

// SetPrice gives a business its own price, which was checked.
func SetPrice(tx *gorm.DB, businessID string, p Price) error {
	row := priceRow{businessID, p.Product, p.Outcome, p.Amount}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "business_id"}, {Name: "product"}, {Name: "outcome"}},
		DoUpdates: clause.AssignmentColumns([]string{"amount"}),
	}).Create(&row).Error
}
