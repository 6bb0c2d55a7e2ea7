package billing

import (
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"whoseline/models"
)

// OperatorList is whose the operator's own prices are: no business's.
const OperatorList = ""

// priceRow is a business's own price, as the release before dated ones reads it.
type priceRow struct {
	BusinessID string `gorm:"primaryKey"`
	Product    Product
	Outcome    models.Outcome
	Amount     int64
}

// TableName is the table of prices.
func (priceRow) TableName() string { return "prices" }

// datedRow is a price with the moment from which it holds.
type datedRow struct {
	BusinessID string         `gorm:"primaryKey"`
	Product    Product        `gorm:"primaryKey"`
	Outcome    models.Outcome `gorm:"primaryKey"`
	ValidFrom  time.Time      `gorm:"primaryKey"`
	Amount     int64
	Tiers      string // JSON of []Tier, or empty
}

// TableName is the table of dated prices.
func (datedRow) TableName() string { return "price_list" }

func (r datedRow) price() (Price, error) {
	p := Price{Product: r.Product, Outcome: r.Outcome, Amount: r.Amount, Own: r.BusinessID != OperatorList, From: r.ValidFrom.UTC()}
	if r.Tiers == "" {
		return p, nil
	}
	return p, json.Unmarshal([]byte(r.Tiers), &p.Tiers)
}

// ReadPrices reads a business's price list: what holds at a moment, and what comes later.
func ReadPrices(db *gorm.DB, businessID string, defaults PriceDefaults, now time.Time) (l PriceList, err error) {
	l.defaults = defaults
	if l.always, err = BasePrices(db, businessID); err != nil {
		return l, err
	}
	var rows []datedRow
	err = db.Table("price_list AS p").Where("p.business_id IN ?", []string{OperatorList, businessID}).
		Where(`NOT EXISTS (SELECT 1 FROM price_list q WHERE q.business_id = p.business_id AND q.product = p.product
			AND q.outcome = p.outcome AND q.valid_from > p.valid_from AND q.valid_from <= ?)`, now).
		Order("p.valid_from").Find(&rows).Error
	if err != nil {
		return l, err
	}
	dated, err := pricesOf(rows)
	for _, p := range dated {
		if p.Own {
			l.own = append(l.own, p)
		} else {
			l.operator = append(l.operator, p)
		}
	}
	return l, err
}

func pricesOf(rows []datedRow) (list []Price, err error) {
	for _, r := range rows {
		p, err := r.price()
		if err != nil {
			return nil, fmt.Errorf("read the tiers of a price: %w", err)
		}
		list = append(list, p)
	}
	return list, nil
}

// BasePrices gives a business's own prices without a date.
func BasePrices(db *gorm.DB, businessID string) (list []Price, err error) {
	var rows []priceRow
	err = db.Where("business_id = ?", businessID).Limit(len(tariff)).Find(&rows).Error
	for _, r := range rows {
		list = append(list, Price{Product: r.Product, Outcome: r.Outcome, Amount: r.Amount, Own: true})
	}
	return list, err
}

// DatedPrices gives all dated prices of a business, or of the operator, with those that are over.
func DatedPrices(db *gorm.DB, businessID string) ([]Price, error) {
	var rows []datedRow
	if err := db.Where("business_id = ?", businessID).Order("product, outcome, valid_from").Find(&rows).Error; err != nil {
		return nil, err
	}
	return pricesOf(rows)
}

// TieredLists gives whose price lists have tiers, OperatorList among them if the operator's has.
func TieredLists(db *gorm.DB) (ids []string, err error) {
	return ids, db.Model(&datedRow{}).Distinct("business_id").Where("tiers <> ''").Order("business_id").Pluck("business_id", &ids).Error
}

// SetPrice adds a price, which was checked, to the list of a business or of the operator. It replaces one that would begin at the same
// time. A price that begins now is written for gateways of the release before, too.
func SetPrice(tx *gorm.DB, businessID string, p Price, now time.Time) error {
	row := datedRow{BusinessID: businessID, Product: p.Product, Outcome: p.Outcome, ValidFrom: p.From, Amount: p.Amount}
	if len(p.Tiers) > 0 {
		text, err := json.Marshal(p.Tiers)
		if err != nil {
			return err
		}
		row.Tiers = string(text)
	}
	err := tx.Clauses(replacing([]string{"amount", "tiers"}, "business_id", "product", "outcome", "valid_from")).Create(&row).Error
	if err != nil || businessID == OperatorList || p.From.After(now) {
		return err
	}
	old := priceRow{businessID, p.Product, p.Outcome, p.Amount}
	return tx.Clauses(replacing([]string{"amount"}, "business_id", "product", "outcome")).Create(&old).Error
}

// replacing lets a row take the place of the one with the same key.
func replacing(columns []string, key ...string) clause.OnConflict {
	c := clause.OnConflict{DoUpdates: clause.AssignmentColumns(columns)}
	for _, name := range key {
		c.Columns = append(c.Columns, clause.Column{Name: name})
	}
	return c
}
